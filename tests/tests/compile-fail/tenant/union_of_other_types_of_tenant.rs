//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run() {
    let _query = projects::table.select(projects::name).union(patients::table.select(patients::name));
    //~ right: let _query = projects::table.select(projects::name).union(tasks::table.select(tasks::title));
}

fn main() {}
