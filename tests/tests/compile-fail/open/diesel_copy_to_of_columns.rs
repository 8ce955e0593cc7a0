//! Compiles: Diesel knows the table of a column, so columns stand for their table in `copy_to`. The
//! statement has no filter; row-level security confines it. The threat manual names it.

use shop::*;

pub fn run(raw: &mut PgConnection) -> QueryResult<()> {
    let _rows = diesel::copy_to((projects::id, projects::name)).load_raw(raw)?;
    Ok(())
}

fn main() {}
