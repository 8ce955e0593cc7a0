//~ ?

use shop::*;

pub fn run(scope: Scoped<PgConnection>) {
    let _second = scope.clone();
    //~ right: let _second = scope;
}

fn main() {}
