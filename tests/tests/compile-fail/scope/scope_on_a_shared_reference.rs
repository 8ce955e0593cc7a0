//~ ?

use shop::*;

pub fn run(shared: &PgConnection, raw: &mut PgConnection) {
    let _scope = Scoped::open(shared, OrgId(1));
    //~ right: let _scope = Scoped::open(raw, OrgId(1));
}

fn main() {}
