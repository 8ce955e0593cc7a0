//! A project tracker for organisations that share a database: an axum application to start from.
//!
//! - `schema.rs` and `migrations` say whose rows the tables hold.
//! - [`accounts`] is what has to be known before a tenant is known.
//! - `web` leads from a request to the scope of an organisation, and from a failure to a page.
//! - `pages` has a file for each part of the site: its routes, its queries and what it looks like.
//! - [`demo`] starts a private server with two organisations. Leave it out of an application.

pub mod accounts;
mod app;
pub mod audit;
mod cache;
pub mod database;
pub mod demo;
mod erasure;
mod files;
mod ids;
mod pages;
pub mod policies;
pub mod report;
pub mod schema;
mod text_enum;
mod web;

pub use app::{App, Parts, Settings};
pub use ids::OrgId;
pub use text_enum::{Role, Status};

/// An error of any kind, for what ends the program or a request.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
