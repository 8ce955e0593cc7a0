//~ ?

use shop::*;

pub struct Wire;

pub fn run(wire: Wire, raw: &mut PgConnection) -> Result<(), tenancy_diesel::ScopeError> {
    Scoped::open(wire, OrgId(1)).map(drop)
    //~ right: Scoped::open(raw, OrgId(1)).map(drop)
}

fn main() {}
