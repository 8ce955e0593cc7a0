//! The pages: a file for each part of the site, with its routes, its queries and what it looks like.

mod assets;
mod audit;
mod board;
mod dashboard;
mod erase;
mod export;
mod files;
mod form;
mod icons;
mod join;
mod layout;
mod members;
mod organisations;
mod projects;
mod reports;
mod settings;
mod sign_in;
mod tasks;

pub(crate) use layout::error_page;

use axum::Router;

use crate::App;
use crate::web::Failure;

/// Routes below `/o/{org}`, where a request has a tenant.
pub(crate) fn of_organisations() -> Router<App> {
    let routes = Router::new()
        .merge(dashboard::routes())
        .merge(projects::routes())
        .merge(board::routes())
        .merge(tasks::routes())
        .merge(files::routes())
        .merge(members::routes())
        .merge(settings::routes())
        .merge(reports::routes())
        .merge(audit::routes())
        .merge(export::routes())
        .merge(erase::routes());
    Router::new().nest("/o/{org}", routes)
}

/// Routes where no tenant is known yet.
pub(crate) fn of_everybody() -> Router<App> {
    Router::new()
        .merge(assets::routes())
        .merge(sign_in::routes())
        .merge(organisations::routes())
        .merge(join::routes())
}

pub(crate) async fn nothing_here() -> Failure {
    Failure::NotFound
}
