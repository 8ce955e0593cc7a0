//! Compiles: `select` takes any type of tenant, and a sub-query does not remember its own. The scope
//! refuses when it renders: `ScopeError::OtherTenantType`.

use shop::clinic::patients;
use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<bool> {
    select(exists(patients::table)).get_result(scope)
}

fn main() {}
