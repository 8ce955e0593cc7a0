//~ E0308
//~ expected `table`, found `ScopedQuery<ScopedSource<table>, OrgId>`

use shop::*;

pub fn run(project: NewProject) {
    let _statement = project.insert_into(projects::table);
    //~ right: let _statement = insert_into(projects::table).values(project);
}

fn main() {}
