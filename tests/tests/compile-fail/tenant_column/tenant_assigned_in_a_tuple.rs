//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(projects::table.find(1)).set((projects::name.eq("roof"), projects::tenant_id.eq(OrgId(2)))).execute(scope)
    //~ right: update(projects::table.find(1)).set((projects::name.eq("roof"), projects::country.eq("de"))).execute(scope)
}

fn main() {}
