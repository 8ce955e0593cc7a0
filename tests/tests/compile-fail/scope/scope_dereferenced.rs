//~ E0614
//~ cannot be dereferenced

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    raw_sql(&mut **scope);
    //~ right: raw_sql(&mut *raw);
}

fn main() {}
