//! The site, asked without a network.

mod erasing;
mod files;
mod guessing;
mod members;
mod sessions;
mod support;
mod work;
