//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<()> {
    let _rows = diesel::copy_to((projects::id, projects::name)).load_raw(raw)?;
    //~ right: let _rows: Vec<String> = projects::table.select(projects::name).load(scope)?;
    Ok(())
}

fn main() {}
