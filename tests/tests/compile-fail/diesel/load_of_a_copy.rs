//~ E0599
//~ the method `load` exists for struct `CopyTo<

use shop::*;
use tenancy_diesel::copy_to;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<u64> {
    copy_to(projects::table).load(scope)
    //~ right: copy_to(projects::table).write_to(scope, &mut Vec::new())
}

fn main() {}
