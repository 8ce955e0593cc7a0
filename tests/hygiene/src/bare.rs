//! Our derives without any prelude. Diesel's own derives and its `table!` need one, so the tables are
//! declared in another module.

#![no_implicit_prelude]

/// The tenant id.
#[derive(
    ::core::fmt::Debug,
    ::core::clone::Clone,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::hash::Hash,
    ::tenancy::TenantId,
)]
#[tenant_id(crate = ::tenancy)]
pub struct Account(pub ::std::string::String);

use crate::renamed::OrgId;
use crate::renamed::schema::projects;

/// A model.
#[derive(::tenancy::TenantScoped)]
#[diesel(table_name = projects)]
#[tenant_scoped(crate = ::tenancy)]
pub struct Item {
    /// The key within the tenant.
    pub id: ::core::primitive::i32,
    /// A field that is a word of the language.
    #[diesel(column_name = name)]
    pub r#type: ::std::string::String,
}

/// An update by the model, rendered.
///
/// # Errors
/// When the id is refused.
pub fn statement(
    tenant: OrgId,
    item: &Item,
) -> ::core::result::Result<::std::string::String, ::tenancy::ScopeError> {
    let set = ::diesel::ExpressionMethods::eq(projects::name, item.r#type.as_str());
    let statement = ::tenancy::update(item).set(set);
    let sql = ::tenancy::debug_query(statement, tenant)?;
    ::core::result::Result::Ok(::std::string::ToString::to_string(&sql))
}

#[cfg(test)]
mod tests {
    use ::std::assert_eq;
    use ::std::convert::Into as _;

    use super::*;

    #[::core::prelude::v1::test]
    fn our_derives_need_no_prelude() {
        let item = Item {
            id: 1,
            r#type: "roof".into(),
        };
        assert_eq!(
            statement(OrgId(2), &item).unwrap(),
            r#"UPDATE "projects" AS "projects" SET "name" = $1 WHERE ("projects"."id" = $2) AND "projects"."tenant_id" = $3 -- binds: ["roof", 1, OrgId(2)]"#
        );
    }
}
