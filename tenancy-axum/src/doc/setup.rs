// What the examples of the documentation share.
#[allow(unused_imports)]
use axum::{Json, Router, routing::get};
#[allow(unused_imports)]
use diesel_async::RunQueryDsl;
#[allow(unused_imports)]
use tenancy_axum::{
    Candidate, DirectoryError, Limit, PathParam, Rejection, Tenant, TenantDirectory, TenantLayer,
};
#[allow(unused_imports)]
use tenancy_diesel::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(Uuid);

mod schema {
    tenancy_diesel::tenant_schema! {
        include = "generated.rs",
        tenant = tenant_id: super::OrgId,
        root = [organisations(id)],
        shared = [countries],
    }
}
#[allow(unused_imports)]
use schema::{countries, projects};
#[allow(unused_imports)]
use uuid::Uuid;
