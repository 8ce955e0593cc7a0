//! Every address, with the ids of another organisation.

use axum::http::StatusCode;

use crate::support::{ADA, Browser, DARIO, GRETA, Reply, Site, run};

const NOBODYS: &str = "0b5e7c1e-5d1f-4b3a-9a43-2f0c1b7d9e11";

/// A route: how it is asked, behind `/o/{org}`, with the table whose ids are in it.
struct Route {
    path: &'static str,
    table: Option<&'static str>,
    /// The form, or none for GET. `file` is an upload.
    form: Option<&'static str>,
}

const fn get(path: &'static str, table: Option<&'static str>) -> Route {
    Route {
        path,
        table,
        form: None,
    }
}

const fn post(path: &'static str, table: Option<&'static str>, form: &'static str) -> Route {
    Route {
        path,
        table,
        form: Some(form),
    }
}

const TASK: &str = "title=Mine&description=&status=done&assignee=&due_on=";

const ROUTES: &[Route] = &[
    get("", None),
    get("/projects", None),
    post("/projects", None, "name=Planted&description="),
    get("/projects/{project}", Some("projects")),
    post(
        "/projects/{project}/tasks",
        Some("projects"),
        "title=Planted&assignee=&due_on=",
    ),
    get("/projects/{project}/progress.svg", Some("projects")),
    post("/projects/{project}/delete", Some("projects"), ""),
    get("/tasks/{task}", Some("tasks")),
    post("/tasks/{task}", Some("tasks"), TASK),
    post("/tasks/{task}/comments", Some("tasks"), "body=Planted"),
    post("/tasks/{task}/files", Some("tasks"), "file"),
    post("/tasks/{task}/delete", Some("tasks"), ""),
    get("/files/{file}", Some("attachments")),
    post("/files/{file}/delete", Some("attachments"), ""),
    get("/members", None),
    post(
        "/members/invite",
        None,
        "name=P&email=p%40p.example&role=member",
    ),
    post("/members/{member}/role", Some("members"), "role=admin"),
    post("/members/{member}/remove", Some("members"), ""),
    post(
        "/invitations/{invitation}/withdraw",
        Some("invitations"),
        "",
    ),
    get("/settings", None),
    post("/settings", None, "name=Planted"),
    post("/settings/tokens", None, "name=Planted"),
    post("/settings/tokens/{token}/revoke", Some("api_tokens"), ""),
    get("/reports", None),
    post("/reports", None, ""),
    get("/reports/{report}", Some("reports")),
    get("/audit", None),
    get("/export", None),
    get("/erase", None),
    post("/erase", None, "slug=lumen"),
];

async fn ask(browser: &Browser, org: &str, route: &Route, id: &str) -> Reply {
    let path = match route.path.split_once('{') {
        Some((start, rest)) => format!("{start}{id}{}", rest.split_once('}').unwrap().1),
        None => route.path.to_owned(),
    };
    let path = format!("/o/{org}{path}");
    match route.form {
        None => browser.get(&path).await,
        Some("file") => browser.upload(&path, "x.txt", b"planted").await,
        Some(form) => browser.post(&path, form).await,
    }
}

/// Lumen gets a row in the tables that the demonstration leaves empty.
async fn fill_lumen(site: &Site) {
    let dario = site.signed_in(DARIO).await;
    let asked = dario.post("/o/lumen/reports", "").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let form = "name=Ina&email=ina%40lumen.example&role=member";
    let invited = dario.post("/o/lumen/members/invite", form).await;
    assert_eq!(invited.status, StatusCode::OK);
    // The images are in the cache from here on, under the ids that are going to be guessed.
    for id in site.ids("projects", "lumen") {
        let image = dario
            .get(&format!("/o/lumen/projects/{id}/progress.svg"))
            .await;
        assert_eq!(image.status, StatusCode::OK);
    }
    dario.finished(asked.location()).await;
}

#[test]
fn ids_of_another_organisation_are_answered_like_ids_of_nobody() {
    run(|site| async move {
        fill_lumen(site).await;
        // An owner, so that no role stands in the way before the row does, and a member of both organisations, who
        // may see the row, but not here.
        let ada = site.signed_in(ADA).await;
        let greta = site.signed_in(GRETA).await;
        let before = site.rows_of("lumen");
        let mut asked = 0;
        for route in ROUTES {
            let Some(table) = route.table else { continue };
            let ids = site.ids(table, "lumen");
            assert!(!ids.is_empty(), "nothing to guess in {table}");
            for browser in [&ada, &greta] {
                let nobodys = ask(browser, "northwind", route, NOBODYS).await;
                assert_eq!(nobodys.status, StatusCode::NOT_FOUND, "{}", route.path);
                for id in &ids {
                    let theirs = ask(browser, "northwind", route, id).await;
                    assert_eq!(theirs.bytes(), nobodys.bytes(), "{}", route.path);
                    asked += 1;
                }
            }
        }
        assert!(asked > 50, "{asked}");
        assert_eq!(site.rows_of("lumen"), before);
    });
}

