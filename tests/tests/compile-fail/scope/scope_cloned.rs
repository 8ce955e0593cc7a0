//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> () {
    let _second: Scoped<PgConnection> = scope.clone();
    //~ right: let _second: &mut Scoped<PgConnection> = scope;
}

fn main() {}
