#[allow(
    unused_imports,
    dead_code,
    unreachable_pub,
    unused_qualifications,
    clippy::wildcard_imports
)]
pub mod invoices {
    mod __sealed {
        use super::super::*;
        ::diesel::table! {
            use diesel::sql_types:: *; use super::sql_types::Status; #[sql_name =
            "billing.invoices"] invoices(number) { #[sql_name = "number"] number -> Int4,
            #[sql_name = "status"] status -> Nullable < Status >, }
        }
        mod __tenant_column {
            use diesel::sql_types::*;
            use super::sql_types::Status;
            type Tenant = <super::super::super::super::super::__TenancySchema as renamed::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as renamed::SqlTenantId>::SqlType;
            const _: fn(Uuid) -> TenantSqlType = |column| column;
        }
    }
    pub use self::__sealed::invoices::columns::{number, status, star};
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_camel_case_types)]
    pub type customer = renamed::TenantColumn<table>;
    /// The tenant column. It is read like any column and cannot be written.
    #[allow(non_upper_case_globals)]
    pub const customer: customer = renamed::TenantColumn::__new();
    /// The SQL type of all columns.
    pub type SqlType = <(
        customer,
        number,
        status,
    ) as ::diesel::expression::Expression>::SqlType;
    /// All columns, the tenant column included.
    #[allow(non_upper_case_globals)]
    pub const all_columns: (customer, number, status) = (customer, number, status);
    /// The columns of the table.
    pub mod columns {
        pub use super::{customer, number, status, star};
    }
    /// The columns and the table under its own name, for a glob import.
    pub mod dsl {
        pub use super::{customer, number, status};
        pub use super::table as invoices;
    }
    /// The Diesel table, for derives. The value of this name is the scoped table.
    #[allow(non_camel_case_types)]
    pub type table = self::__sealed::invoices::table;
    /// The scoped table: the beginning of every query.
    #[allow(non_upper_case_globals)]
    pub const table: renamed::ScopedTable<self::__sealed::invoices::table> = renamed::ScopedTable::<
        self::__sealed::invoices::table,
    >::__table(self::__sealed::invoices::table);
    /// The type of the scoped table.
    pub type ScopedTable = renamed::ScopedTable<self::__sealed::invoices::table>;
    /// The type of a boxed query on this table.
    pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> = ::diesel::dsl::IntoBoxed<
        'a,
        ScopedTable,
        DB,
    >;
    const _: () = {
        type table = self::__sealed::invoices::table;
        impl renamed::__private::ScopeTable for table {
            type Tenant = <super::super::super::__TenancySchema as renamed::__private::Schema>::Tenant;
            type AnyColumn = number;
            type Selection = (customer, number, status);
            type Key = number;
            type Value = renamed::ScopedTable<table>;
            const RELATION: renamed::__private::Relation = {
                use renamed::__private::Owner;
                renamed::__private::Relation {
                    path: "billing::invoices",
                    schema: ::core::option::Option::Some("billing"),
                    name: "invoices",
                    alias: "billing.invoices",
                    owner: Owner::Column("customer"),
                }
            };
            fn selection() -> Self::Selection {
                (customer, number, status)
            }
            fn key() -> Self::Key {
                number
            }
        }
        impl renamed::__private::TenantTable for table {}
        impl ::diesel::expression::IsContainedInGroupBy<customer> for number {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<number> for customer {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<customer> for status {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl ::diesel::expression::IsContainedInGroupBy<status> for customer {
            type Output = ::diesel::expression::is_contained_in_group_by::No;
        }
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            renamed::ScopedSource<table, __Part>,
        > for number {}
        impl<
            __Part,
        > ::diesel::expression::SelectableExpression<
            renamed::ScopedSource<table, __Part>,
        > for status {}
        impl<E> renamed::Hosts<E, super::super::super::__TenancyTenantId> for table
        where
            E: ::diesel::AppearsOnTable<table>,
        {}
        impl<__Part> ::diesel::query_source::AppearsInFromClause<table>
        for renamed::ScopedSource<table, __Part> {
            type Count = ::diesel::query_source::Once;
        }
    };
}
