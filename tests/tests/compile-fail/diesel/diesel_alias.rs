//~ ?

use shop::*;
use diesel::alias;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    let part_of = alias!(projects as part_of);
    //~ right: let part_of = parent::table;
    part_of.count().get_result(scope)
}

fn main() {}
