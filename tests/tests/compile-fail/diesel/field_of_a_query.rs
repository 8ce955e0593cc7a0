//~ ?

use shop::*;

pub fn run() -> impl Sized {
    projects::table.inner
    //~ right: projects::table
}

fn main() {}
