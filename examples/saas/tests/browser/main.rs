//! The site in headless Chromium.

mod driver;
mod looks;
mod tenants;
