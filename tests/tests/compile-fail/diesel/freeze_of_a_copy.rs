//~ E0599
//~ no method named `with_freeze` found for struct `CopyTo<

use shop::*;
use tenancy_diesel::copy_to;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<u64> {
    copy_to(projects::table).with_freeze(true).write_to(scope, &mut Vec::new())
    //~ right: copy_to(projects::table).with_header(true).write_to(scope, &mut Vec::new())
}

fn main() {}
