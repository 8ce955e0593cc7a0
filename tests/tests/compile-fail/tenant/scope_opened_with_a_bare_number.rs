//~ ?

use shop::*;

pub fn run(conn: PgConnection) -> Result<Scoped<PgConnection>, tenancy_diesel::ScopeError> {
    Scoped::open(conn, 1)
    //~ right: Scoped::open(conn, OrgId(1))
}

fn main() {}
