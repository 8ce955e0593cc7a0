//~ E0369
//~ binary operation `==` cannot be applied to type `

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(_scope: &mut Scoped<PgConnection>) {
    let _same = |a: Encrypted<String>, b: Encrypted<String>| a == b;
    //~ right: let _same = |a: Encrypted<String>, b: Encrypted<String>| a.expose() == b.expose();
}

fn main() {}
