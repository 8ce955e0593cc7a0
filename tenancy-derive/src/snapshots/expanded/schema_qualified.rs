#[doc(hidden)]
type __TenancyTenantId = ids::OrgId;
#[doc(hidden)]
#[allow(missing_debug_implementations, unreachable_pub)]
pub enum __TenancySchema {}
impl renamed::__private::Schema for __TenancySchema {
    type Tenant = ids::OrgId;
    const REGISTRY: &'static renamed::Registry = &REGISTRY;
}
/// A connection in the scope of one tenant of this schema.
pub type Scoped<C> = renamed::Scoped<C, __TenancyTenantId>;
/// What this schema declares, for policies and tools.
pub static REGISTRY: renamed::Registry = {
    use renamed::Class;
    renamed::Registry::new(
        <<__TenancySchema as renamed::__private::Schema>::Tenant as renamed::SqlTenantId>::VARIABLE,
        <<__TenancySchema as renamed::__private::Schema>::Tenant as renamed::SqlTenantId>::PG_TYPE,
        &[
            renamed::Table {
                path: "billing::invoices",
                schema: ::core::option::Option::Some("billing"),
                name: "invoices",
                class: Class::Tenant {
                    column: "customer",
                },
                columns: &[
                    renamed::Column {
                        name: "customer",
                        sql_type: "Uuid",
                    },
                    renamed::Column {
                        name: "number",
                        sql_type: "Int4",
                    },
                    renamed::Column {
                        name: "status",
                        sql_type: "Nullable<Status>",
                    },
                ],
                primary_key: &["customer", "number"],
                encrypted: &[],
            },
            renamed::Table {
                path: "billing::type",
                schema: ::core::option::Option::Some("billing"),
                name: "type",
                class: Class::Tenant {
                    column: "tenant_id",
                },
                columns: &[
                    renamed::Column {
                        name: "tenant_id",
                        sql_type: "Uuid",
                    },
                    renamed::Column {
                        name: "id",
                        sql_type: "Int4",
                    },
                ],
                primary_key: &["tenant_id", "id"],
                encrypted: &[],
            },
        ],
    )
};
#[doc(hidden)]
mod __tenancy {
    mod diesel {
        macro_rules! __tenancy_table {
            ($($table:tt)*) => {
                renamed::__private::__table! { [renamed 0 {}] $($table)* }
            };
        }
        macro_rules! __tenancy_nothing {
            ($($tables:tt)*) => {};
        }
        #[allow(unused_imports)]
        pub(super) use __tenancy_table as table;
        #[allow(unused_imports)]
        pub(super) use __tenancy_nothing as joinable;
        #[allow(unused_imports)]
        pub(super) use __tenancy_nothing as allow_tables_to_appear_in_same_query;
        #[allow(unused_imports)]
        pub(super) use ::diesel::{
            allow_columns_to_appear_in_same_group_by_clause, expression, prelude,
            query_builder, sql_types,
        };
    }
    pub mod billing {
        mod diesel {
            macro_rules! __tenancy_table {
                ($($table:tt)*) => {
                    renamed::__private::__table! { [renamed 1 { invoices {
                    "billing::invoices" column customer() } r#type { "billing::type"
                    column tenant_id() } }] $($table)* }
                };
            }
            macro_rules! __tenancy_nothing {
                ($($tables:tt)*) => {};
            }
            #[allow(unused_imports)]
            pub(super) use __tenancy_table as table;
            #[allow(unused_imports)]
            pub(super) use __tenancy_nothing as joinable;
            #[allow(unused_imports)]
            pub(super) use __tenancy_nothing as allow_tables_to_appear_in_same_query;
            #[allow(unused_imports)]
            pub(super) use ::diesel::{
                allow_columns_to_appear_in_same_group_by_clause, expression, prelude,
                query_builder, sql_types,
            };
        }
        pub mod sql_types {
            #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
            #[diesel(postgres_type(name = "status", schema = "billing"))]
            pub struct Status;
        }
        diesel::table! {
            use diesel::sql_types::*; use super::sql_types::Status; billing
            .invoices(customer, number) { customer -> Uuid, number -> Int4, status ->
            Nullable < Status >, }
        }
        diesel::table! {
            billing.r#type(tenant_id, id) { tenant_id -> Uuid, id -> Int4, }
        }
    }
    const _: &::core::primitive::str = ::core::include_str!(
        "$FOLDER/input/billing.rs"
    );
    const _: () = {
        impl ::diesel::query_source::TableNotEqual<self::billing::invoices::table>
        for self::billing::r#type::table {}
        impl ::diesel::query_source::TableNotEqual<self::billing::r#type::table>
        for self::billing::invoices::table {}
    };
    const _: fn() = || {
        #[allow(dead_code)]
        fn scoped<T: renamed::__private::TenantTable>() {}
        #[allow(dead_code)]
        fn shared<T: renamed::__private::SharedTable>() {}
        scoped::<self::billing::invoices::table>();
        scoped::<self::billing::r#type::table>();
    };
}
#[allow(unused_imports)]
pub use self::__tenancy::*;
