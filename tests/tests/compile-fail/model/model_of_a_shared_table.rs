//~ E0277
//~ derive `Identifiable` on its models

use shop::{TenantScoped, countries as plain, projects as scoped_table};

mod notes {
    pub use super::plain::table;
    //~ right: pub use super::scoped_table::table;
    pub use super::plain::code;
}

#[derive(TenantScoped)]
#[diesel(table_name = notes, primary_key(code))]
pub struct Note {
    pub code: String,
}

fn main() {}
