//~ ?

use shop::*;

pub fn run(project: &Project, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::update(project).set(project).execute(scope)
    //~ right: update(project).set(project).execute(scope)
}

fn main() {}
