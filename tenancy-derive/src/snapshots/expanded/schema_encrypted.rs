#[doc(hidden)]
type __TenancyTenantId = OrgId;
#[doc(hidden)]
#[allow(missing_debug_implementations, unreachable_pub)]
pub enum __TenancySchema {}
impl ::tenancy_diesel::__private::Schema for __TenancySchema {
    type Tenant = OrgId;
    const REGISTRY: &'static ::tenancy_diesel::Registry = &REGISTRY;
}
/// A connection in the scope of one tenant of this schema.
pub type Scoped<C> = ::tenancy_diesel::Scoped<C, __TenancyTenantId>;
#[doc(hidden)]
const __TENANCY_BLIND_INDEX_0: ::tenancy_diesel::encryption::BlindIndexSpec = super::EMAIL;
/// What this schema declares, for policies and tools.
pub static REGISTRY: ::tenancy_diesel::Registry = {
    use ::tenancy_diesel::Class;
    ::tenancy_diesel::Registry::new(
        <<__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant as ::tenancy_diesel::SqlTenantId>::VARIABLE,
        <<__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant as ::tenancy_diesel::SqlTenantId>::PG_TYPE,
        &[
            ::tenancy_diesel::Table {
                path: "people",
                schema: ::core::option::Option::None,
                name: "people",
                class: Class::Tenant {
                    column: "tenant_id",
                },
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "tenant_id",
                        sql_type: "Uuid",
                    },
                    ::tenancy_diesel::Column {
                        name: "id",
                        sql_type: "Int4",
                    },
                    ::tenancy_diesel::Column {
                        name: "email",
                        sql_type: "Nullable<Bytea>",
                    },
                    ::tenancy_diesel::Column {
                        name: "email_index",
                        sql_type: "Bytea",
                    },
                ],
                primary_key: &["tenant_id", "id"],
                encrypted: &[
                    ::tenancy_diesel::EncryptedColumn {
                        column: "email",
                        label: "people.email",
                    },
                ],
            },
        ],
    )
};
#[doc(hidden)]
mod __tenancy {
    mod diesel {
        macro_rules! __tenancy_table {
            ($($table:tt)*) => {
                ::tenancy_diesel::__private::__table! { [::tenancy_diesel 0 { people {
                "people" column tenant_id() (email "people.email", email_index
                "people.email" __TENANCY_BLIND_INDEX_0) } }] $($table)* }
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
    ::core::include!("$FOLDER/input/vault.rs");
    const _: () = {};
    const _: fn() = || {
        #[allow(dead_code)]
        fn scoped<T: ::tenancy_diesel::__private::TenantTable>() {}
        #[allow(dead_code)]
        fn shared<T: ::tenancy_diesel::__private::SharedTable>() {}
        scoped::<self::people::table>();
    };
}
#[allow(unused_imports)]
pub use self::__tenancy::*;
