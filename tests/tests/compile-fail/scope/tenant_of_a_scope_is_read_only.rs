//~ E0594
//~ cannot assign

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    *scope.tenant() = OrgId(2);
    //~ right: let _tenant: OrgId = *scope.tenant();
}

fn main() {}
