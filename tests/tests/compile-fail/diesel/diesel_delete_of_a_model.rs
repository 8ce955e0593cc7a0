//~ E0275
//~ required for `&shop::Project` to implement `IntoUpdateTarget`

use shop::*;

pub fn run(project: &Project) {
    let _statement = diesel::delete(project);
    //~ right: let _statement = delete(project);
}

fn main() {}
