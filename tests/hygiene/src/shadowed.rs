//! The names that a macro likes to use mean something else here.

#![allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    unused_imports,
    unused_macros,
    reason = "most of what shadows is not used, which is the claim"
)]

macro_rules! types {
    ($($name:ident)*) => { $( pub struct $name; )* };
}

/// What shadows the names, for the glob import below.
pub mod shadows {
    types!(Option Result Some None Ok Err Vec String Box Default Clone Copy Debug Send Sync Sized);
    types!(Eq PartialEq Hash Iterator Into From AsRef Fn FnOnce Drop ToOwned ToString);
    types!(bool char i32 i64 str u8 usize);
    types!(Text Integer Bool Nullable Pg Table Column Expression Query QueryDsl);
    types!(ScopedTable ScopedQuery TenantColumn Owner Relation Class Registry);
}
use shadows::*;

mod alloc {}
mod core {}
mod diesel {}
mod std {}
mod tenancy {}
mod tenancy_diesel {}

macro_rules! not_mine {
    ($($name:ident)*) => {
        $(
            macro_rules! $name {
                ($x:tt) => { compile_error!("a macro of the user's") };
            }
        )*
    };
}
not_mine!(concat include include_str stringify table vec);

#[derive(
    ::core::fmt::Debug,
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::hash::Hash,
    ::tenancy::TenantId,
)]
#[tenant_id(crate = ::tenancy, validate = positive)]
pub struct OrgId(pub ::core::primitive::i32);

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the derive passes a reference"
)]
fn positive(id: &::core::primitive::i32) -> ::core::result::Result<(), ::tenancy::InvalidTenantId> {
    if *id > 0 {
        ::core::result::Result::Ok(())
    } else {
        ::core::result::Result::Err(::tenancy::InvalidTenantId::Zero)
    }
}

::tenancy::tenant_schema! {
    include = "schema/renamed.rs",
    tenant = tenant_id: OrgId,
    root = [organisations(id)],
    via = [files.project_id -> projects],
    shared = [countries],
    excluded = [legacy: "an example"],
    joins = [tasks.project_id -> projects],
    aliases = [parent = projects],
    encrypted = [tasks.secret as "tasks.secret"],
    crate = ::tenancy,
}

#[derive(::tenancy::TenantScoped)]
#[diesel(table_name = projects)]
#[tenant_scoped(crate = ::tenancy)]
pub struct Project {
    pub id: ::core::primitive::i32,
    pub name: ::std::string::String,
}

#[cfg(test)]
mod tests {
    use ::std::string::ToString as _;
    use ::tenancy::prelude::*;

    #[::core::prelude::v1::test]
    fn the_macros_do_not_look_around() {
        let project = super::Project {
            id: 1,
            name: ::std::convert::From::from("roof"),
        };
        let statement = ::tenancy::update(&project).set(super::projects::name.eq("roof"));
        let sql = ::tenancy::debug_query(statement, super::OrgId(1)).unwrap();
        ::std::assert!(sql.to_string().contains("\"tenant_id\" = $"), "{sql}");
    }
}
