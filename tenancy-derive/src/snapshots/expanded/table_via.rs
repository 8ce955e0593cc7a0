#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod files {
    mod __sealed {
        use super::super::*;
        ::diesel::table! {
            #[sql_name = "files"] files(id) { #[sql_name = "id"] id -> Int4, #[sql_name =
            "project_id"] project_id -> Int4, }
        }
    }
    pub use self::__sealed::files::columns::{id, project_id, star};
    /// The SQL type of all columns.
    pub type SqlType = <(id, project_id) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (id, project_id) = (id, project_id);
    /// The columns of the table.
    pub mod columns {
        pub use super::{id, project_id, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{id, project_id};
        pub use super::table as files;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::files::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: ::tenancy_diesel::ScopedTable<self::__sealed::files::table> = ::tenancy_diesel::ScopedTable::<
        self::__sealed::files::table,
    >::__table(self::__sealed::files::table);
    /// The type of the scoped table.
    pub type ScopedTable = ::tenancy_diesel::ScopedTable<self::__sealed::files::table>;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::files::table;
        impl ::tenancy_diesel::__private::ScopeTable for table {
            type Tenant = <super::super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
            type AnyColumn = id;
            type Selection = (id, project_id);
            type Key = id;
            type Value = ::tenancy_diesel::ScopedTable<table>;
            const RELATION: ::tenancy_diesel::__private::Relation = {
                use ::tenancy_diesel::__private::Owner;
                ::tenancy_diesel::__private::Relation {
                    path: "files",
                    schema: ::core::option::Option::None,
                    name: "files",
                    alias: "files",
                    owner: Owner::Via {
                        column: "project_id",
                        key: "id",
                        relation: &<super::projects::table as ::tenancy_diesel::__private::ScopeTable>::RELATION,
                    },
                }
            };
            fn selection() -> Self::Selection {
                (id, project_id)
            }
            fn key() -> Self::Key {
                id
            }
        }
        impl ::tenancy_diesel::__private::TenantTable for table {}
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for id {}
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            ::tenancy_diesel::ScopedSource<table, __Part>,
        > for project_id {}
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
