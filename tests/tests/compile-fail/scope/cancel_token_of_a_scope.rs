//~ E0599
//~ no method named `cancel_token` found for mutable reference `&mut tenancy_diesel::scoped::Scoped<

use shop::*;

pub fn run(raw: &mut AsyncPgConnection, scope: &mut Scoped<AsyncPgConnection>) {
    drop(scope.cancel_token());
    //~ right: drop(raw.cancel_token());
}

fn main() {}
