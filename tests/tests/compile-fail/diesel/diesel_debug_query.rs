//~ E0599
//~ the method `to_string` exists for struct `DebugQuery<
//~ trait bounds were not satisfied

use shop::*;

pub fn run() -> String {
    diesel::debug_query::<diesel::pg::Pg, _>(&projects::table).to_string()
    //~ right: tenancy_diesel::debug_query(projects::table, OrgId(1)).unwrap().to_string()
}

fn main() {}
