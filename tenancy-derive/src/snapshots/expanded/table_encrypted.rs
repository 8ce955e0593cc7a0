#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod people {
    mod __sealed {
        use super::super::*;
        pub mod __labels {
            #[allow(non_camel_case_types)]
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct email;
            impl ::tenancy_diesel::encryption::ColumnLabel for email {
                const LABEL: ::tenancy_diesel::encryption::Label = ::tenancy_diesel::encryption::Label::literal(
                    "people.email",
                );
            }
            #[allow(non_camel_case_types)]
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct email_index;
            impl ::tenancy_diesel::encryption::IndexLabel for email_index {
                const LABEL: ::tenancy_diesel::encryption::Label = ::tenancy_diesel::encryption::Label::literal(
                    "people.email",
                );
                const SPEC: ::tenancy_diesel::encryption::BlindIndexSpec = super::super::super::super::__TENANCY_BLIND_INDEX_0;
            }
        }
        ::diesel::table! {
            use ::diesel::sql_types:: *; use super::__labels; #[sql_name = "people"]
            people(id) { #[sql_name = "id"] id -> Int4, #[sql_name = "email"] email ->
            ::diesel::sql_types::Nullable < ::tenancy_diesel::encryption::Sealed <
            __labels::email > >, #[sql_name = "email_index"] email_index ->
            ::tenancy_diesel::encryption::Indexed < __labels::email_index >, }
        }
        mod __tenant_column {
            use ::diesel::sql_types::*;
            type Tenant = <super::super::super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as ::tenancy_diesel::SqlTenantId>::SqlType;
            const _: fn(Uuid) -> TenantSqlType = |column| column;
        }
    }
    pub use self::__sealed::people::columns::{id, email, email_index, star};
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_camel_case_types)]
    pub type tenant_id = ::tenancy_diesel::TenantColumn<table>;
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_upper_case_globals)]
    pub const tenant_id: tenant_id = ::tenancy_diesel::TenantColumn::__new();
    /// The SQL type of all columns.
    pub type SqlType = <(
        tenant_id,
        id,
        email,
        email_index,
    ) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (tenant_id, id, email, email_index) = (
        tenant_id,
        id,
        email,
        email_index,
    );
    /// The columns of the table.
    pub mod columns {
        pub use super::{tenant_id, id, email, email_index, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{tenant_id, id, email, email_index};
        pub use super::table as people;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::people::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: ::tenancy_diesel::ScopedTable<self::__sealed::people::table> = ::tenancy_diesel::ScopedTable::<
        self::__sealed::people::table,
    >::__table(self::__sealed::people::table);
    /// The type of the scoped table.
    pub type ScopedTable = ::tenancy_diesel::ScopedTable<self::__sealed::people::table>;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::people::table;
        impl ::tenancy_diesel::__private::ScopeTable for table {
            type Tenant = <super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type AnyColumn = id;
            type Selection = (tenant_id, id, email, email_index);
            type Key = id;
            type Value = ::tenancy_diesel::ScopedTable<table>;
            const RELATION: ::tenancy_diesel::__private::Relation = {
                use ::tenancy_diesel::__private::Owner;
                ::tenancy_diesel::__private::Relation {
                    path: "people",
                    schema: ::core::option::Option::None,
                    name: "people",
                    alias: "people",
                    owner: Owner::Column("tenant_id"),
                }
            };
            fn selection() -> Self::Selection {
                (tenant_id, id, email, email_index)
            }
            fn key() -> Self::Key {
                id
            }
        }
        impl ::tenancy_diesel::__private::TenantTable for table {}
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<id> for tenant_id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for email {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<email> for tenant_id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for email_index {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<email_index> for tenant_id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for id {}
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for email {}
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for email_index {}
        impl<E> ::tenancy_diesel::Hosts<E, super::super::__TenancyTenantId> for table
        where
            E: ::diesel::AppearsOnTable<table>,
        {}
        impl<__Part> ::diesel::query_source::AppearsInFromClause<table>
        for ::tenancy_diesel::ScopedSource<table, __Part> {
            type Count = ::diesel::query_source::Once;
        }
    };
}
