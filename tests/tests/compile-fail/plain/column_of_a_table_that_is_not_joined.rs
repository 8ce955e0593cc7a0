//~ ?

use shop::*;

pub fn run() {
    let _query = projects::table.filter(tasks::title.eq("roof"));
    //~ right: let _query = projects::table.filter(projects::name.eq("roof"));
}

fn main() {}
