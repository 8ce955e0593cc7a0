//~ E0277
//~ cannot be copied out

use shop::*;

pub fn run() {
    let _copy = tenancy_diesel::copy_to(countries::table);
    //~ right: let _copy = diesel::copy_to(countries::table);
}

fn main() {}
