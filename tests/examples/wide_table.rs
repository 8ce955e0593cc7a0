//! A scoped table of 128 columns, the most that Diesel has. It is compiled, not run.

// A plain Diesel table of this width needs it too.
#![recursion_limit = "256"]

mod schema {
    tenancy_diesel::tenant_schema! {
        include = "schema/wide.rs",
        tenant = tenant_id: i32,
    }
}

use diesel::PgConnection;
use schema::wide;
use tenancy_diesel::prelude::*;

/// The last column of the widest table.
pub fn last(conn: &mut schema::Scoped<PgConnection>) -> QueryResult<i32> {
    insert_into(wide::table)
        .values((wide::id.eq(1), wide::column_125.eq(2)))
        .execute(conn)?;
    wide::table.find(1).select(wide::column_125).first(conn)
}

fn main() {}
