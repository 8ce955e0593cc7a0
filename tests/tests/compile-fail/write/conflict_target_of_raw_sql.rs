//~ E0277
//~ name columns of the table without the tenant column, which the statement adds

use diesel::dsl::sql;
use diesel::sql_types::Text;
use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let _statement = insert.on_conflict(sql::<Text>("(name)")).do_nothing();
    //~ right: let _statement = insert.on_conflict(projects::name).do_nothing();
}

fn main() {}
