//~ E0308
//~ expected `&mut PgConnection`, found `&mut Scoped<PgConnection, OrgId>`

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    raw_sql(std::borrow::BorrowMut::borrow_mut(scope));
    //~ right: raw_sql(raw);
}

fn main() {}
