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
/// What this schema declares, for policies and tools.
pub static REGISTRY: ::tenancy_diesel::Registry = {
    use ::tenancy_diesel::Class;
    ::tenancy_diesel::Registry::new(
        <<__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant as ::tenancy_diesel::SqlTenantId>::VARIABLE,
        <<__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant as ::tenancy_diesel::SqlTenantId>::PG_TYPE,
        &[
            ::tenancy_diesel::Table {
                path: "countries",
                schema: ::core::option::Option::None,
                name: "countries",
                class: Class::Shared,
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "code",
                        sql_type: "Text",
                    },
                ],
                primary_key: &["code"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "files",
                schema: ::core::option::Option::None,
                name: "files",
                class: Class::Via {
                    column: "project_id",
                    owner: "projects",
                    owner_key: "id",
                },
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "id",
                        sql_type: "Int4",
                    },
                    ::tenancy_diesel::Column {
                        name: "project_id",
                        sql_type: "Int4",
                    },
                ],
                primary_key: &["id"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "legacy",
                schema: ::core::option::Option::None,
                name: "legacy",
                class: Class::Excluded {
                    reason: "moves next year",
                },
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "id",
                        sql_type: "Int4",
                    },
                    ::tenancy_diesel::Column {
                        name: "tenant_id",
                        sql_type: "Uuid",
                    },
                ],
                primary_key: &["id"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "organisations",
                schema: ::core::option::Option::None,
                name: "organisations",
                class: Class::Root { column: "id" },
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "id",
                        sql_type: "Uuid",
                    },
                    ::tenancy_diesel::Column {
                        name: "name",
                        sql_type: "Text",
                    },
                ],
                primary_key: &["id"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "projects",
                schema: ::core::option::Option::None,
                name: "projects",
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
                        name: "api_key",
                        sql_type: "Bytea",
                    },
                ],
                primary_key: &["tenant_id", "id"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "sites",
                schema: ::core::option::Option::None,
                name: "sites",
                class: Class::Tenant {
                    column: "tenant_id",
                },
                columns: &[
                    ::tenancy_diesel::Column {
                        name: "tenant_id",
                        sql_type: "Uuid",
                    },
                    ::tenancy_diesel::Column {
                        name: "region",
                        sql_type: "Text",
                    },
                    ::tenancy_diesel::Column {
                        name: "number",
                        sql_type: "Int4",
                    },
                ],
                primary_key: &["tenant_id", "region", "number"],
                encrypted: &[],
            },
            ::tenancy_diesel::Table {
                path: "tasks",
                schema: ::core::option::Option::None,
                name: "tasks",
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
                        name: "region",
                        sql_type: "Text",
                    },
                    ::tenancy_diesel::Column {
                        name: "number",
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
                ::tenancy_diesel::__private::__table! { [::tenancy_diesel 0 { countries {
                "countries" shared() } files { "files" via "project_id" "id" projects() }
                legacy { "legacy" shared() } organisations { "organisations" column id()
                } projects { "projects" column tenant_id(parent) } sites { "sites" column
                tenant_id() } tasks { "tasks" column tenant_id() } }] $($table)* }
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
    ::core::include!("$FOLDER/input/shop.rs");
    const _: () = {
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::countries::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::countries::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::files::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::files::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::legacy::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::legacy::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::organisations::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::organisations::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::projects::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::projects::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::sites::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::parent::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::parent::table {}
        impl ::diesel::query_source::TableNotEqual<self::sites::table>
        for self::tasks::table {}
        impl ::diesel::query_source::TableNotEqual<self::tasks::table>
        for self::sites::table {}
    };
    impl ::diesel::JoinTo<self::sites::table> for self::tasks::table {
        type FromClause = self::sites::table;
        type OnClause = ::diesel::dsl::And<
            ::diesel::dsl::Eq<
                ::diesel::dsl::Nullable<self::tasks::region>,
                ::diesel::dsl::Nullable<self::sites::region>,
            >,
            ::diesel::dsl::Eq<
                ::diesel::dsl::Nullable<self::tasks::number>,
                ::diesel::dsl::Nullable<self::sites::number>,
            >,
        >;
        fn join_target(rhs: self::sites::table) -> (Self::FromClause, Self::OnClause) {
            (
                rhs,
                ::diesel::BoolExpressionMethods::and(
                    ::diesel::ExpressionMethods::eq(
                        ::diesel::NullableExpressionMethods::nullable(
                            self::tasks::region,
                        ),
                        ::diesel::NullableExpressionMethods::nullable(
                            self::sites::region,
                        ),
                    ),
                    ::diesel::ExpressionMethods::eq(
                        ::diesel::NullableExpressionMethods::nullable(
                            self::tasks::number,
                        ),
                        ::diesel::NullableExpressionMethods::nullable(
                            self::sites::number,
                        ),
                    ),
                ),
            )
        }
    }
    impl ::diesel::JoinTo<self::tasks::table> for self::sites::table {
        type FromClause = self::tasks::table;
        type OnClause = ::diesel::dsl::And<
            ::diesel::dsl::Eq<
                ::diesel::dsl::Nullable<self::tasks::region>,
                ::diesel::dsl::Nullable<self::sites::region>,
            >,
            ::diesel::dsl::Eq<
                ::diesel::dsl::Nullable<self::tasks::number>,
                ::diesel::dsl::Nullable<self::sites::number>,
            >,
        >;
        fn join_target(rhs: self::tasks::table) -> (Self::FromClause, Self::OnClause) {
            (
                rhs,
                ::diesel::BoolExpressionMethods::and(
                    ::diesel::ExpressionMethods::eq(
                        ::diesel::NullableExpressionMethods::nullable(
                            self::tasks::region,
                        ),
                        ::diesel::NullableExpressionMethods::nullable(
                            self::sites::region,
                        ),
                    ),
                    ::diesel::ExpressionMethods::eq(
                        ::diesel::NullableExpressionMethods::nullable(
                            self::tasks::number,
                        ),
                        ::diesel::NullableExpressionMethods::nullable(
                            self::sites::number,
                        ),
                    ),
                ),
            )
        }
    }
    const _: fn() = || {
        #[allow(dead_code)]
        fn scoped<T: ::tenancy_diesel::__private::TenantTable>() {}
        #[allow(dead_code)]
        fn shared<T: ::tenancy_diesel::__private::SharedTable>() {}
        shared::<self::countries::table>();
        scoped::<self::files::table>();
        shared::<self::legacy::table>();
        scoped::<self::organisations::table>();
        scoped::<self::projects::table>();
        scoped::<self::sites::table>();
        scoped::<self::tasks::table>();
    };
}
#[allow(unused_imports)]
pub use self::__tenancy::*;
