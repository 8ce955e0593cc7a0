//~ E0599
//~ no method named `notifications_iter` found for mutable reference `&mut tenancy_diesel::scoped::Scoped<

use shop::*;

pub fn run(conn: &mut Scoped<PgConnection>) -> usize {
    conn.notifications_iter().count()
    //~ right: projects::table.load::<ProjectRow>(conn).map_or(0, |rows| rows.len())
}

fn main() {}
