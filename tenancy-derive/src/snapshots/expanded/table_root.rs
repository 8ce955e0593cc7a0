#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod organisations {
    mod __sealed {
        use super::super::*;
        ::diesel::table! {
            #[sql_name = "organisations"] organisations(name) { #[sql_name = "name"] name
            -> Text, }
        }
        mod __tenant_column {
            use ::diesel::sql_types::*;
            type Tenant = <super::super::super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as ::tenancy_diesel::SqlTenantId>::SqlType;
            const _: fn(Uuid) -> TenantSqlType = |column| column;
        }
    }
    pub use self::__sealed::organisations::columns::{name, star};
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_camel_case_types)]
    pub type id = ::tenancy_diesel::TenantColumn<table>;
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_upper_case_globals)]
    pub const id: id = ::tenancy_diesel::TenantColumn::__new();
    /// The SQL type of all columns.
    pub type SqlType = <(id, name) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (id, name) = (id, name);
    /// The columns of the table.
    pub mod columns {
        pub use super::{id, name, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{id, name};
        pub use super::table as organisations;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::organisations::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: ::tenancy_diesel::ScopedTable<
        self::__sealed::organisations::table,
    > = ::tenancy_diesel::ScopedTable::<
        self::__sealed::organisations::table,
    >::__table(self::__sealed::organisations::table);
    /// The type of the scoped table.
    pub type ScopedTable = ::tenancy_diesel::ScopedTable<
        self::__sealed::organisations::table,
    >;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::organisations::table;
        impl ::tenancy_diesel::__private::ScopeTable for table {
            type Tenant = <super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type AnyColumn = name;
            type Selection = (id, name);
            type Key = id;
            type Value = ::tenancy_diesel::ScopedTable<table>;
            const RELATION: ::tenancy_diesel::__private::Relation = {
                use ::tenancy_diesel::__private::Owner;
                ::tenancy_diesel::__private::Relation {
                    path: "organisations",
                    schema: ::core::option::Option::None,
                    name: "organisations",
                    alias: "organisations",
                    owner: Owner::Column("id"),
                }
            };
            fn selection() -> Self::Selection {
                (id, name)
            }
            fn key() -> Self::Key {
                id
            }
        }
        impl ::tenancy_diesel::__private::TenantTable for table {}
        impl ::diesel::expression::IsContainedInGroupBy<id> for name {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<name> for id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for name {}
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
