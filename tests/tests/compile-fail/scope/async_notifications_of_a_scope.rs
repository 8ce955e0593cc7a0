//~ E0599
//~ no method named `notifications_stream` found for mutable reference `&mut tenancy_diesel::scoped::Scoped<

use shop::*;

pub fn run(raw: &mut AsyncPgConnection, scope: &mut Scoped<AsyncPgConnection>) {
    drop(scope.notifications_stream());
    //~ right: drop(raw.notifications_stream());
}

fn main() {}
