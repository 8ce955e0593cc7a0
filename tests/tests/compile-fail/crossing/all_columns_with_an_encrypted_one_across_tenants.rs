//~ E0277
//~ encrypted columns do not load across tenants

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;
use shop::vault::accounts;
use tenancy_diesel::encryption::*;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    pub id: i32,
    pub api_key: Encrypted<Vec<u8>>,
}

pub fn run(cross: &mut Cross) -> QueryResult<Account> {
    cross.first(accounts::table.select(Account::as_select()))
    //~ right: cross.first(accounts::table.select(accounts::id)).map(|id| Account { id, api_key: Encrypted::new(Vec::new()) })
}

fn main() {}
