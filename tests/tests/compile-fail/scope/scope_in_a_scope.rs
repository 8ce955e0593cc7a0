//~ E0277
//~ a scope cannot be opened on
//~ a scope keeps its tenant

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    let _inner = Scoped::open(scope, OrgId(2));
    //~ right: let _inner = Scoped::open(raw, OrgId(2));
}

fn main() {}
