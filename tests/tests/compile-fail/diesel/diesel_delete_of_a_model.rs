//~ ?

use shop::*;

pub fn run(project: &Project) {
    let _statement = diesel::delete(project);
    //~ right: let _statement = delete(project);
}

fn main() {}
