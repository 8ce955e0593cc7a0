//~ E0599
//~ no method named `clone` found for struct `tenancy_diesel::scoped::Scoped<

use shop::*;

pub fn run(scope: Scoped<PgConnection>) {
    let _second = scope.clone();
    //~ right: let _second = scope;
}

fn main() {}
