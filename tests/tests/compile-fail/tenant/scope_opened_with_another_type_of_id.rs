//~ E0308
//~ expected `OrgId`, found `UserId`

use shop::*;

pub fn run(conn: PgConnection) {
    let _scope: Result<Scoped<_>, _> = Scoped::open(conn, UserId(1));
    //~ right: let _scope: Result<Scoped<_>, _> = Scoped::open(conn, OrgId(1));
}

fn main() {}
