//~ ?

use shop::*;

pub fn run() -> impl Sized {
    diesel::query_builder::IntoUpdateTarget::into_update_target(projects::table)
    //~ right: projects::table
}

fn main() {}
