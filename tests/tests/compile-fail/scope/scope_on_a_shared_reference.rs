//~ E0277
//~ a scope cannot be opened on
//~ use `PgConnection` or `AsyncPgConnection`, owned, as `&mut`, or from a supported pool

use shop::*;

pub fn run(shared: &PgConnection, raw: &mut PgConnection) {
    let _scope = Scoped::open(shared, OrgId(1));
    //~ right: let _scope = Scoped::open(raw, OrgId(1));
}

fn main() {}
