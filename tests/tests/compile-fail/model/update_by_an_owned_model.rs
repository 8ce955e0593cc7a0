//~ E0277
//~ `shop::Project` cannot be updated
//~ consider borrowing here

use shop::*;

pub fn run(project: Project) {
    let _statement = update(project);
    //~ right: let _statement = update(&project);
}

fn main() {}
