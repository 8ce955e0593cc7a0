//~ E0277
//~ the trait `Identifiable` is not implemented for `Inner<

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    projects::table.find(1).wrap(diesel::delete).execute(scope)
    //~ right: delete(projects::table.find(1)).execute(scope)
}

fn main() {}
