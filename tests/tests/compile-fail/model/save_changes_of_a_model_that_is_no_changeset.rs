//~ E0599
//~ the method `save_changes` exists for reference `&Named`
//~ Saved` must be implemented

use shop::*;

#[derive(Queryable, Selectable, TenantScoped)]
//~ right: #[derive(Queryable, Selectable, AsChangeset, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub name: String,
}

pub fn run(named: &Named, scope: &mut Scoped<PgConnection>) -> QueryResult<Named> {
    named.save_changes(scope)
}

fn main() {}
