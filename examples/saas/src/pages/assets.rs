//! The style sheet and the icon of the site. They are in the program, under addresses that change with their content,
//! so that browsers may keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::App;
use crate::web::{Answer, Failure};

const STYLE: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");

static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| address("style", STYLE, "css"));
static ICON_ADDRESS: LazyLock<String> = LazyLock::new(|| address("icon", ICON, "svg"));

fn address(name: &str, content: &str, extension: &str) -> String {
    let hash = Sha256::digest(content.as_bytes());
    let short: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("/assets/{name}-{short}.{extension}")
}

pub(crate) fn style() -> &'static str {
    &STYLE_ADDRESS
}

pub(crate) fn icon() -> &'static str {
    &ICON_ADDRESS
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Answer {
    let (kind, content) = match format!("/assets/{name}") {
        address if address == style() => ("text/css; charset=utf-8", STYLE),
        address if address == icon() => ("image/svg+xml", ICON),
        _ => return Err(Failure::NotFound),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, content).into_response())
}
