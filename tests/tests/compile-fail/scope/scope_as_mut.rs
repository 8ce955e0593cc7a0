//~ E0599
//~ the method `as_mut` exists for mutable reference `&mut tenancy_diesel::scoped::Scoped<
//~ trait bounds were not satisfied

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    raw_sql(scope.as_mut());
    //~ right: raw_sql(raw);
}

fn main() {}
