//~ ?

use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run() {
    let _query = diesel::select(exists(projects::table));
    //~ right: let _query = select::<_, OrgId>(exists(projects::table));
}

fn main() {}
