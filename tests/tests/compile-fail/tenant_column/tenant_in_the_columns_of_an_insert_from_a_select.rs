//~ E0277
//~ are not columns of
//~ without the tenant column, which the statement adds

use shop::*;

pub fn run() {
    let rows = insert_into(projects::table).values(tasks::table.select((tasks::id, tasks::title)));
    let _statement = rows.into_columns((projects::tenant_id, projects::name));
    //~ right: let _statement = rows.into_columns((projects::id, projects::name));
}

fn main() {}
