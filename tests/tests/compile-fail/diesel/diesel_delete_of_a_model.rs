//~ ?

use shop::*;

pub fn run(project: &Project, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::delete(project).execute(scope)
    //~ right: delete(project).execute(scope)
}

fn main() {}
