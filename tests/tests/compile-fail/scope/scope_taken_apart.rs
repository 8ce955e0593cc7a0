//~ E0509
//~ cannot move out of type

use shop::*;

pub fn run(raw: PgConnection, scope: Scoped<PgConnection>) {
    let Scoped { conn: _conn, .. } = scope;
    //~ right: let _conn = raw;
}

fn main() {}
