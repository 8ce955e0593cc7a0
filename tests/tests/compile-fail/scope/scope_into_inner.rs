//~ E0599
//~ no method named `into_inner` found for struct `tenancy_diesel::scoped::Scoped<

use shop::*;

pub fn run(raw: PgConnection, scope: Scoped<PgConnection>) -> PgConnection {
    scope.into_inner()
    //~ right: raw
}

fn main() {}
