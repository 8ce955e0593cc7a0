//! What the pages have in common.

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, html};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::assets;
use super::icons::{Icon, icon};
use crate::web::Member;

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Dashboard,
    Projects,
    Members,
    Reports,
    Audit,
    Settings,
}

impl Tab {
    const ALL: [(Tab, Icon, &'static str, &'static str); 6] = [
        (Tab::Dashboard, Icon::Home, "Home", ""),
        (Tab::Projects, Icon::Board, "Projects", "/projects"),
        (Tab::Members, Icon::People, "Members", "/members"),
        (Tab::Reports, Icon::Chart, "Reports", "/reports"),
        (Tab::Audit, Icon::Shield, "Audit", "/audit"),
        (Tab::Settings, Icon::Sliders, "Settings", "/settings"),
    ];
}

/// A page of an organisation: its name, the navigation, the content.
pub(crate) fn page(member: &Member, tab: Tab, title: &str, content: Markup) -> Markup {
    framed(member, tab, title, html! {}, content)
}

/// The same page, loaded again every two seconds: for what is not finished yet.
pub(crate) fn page_in_progress(member: &Member, tab: Tab, title: &str, content: Markup) -> Markup {
    let refresh = html! { meta http-equiv="refresh" content="2"; };
    framed(member, tab, title, refresh, content)
}

fn framed(member: &Member, tab: Tab, title: &str, head: Markup, content: Markup) -> Markup {
    let body = html! {
        a.skip href="#content" { "Skip to the content" }
        div.shell {
            header.side {
                a.brand href=(member.at("")) {
                    (avatar(&member.org.name))
                    span.brand-name { (member.org.name) }
                }
                nav aria-label="Main" {
                    @for (this, symbol, label, path) in Tab::ALL {
                        a href=(member.at(path)) aria-current=[(this == tab).then_some("page")] {
                            (icon(symbol)) span { (label) }
                        }
                    }
                }
                (who(member))
            }
            main #content { (content) }
        }
    };
    document(&format!("{title} - {}", member.org.name), head, body)
}

fn who(member: &Member) -> Markup {
    html! {
        div.who {
            (avatar(&member.name))
            span.who-text {
                strong { (member.name) }
                small { (member.role.label()) }
            }
            a.icon-button href="/organisations" title="Switch organisation" {
                (icon(Icon::Switch)) span.hidden { "Switch organisation" }
            }
            form method="post" action="/sign-out" {
                button.icon-button title="Sign out" {
                    (icon(Icon::Leave)) span.hidden { "Sign out" }
                }
            }
        }
    }
}

/// A page of no organisation: a card in the middle.
pub(crate) fn card(title: &str, content: Markup) -> Markup {
    let body = html! {
        main.card-page {
            div.card-box {
                p.logo { (icon(Icon::Board)) "Worklane" }
                (content)
            }
        }
    };
    document(title, html! {}, body)
}

/// A failure. It says what the status says, to everybody the same.
pub(crate) fn error_page(status: StatusCode) -> Markup {
    let (title, text) = match status {
        StatusCode::FORBIDDEN => (
            "This is not open to you",
            "Your role does not include this, or the form was sent by another site. An admin of your organisation \
             can change roles.",
        ),
        StatusCode::NOT_FOUND => (
            "There is nothing here",
            "The address is wrong, or what was here has been deleted.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "This file is too large",
            "Files of up to 8 MB can be attached.",
        ),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            ("Too much at once", "Please try again in a moment.")
        }
        _ if status.is_client_error() => (
            "This did not work",
            "The request was not as one of our pages sends it. Nothing was changed.",
        ),
        _ => (
            "Something broke on our side",
            "Nothing was changed. Please try again; if it stays, tell us when it happened.",
        ),
    };
    card(
        title,
        html! {
            p.status { (status.as_u16()) }
            h1 { (title) }
            p { (text) }
            p { a.button href="/organisations" { "To your organisations" } }
        },
    )
}

fn document(title: &str, head: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(assets::icon());
                link rel="stylesheet" href=(assets::style());
                (head)
            }
            body { (body) }
        }
    }
}

/// The heading of a page, with what can be done on it.
pub(crate) fn heading(title: &str, text: Option<&str>, actions: Markup) -> Markup {
    html! {
        header.heading {
            div {
                h1 { (title) }
                @if let Some(text) = text { p { (text) } }
            }
            @if !actions.0.is_empty() { div.actions { (actions) } }
        }
    }
}

/// Why a form was not taken, for screen readers too.
pub(crate) fn alert(message: Option<&str>) -> Markup {
    html! {
        @if let Some(message) = message { p.alert role="alert" { (message) } }
    }
}

/// The initials of somebody or something, in a colour that stays the same.
pub(crate) fn avatar(name: &str) -> Markup {
    let initials: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect();
    let hue = name
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte))
        % 6;
    html! { span class={ "avatar hue-" (hue) } aria-hidden="true" { (initials) } }
}

/// `25 Nov 2026`.
pub(crate) fn day(date: Date) -> String {
    let month: String = date.month().to_string().chars().take(3).collect();
    format!("{} {month} {}", date.day(), date.year())
}

/// `25 Nov 2026, 14:05`, for machines too.
pub(crate) fn moment(at: OffsetDateTime) -> Markup {
    let (hour, minute) = (at.hour(), at.minute());
    let machine = format!("{}T{hour:02}:{minute:02}Z", at.date());
    html! {
        time datetime=(machine) title="UTC" { (day(at.date())) ", " (format!("{hour:02}:{minute:02}")) }
    }
}

/// `1.4 MB`.
pub(crate) fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A list of people to choose from.
pub(crate) fn people(members: &[(Uuid, String)], chosen: Option<Uuid>) -> Markup {
    html! {
        option value="" { "Nobody" }
        @for (id, name) in members {
            option value=(id) selected[chosen == Some(*id)] { (name) }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Date, Month};

    use super::{alert, avatar, day, size};

    #[test]
    fn what_people_write_is_escaped() {
        let page = alert(Some("<script>alert(1)</script>")).into_string();
        assert!(!page.contains("<script"), "{page}");
        assert!(avatar("<b> &c").into_string().contains("&lt;&amp;"));
    }

    #[test]
    fn dates_and_sizes_read_well() {
        let date = Date::from_calendar_date(2026, Month::November, 5).unwrap();
        assert_eq!(day(date), "5 Nov 2026");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12 kB");
        assert_eq!(size(1_450_000), "1.4 MB");
    }
}
