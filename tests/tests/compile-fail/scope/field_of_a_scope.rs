//~ E0616
//~ field `conn` of struct
//~ is private

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    raw_sql(&mut scope.conn);
    //~ right: raw_sql(raw);
}

fn main() {}