/// The control: where the ids belong, the same requests find something.
#[test]
fn the_same_addresses_answer_to_their_own_organisation() {
    run(|site| async move {
        let dario = site.signed_in(DARIO).await;
        fill_lumen(site).await;
        for route in ROUTES.iter().filter(|route| route.form.is_none()) {
            let id = match route.table {
                Some(table) => site.ids(table, "lumen").remove(0),
                None => String::new(),
            };
            let reply = ask(&dario, "lumen", route, &id).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", route.path);
        }
    });
}

#[test]
fn another_organisation_is_answered_like_one_that_does_not_exist() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        let before = site.rows_of("lumen");
        for route in ROUTES {
            let id = match route.table {
                Some(table) => site
                    .ids(table, "lumen")
                    .pop()
                    .unwrap_or_else(|| NOBODYS.into()),
                None => String::new(),
            };
            let theirs = ask(&ada, "lumen", route, &id).await;
            let nowhere = ask(&ada, "no-such-place", route, &id).await;
            assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{}", route.path);
            assert_eq!(theirs.bytes(), nowhere.bytes(), "{}", route.path);
        }
        assert_eq!(site.rows_of("lumen"), before);
    });
}

#[test]
fn a_stranger_is_sent_to_the_sign_in_whatever_there_is() {
    run(|site| async move {
        let stranger = site.stranger();
        for route in ROUTES {
            let reply = ask(&stranger, "lumen", route, NOBODYS).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", route.path);
            let nowhere = ask(&stranger, "no-such-place", route, NOBODYS).await;
            let same = reply.location().replace("lumen", "no-such-place");
            assert_eq!(nowhere.location(), same);
            assert!(
                reply.location().starts_with("/sign-in"),
                "{}",
                reply.location()
            );
        }
    });
}

#[test]
fn what_is_no_id_is_not_found() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        let nobodys = ada.get(&format!("/o/northwind/tasks/{NOBODYS}")).await;
        for id in ["1", "..%2F..", "%00", "x", "%27%20OR%20true--"] {
            let reply = ada.get(&format!("/o/northwind/tasks/{id}")).await;
            assert_eq!(reply.bytes(), nobodys.bytes(), "{id}");
        }
        for slug in [
            "NORTHWIND",
            "northwind%20",
            "%2e%2e",
            "northwind%00",
            "northwind%27",
        ] {
            let reply = ada.get(&format!("/o/{slug}/projects")).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{slug}");
            assert_eq!(reply.text(), nobodys.text(), "{slug}");
        }
    });
}

/// A member of Lumen is no one whom Northwind can give work to.
#[test]
fn a_member_of_another_organisation_cannot_be_given_a_task() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        let task = site.ids("tasks", "northwind").remove(0);
        for id in [site.ids("members", "lumen").remove(0), NOBODYS.to_owned()] {
            let form = format!("title=x&description=&status=todo&assignee={id}&due_on=");
            let reply = ada.post(&format!("/o/northwind/tasks/{task}"), &form).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND);
        }
    });
}

#[test]
fn every_route_is_in_the_list() {
    let mut missing = Vec::new();
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages")).unwrap();
    for page in pages {
        let text = std::fs::read_to_string(page.unwrap().path()).unwrap();
        let Some((_, routes)) = text.split_once("pub(super) fn routes()") else {
            continue;
        };
        let routes = routes.split_once("\n}").unwrap().0;
        for part in routes.split(".route(").skip(1) {
            let path = part.split('"').nth(1).unwrap();
            let path = if path == "/" { "" } else { path };
            let known = |form| {
                ROUTES
                    .iter()
                    .any(|route| route.path == path && route.form.is_some() == form)
            };
            if (part.contains("get(") && !known(false)) || (part.contains("post(") && !known(true))
            {
                missing.push(path.to_owned());
            }
        }
    }
    missing.sort();
    // These have no tenant, and tests of their own.
    let without_a_tenant = [
        "/assets/{name}",
        "/join/{token}",
        "/organisations",
        "/organisations/new",
        "/sign-in",
        "/sign-out",
    ];
    assert_eq!(missing, without_a_tenant);
}
