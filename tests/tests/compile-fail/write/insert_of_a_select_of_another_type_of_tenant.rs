//~ E0271
//~ expected `ClinicId`, found `OrgId`

use shop::clinic::patients;
use shop::*;

pub fn run() {
    let names = patients::table.select(patients::name);
    let _statement = insert_into(projects::table).values(names);
    //~ right: let _statement = insert_into(patients::table).values(names);
}

fn main() {}
