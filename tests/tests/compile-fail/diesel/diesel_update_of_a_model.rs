//~ E0275
//~ required for `&shop::Project` to implement `IntoUpdateTarget`

use shop::*;

pub fn run(project: &Project) {
    let _statement = diesel::update(project);
    //~ right: let _statement = update(project);
}

fn main() {}
