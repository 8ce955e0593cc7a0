//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<()> {
    let _rows = diesel::copy_to((projects::id, projects::name)).load_raw(raw)?;
    //~ right: let _rows = projects::table.load::<ProjectRow>(scope)?;
    Ok(())
}

fn main() {}
