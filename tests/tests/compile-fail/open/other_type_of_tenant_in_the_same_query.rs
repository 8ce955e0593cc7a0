//! Compiles: once `allow_tables_to_appear_in_same_query!` names tables of two schemas, a join with
//! `.on(..)` and a sub-query take a table whose tenants have ids of another type. The scope refuses
//! when it renders: `ScopeError::OtherTenantType`.

use shop::{OrgId, PgConnection, QueryResult, clinic::ClinicId};
use tenancy_diesel::prelude::*;

pub mod office {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/notes.rs",
        tenant = tenant_id: super::OrgId,
    }
}

pub mod clinic {
    tenancy_diesel::tenant_schema! {
        include = "../shop/clinic.rs",
        tenant = clinic_id: super::ClinicId,
    }
}

use clinic::patients;
use office::notes;

diesel::allow_tables_to_appear_in_same_query!(notes, patients);

pub fn join(scope: &mut office::Scoped<PgConnection>) -> QueryResult<i64> {
    notes::table
        .inner_join(patients::table.on(patients::id.eq(notes::id)))
        .count()
        .get_result(scope)
}

pub fn sub_query(scope: &mut office::Scoped<PgConnection>) -> QueryResult<i64> {
    notes::table
        .filter(notes::id.eq_any(patients::table.select(patients::id)))
        .count()
        .get_result(scope)
}

fn main() {}
