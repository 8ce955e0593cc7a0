//~ E0277
//~ the trait bound `SelectStatement<FromClause<table>, ..., ..., ...>: IntoUpdateTarget` is not satisfied
//~ only tables or select statements with only the filter clause applied are valid update targets

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    let used = countries::code.eq_any(projects::table.select(projects::country));
    let other = projects::id.eq_any(tasks::table.select(tasks::project_id));
    let _rows = diesel::delete(countries::table.filter(used)).execute(raw);
    //~ right: let _rows = delete(projects::table.filter(other)).execute(scope);
}

fn main() {}
