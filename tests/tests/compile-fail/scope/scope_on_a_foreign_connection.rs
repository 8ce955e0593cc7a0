//~ E0277
//~ a scope cannot be opened on `Wire`
//~ use `PgConnection` or `AsyncPgConnection`, owned, as `&mut`, or from a supported pool

use shop::*;

pub struct Wire;

pub fn run(wire: Wire, raw: &mut PgConnection) {
    let _scope = Scoped::open(wire, OrgId(1));
    //~ right: let _scope = Scoped::open(raw, OrgId(1));
}

fn main() {}
