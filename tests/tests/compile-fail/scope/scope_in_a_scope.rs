//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    let _inner = Scoped::open(scope, OrgId(2));
    //~ right: let _inner = Scoped::open(raw, OrgId(2));
}

fn main() {}
