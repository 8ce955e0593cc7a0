//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> Result<(), tenancy_diesel::ScopeError> {
    Scoped::open(scope, OrgId(2)).map(drop)
    //~ right: Scoped::open(raw, OrgId(2)).map(drop)
}

fn main() {}
