//~ ?

use shop::*;

pub fn run(project: Project) {
    let _statement = update(project);
    //~ right: let _statement = update(&project);
}

fn main() {}
