//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run() {
    let _query = projects::table.inner_join(patients::table);
    //~ right: let _query = projects::table.inner_join(tasks::table);
}

fn main() {}
