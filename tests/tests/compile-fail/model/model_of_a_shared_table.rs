//~ ?

use shop::*;

#[derive(TenantScoped)]
//~ right: #[derive(Identifiable)]
#[diesel(table_name = countries, primary_key(code))]
pub struct Country {
    pub code: String,
}

fn main() {}
