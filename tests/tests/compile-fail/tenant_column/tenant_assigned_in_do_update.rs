//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let update = insert.on_conflict(projects::id).do_update();
    let _statement = update.set(projects::tenant_id.eq(OrgId(2)));
    //~ right: let _statement = update.set(projects::name.eq("roof"));
}

fn main() {}
