//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run() {
    let _query = projects::table.inner_join(patients::table.on(patients::id.eq(projects::id)));
    //~ right: let _query = projects::table.inner_join(tasks::table.on(tasks::project_id.eq(projects::id)));
}

fn main() {}
