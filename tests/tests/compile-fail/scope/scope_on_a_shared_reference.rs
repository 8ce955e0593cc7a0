//~ ?

use shop::*;

pub fn run(shared: &PgConnection, raw: &mut PgConnection) -> Result<(), tenancy_diesel::ScopeError> {
    Scoped::open(shared, OrgId(1)).map(drop)
    //~ right: Scoped::open(raw, OrgId(1)).map(drop)
}

fn main() {}
