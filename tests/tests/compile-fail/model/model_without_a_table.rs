//~ name the table of the model: `#[diesel(table_name = ..)]`

use shop::*;

#[derive(TenantScoped)]
#[diesel(check_for_backend(diesel::pg::Pg))]
//~ right: #[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
