//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    delete(parent::table.find(1)).execute(scope)
    //~ right: delete(projects::table.find(1)).execute(scope)
}

fn main() {}
