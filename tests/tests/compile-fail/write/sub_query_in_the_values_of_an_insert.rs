//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ for the rows of an INSERT: `insert_into(projects::table).values(query).into_columns(..)`

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    let title = tasks::table.select(tasks::title).filter(tasks::id.eq(1));
    insert_into(projects::table).values(projects::name.eq(title.single_value().assume_not_null())).execute(scope)
    //~ right: insert_into(projects::table).values(title).into_columns(projects::name).execute(scope)
}

fn main() {}
