//! Compiles: `TenantScoped` does not look at the class of the table. The model is of no use, for
//! `update(&country)` and `diesel::update(&country)` refuse it both.

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = countries, primary_key(code))]
pub struct Country {
    pub code: String,
}

fn main() {}
