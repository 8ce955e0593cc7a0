//~ ?

use shop::*;

pub fn run(raw: PgConnection, scope: Scoped<PgConnection>) -> PgConnection {
    scope.into_inner()
    //~ right: raw
}

fn main() {}
