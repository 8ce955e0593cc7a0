/// The projects.
#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod projects {
    mod __sealed {
        use super::super::*;
        ::diesel::table! {
            #[sql_name = "projects"] projects(id) { #[sql_name = "id"] id -> Int4,
            #[sql_name = "type"] #[max_length = 20] type_ -> Varchar, }
        }
        mod __tenant_column {
            use ::diesel::sql_types::*;
            type Tenant = <super::super::super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as ::tenancy_diesel::SqlTenantId>::SqlType;
            const _: fn(Uuid) -> TenantSqlType = |column| column;
        }
    }
    pub use self::__sealed::projects::columns::{id, type_, star};
    /// The tenant column. It is read like any column and cannot be written.
    /// Whose it is.
    #[allow(non_camel_case_types)]
    pub type tenant_id = ::tenancy_diesel::TenantColumn<table>;
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_upper_case_globals)]
    pub const tenant_id: tenant_id = ::tenancy_diesel::TenantColumn::__new();
    /// The SQL type of all columns.
    pub type SqlType = <(
        tenant_id,
        id,
        type_,
    ) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (tenant_id, id, type_) = (tenant_id, id, type_);
    /// The columns of the table.
    pub mod columns {
        pub use super::{tenant_id, id, type_, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{tenant_id, id, type_};
        pub use super::table as projects;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::projects::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: ::tenancy_diesel::ScopedTable<self::__sealed::projects::table> = ::tenancy_diesel::ScopedTable::<
        self::__sealed::projects::table,
    >::__table(self::__sealed::projects::table);
    /// The type of the scoped table.
    pub type ScopedTable = ::tenancy_diesel::ScopedTable<
        self::__sealed::projects::table,
    >;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::projects::table;
        impl ::tenancy_diesel::__private::ScopeTable for table {
            type Tenant = <super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type AnyColumn = id;
            type Selection = (tenant_id, id, type_);
            type Key = id;
            type Value = ::tenancy_diesel::ScopedTable<table>;
            const RELATION: ::tenancy_diesel::__private::Relation = {
                use ::tenancy_diesel::__private::Owner;
                ::tenancy_diesel::__private::Relation {
                    path: "projects",
                    schema: ::core::option::Option::None,
                    name: "projects",
                    alias: "projects",
                    owner: Owner::Column("tenant_id"),
                }
            };
            fn selection() -> Self::Selection {
                (tenant_id, id, type_)
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
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for type_ {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<type_> for tenant_id {
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
        > for type_ {}
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
/// The projects.
#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod parent {
    mod __sealed {
        use super::super::*;
        ::diesel::table! {
            #[sql_name = "parent"] parent(id) { #[sql_name = "id"] id -> Int4, #[sql_name
            = "type"] #[max_length = 20] type_ -> Varchar, }
        }
        mod __tenant_column {
            use ::diesel::sql_types::*;
            type Tenant = <super::super::super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as ::tenancy_diesel::SqlTenantId>::SqlType;
            const _: fn(Uuid) -> TenantSqlType = |column| column;
        }
    }
    pub use self::__sealed::parent::columns::{id, type_, star};
    /// The tenant column. It is read like any column and cannot be written.
    /// Whose it is.
    #[allow(non_camel_case_types)]
    pub type tenant_id = ::tenancy_diesel::TenantColumn<table>;
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_upper_case_globals)]
    pub const tenant_id: tenant_id = ::tenancy_diesel::TenantColumn::__new();
    /// The SQL type of all columns.
    pub type SqlType = <(
        tenant_id,
        id,
        type_,
    ) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (tenant_id, id, type_) = (tenant_id, id, type_);
    /// The columns of the table.
    pub mod columns {
        pub use super::{tenant_id, id, type_, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{tenant_id, id, type_};
        pub use super::table as parent;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::parent::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: ::tenancy_diesel::ScopedTable<self::__sealed::parent::table> = ::tenancy_diesel::ScopedTable::<
        self::__sealed::parent::table,
    >::__table(self::__sealed::parent::table);
    /// The type of the scoped table.
    pub type ScopedTable = ::tenancy_diesel::ScopedTable<self::__sealed::parent::table>;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::parent::table;
        impl ::tenancy_diesel::__private::ScopeTable for table {
            type Tenant = <super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type AnyColumn = id;
            type Selection = (tenant_id, id, type_);
            type Key = id;
            type Value = ::tenancy_diesel::ScopedTable<table>;
            const RELATION: ::tenancy_diesel::__private::Relation = {
                use ::tenancy_diesel::__private::Owner;
                ::tenancy_diesel::__private::Relation {
                    path: "projects",
                    schema: ::core::option::Option::None,
                    name: "projects",
                    alias: "parent",
                    owner: Owner::Column("tenant_id"),
                }
            };
            fn selection() -> Self::Selection {
                (tenant_id, id, type_)
            }
            fn key() -> Self::Key {
                id
            }
        }
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<id> for tenant_id {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<tenant_id> for type_ {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<type_> for tenant_id {
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
        > for type_ {}
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
