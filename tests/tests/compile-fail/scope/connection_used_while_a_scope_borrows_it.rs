//~ E0499
//~ cannot borrow `*raw` as mutable more than once at a time

use shop::*;

fn raw_sql(_: &mut PgConnection) {}

pub fn run(raw: &mut PgConnection) -> Result<i64, Box<dyn std::error::Error>> {
    let mut scope = Scoped::open(&mut *raw, OrgId(1))?;
    raw_sql(raw);
    //~ right: let _tenant = scope.tenant();
    Ok(projects::table.count().get_result(&mut scope)?)
}

fn main() {}
