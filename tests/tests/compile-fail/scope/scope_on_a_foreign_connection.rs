//~ ?

use shop::*;

pub struct Wire;

pub fn run(wire: Wire, raw: &mut PgConnection) {
    let _scope = Scoped::open(wire, OrgId(1));
    //~ right: let _scope = Scoped::open(raw, OrgId(1));
}

fn main() {}
