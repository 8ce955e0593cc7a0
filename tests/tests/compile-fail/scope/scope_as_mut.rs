//~ ?

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    raw_sql(scope.as_mut());
    //~ right: raw_sql(raw);
}

fn main() {}
