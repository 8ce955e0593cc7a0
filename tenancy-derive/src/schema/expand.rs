//! What `tenant_schema!` becomes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Item};

use super::classify::{Class, ResolvedJoin, Schema, SealedColumn, Table};
use super::file::{Module, SchemaFile};

pub(super) fn schema(schema: &Schema) -> TokenStream {
    let krate = &schema.config.krate;
    let tenant = &schema.config.tenant_type;
    let files = schema.files.iter().map(|file| file_items(schema, file));
    let macros = macros(schema, &[]);
    let disequalities = disequalities(schema);
    let classes = schema.tables.iter().map(|table| {
        let path = relative(table);
        match &table.class {
            Class::Shared | Class::Excluded { .. } => quote!(shared::<self::#path::table>();),
            _ => quote!(scoped::<self::#path::table>();),
        }
    });
    let joins = schema.joins.iter().map(|join| join_impls(schema, join));
    let registry = registry(schema);
    let marker = quote_spanned! {tenant.span()=>
        impl #krate::__private::Schema for __TenancySchema {
            type Tenant = #tenant;
            const REGISTRY: &'static #krate::Registry = &REGISTRY;
        }
    };
    let has_pools = cfg!(any(feature = "bb8", feature = "deadpool", feature = "r2d2"));
    let pool = has_pools.then(|| {
        // A second pool feature, which any crate of a build may turn on, changes nothing here.
        let default = cfg!(feature = "bb8").then(|| quote!(= #krate::bb8::Pool));
        quote! {
            /// A pool `P` whose connections are scopes of this schema's tenants.
            pub type TenantPool<P #default> = #krate::pool::TenantPool<__TenancySchema, P>;
        }
    });
    let indexes = schema.config.blind_indexes.iter().enumerate();
    let blind_indexes = indexes.map(|(number, index)| {
        let (name, spec) = (blind_index(number), &index.spec);
        quote! {
            #[doc(hidden)]
            const #name: #krate::encryption::BlindIndexSpec = #spec;
        }
    });
    quote! {
        #[doc(hidden)]
        type __TenancyTenantId = #tenant;

        // The tables get the type of tenant from here, so that a wrong one is one error.
        #[doc(hidden)]
        #[allow(missing_debug_implementations, unreachable_pub)]
        pub enum __TenancySchema {}

        #marker

        /// A connection in the scope of one tenant of this schema.
        pub type Scoped<C> = #krate::Scoped<C, __TenancyTenantId>;

        #pool

        #(#blind_indexes)*

        #registry

        // One module deeper than the user's own items, so that a `use diesel::..` beside the macro
        // call does not meet the module `diesel` in here.
        #[doc(hidden)]
        mod __tenancy {
            // `diesel::table!` in the schema file is looked up here first. Names are listed, for a
            // glob import beside a macro of the same name is ambiguous.
            #macros

            #(#files)*

            const _: () = {
                #(#disequalities)*
            };

            #(#joins)*

            // Every table of the schema file has become what the registry says.
            const _: fn() = || {
                #[allow(dead_code)]
                fn scoped<T: #krate::__private::TenantTable>() {}
                #[allow(dead_code)]
                fn shared<T: #krate::__private::SharedTable>() {}
                #(#classes)*
            };
        }
        #[allow(unused_imports)]
        pub use self::__tenancy::*;
    }
}

/// The module `diesel` as a schema file sees it.
fn macros(schema: &Schema, modules: &[Ident]) -> TokenStream {
    let krate = &schema.config.krate;
    let depth = proc_macro2::Literal::usize_unsuffixed(modules.len());
    let entries = schema
        .tables
        .iter()
        .filter(|table| table.modules == modules)
        .map(|table| entry(schema, table));
    quote! {
        mod diesel {
            macro_rules! __tenancy_table {
                ($($table:tt)*) => {
                    #krate::__private::__table! { [#krate #depth { #(#entries)* }] $($table)* }
                };
            }
            // The joins and the tables of a query are known to `tenant_schema!` already.
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
                allow_columns_to_appear_in_same_group_by_clause, expression, prelude, query_builder,
                sql_types,
            };
        }
    }
}

/// What `table!` is told of a table, see [`Invocation`](super::table::Invocation).
fn entry(schema: &Schema, table: &Table) -> TokenStream {
    let (name, path, aliases) = (&table.name, table.path(), &table.aliases);
    let owner = match &table.class {
        Class::Tenant { column } | Class::Root { column } => quote!(column #column),
        Class::Via { column, owner } => {
            let owner = &schema.tables[*owner];
            let column = table.sql_name_of(column);
            let key = owner
                .key()
                .first()
                .map_or_else(String::new, |key| owner.sql_name_of(key).to_owned());
            let path = relative(owner);
            quote!(via #column #key #path)
        }
        Class::Shared | Class::Excluded { .. } => quote!(shared),
    };
    let mistake = table.mistake.as_ref();
    let sealed: Vec<TokenStream> = (table.encrypted.iter().chain(&table.blind_indexes))
        .map(|sealed| {
            let (column, label) = (&sealed.column, &sealed.label);
            let index = sealed.index.map(blind_index);
            quote!(#column #label #index)
        })
        .collect();
    let sealed = (!sealed.is_empty()).then(|| quote!((#(#sealed),*)));
    quote!(#name { #path #owner (#(#aliases),*) #sealed #mistake })
}

/// The constant beside the tables that says how a blind index is computed.
fn blind_index(number: usize) -> Ident {
    format_ident!("__TENANCY_BLIND_INDEX_{number}")
}

/// The path of a table below the schema module.
fn relative(table: &Table) -> TokenStream {
    let (modules, name) = (&table.modules, &table.name);
    quote!(#(#modules::)* #name)
}

/// The tables of a file. A file without modules is included, so that its spans lead into it. In a
/// module the path `diesel::table!` would find the crate, so the module is written out again with
/// our own `diesel` in it.
fn file_items(schema: &Schema, file: &SchemaFile) -> TokenStream {
    let include = &file.include;
    if file.root.modules.is_empty() {
        return quote!(::core::include!(#include););
    }
    let items = module_items(schema, &file.root, &mut Vec::new());
    // Makes the compiler watch the file.
    let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    let path = path.to_string_lossy();
    quote! {
        #items
        const _: &::core::primitive::str = ::core::include_str!(#path);
    }
}

fn module_items(schema: &Schema, module: &Module, path: &mut Vec<Ident>) -> TokenStream {
    let items: &[Item] = &module.items;
    let modules: Vec<TokenStream> = module
        .modules
        .iter()
        .map(|(name, inner)| {
            path.push(name.clone());
            let macros = macros(schema, path);
            let items = module_items(schema, inner, path);
            path.pop();
            let attributes = &inner.attributes;
            quote! {
                #(#attributes)*
                pub mod #name {
                    #macros
                    #items
                }
            }
        })
        .collect();
    quote!(#(#items)* #(#modules)*)
}

/// All tables of a schema may appear in the same query, also across PostgreSQL schemas.
fn disequalities(schema: &Schema) -> Vec<TokenStream> {
    let mut names = Vec::new();
    for table in &schema.tables {
        let modules = &table.modules;
        for name in std::iter::once(&table.name).chain(&table.aliases) {
            names.push(quote!(self::#(#modules::)* #name::table));
        }
    }
    let mut impls = Vec::new();
    for (i, left) in names.iter().enumerate() {
        for right in &names[i + 1..] {
            impls.push(quote! {
                impl ::diesel::query_source::TableNotEqual<#left> for #right {}
                impl ::diesel::query_source::TableNotEqual<#right> for #left {}
            });
        }
    }
    impls
}

/// `child.column = parent.key` in both directions, for the sealed tables: the library forwards it to
/// their scoped references.
fn join_impls(schema: &Schema, join: &ResolvedJoin) -> TokenStream {
    let (child, parent) = (&schema.tables[join.child], &schema.tables[join.parent]);
    let (child_path, parent_path) = (relative(child), relative(parent));
    let pairs: Vec<(TokenStream, TokenStream)> = join
        .columns
        .iter()
        .zip(parent.key())
        .map(|(column, key)| {
            (
                quote!(self::#child_path::#column),
                quote!(self::#parent_path::#key),
            )
        })
        .collect();
    let mut types = pairs.iter().map(|(column, key)| {
        quote!(::diesel::dsl::Eq<
            ::diesel::dsl::Nullable<#column>,
            ::diesel::dsl::Nullable<#key>,
        >)
    });
    let mut values = pairs.iter().map(|(column, key)| {
        quote!(::diesel::ExpressionMethods::eq(
            ::diesel::NullableExpressionMethods::nullable(#column),
            ::diesel::NullableExpressionMethods::nullable(#key),
        ))
    });
    let on_type = types
        .next()
        .map(|first| types.fold(first, |all, one| quote!(::diesel::dsl::And<#all, #one>)));
    let on_value = values.next().map(|first| {
        values.fold(
            first,
            |all, one| quote!(::diesel::BoolExpressionMethods::and(#all, #one)),
        )
    });
    let one_way = |left: &TokenStream, right: &TokenStream| {
        quote! {
            impl ::diesel::JoinTo<self::#right::table> for self::#left::table {
                type FromClause = self::#right::table;
                type OnClause = #on_type;

                fn join_target(rhs: self::#right::table) -> (Self::FromClause, Self::OnClause) {
                    (rhs, #on_value)
                }
            }
        }
    };
    let there = one_way(&child_path, &parent_path);
    let back = one_way(&parent_path, &child_path);
    quote!(#there #back)
}

fn registry(schema: &Schema) -> TokenStream {
    let krate = &schema.config.krate;
    let tables = schema.tables.iter().map(|table| {
        let path = table.path();
        let pg_schema = match &table.schema {
            Some(name) => quote!(::core::option::Option::Some(#name)),
            None => quote!(::core::option::Option::None),
        };
        let name = &table.sql_name;
        let class = match &table.class {
            Class::Tenant { column } => {
                let column = table.sql_name_of(column);
                quote!(Class::Tenant { column: #column })
            }
            Class::Root { column } => {
                let column = table.sql_name_of(column);
                quote!(Class::Root { column: #column })
            }
            Class::Via { column, owner } => {
                let owner = &schema.tables[*owner];
                let column = table.sql_name_of(column);
                let owner_path = owner.path();
                let key = owner
                    .key()
                    .first()
                    .map(|key| owner.sql_name_of(key).to_owned());
                quote!(Class::Via { column: #column, owner: #owner_path, owner_key: #key })
            }
            Class::Shared => quote!(Class::Shared),
            Class::Excluded { reason } => quote!(Class::Excluded { reason: #reason }),
        };
        let columns = table.columns.iter().map(|column| {
            let (name, sql_type) = (&column.sql_name, &column.sql_type);
            quote!(#krate::Column { name: #name, sql_type: #sql_type })
        });
        let primary_key = table.primary_key.iter().map(|c| table.sql_name_of(c));
        let encrypted = table
            .encrypted
            .iter()
            .map(|SealedColumn { column, label, .. }| {
                let column = table.sql_name_of(column);
                quote!(#krate::EncryptedColumn { column: #column, label: #label })
            });
        quote! {
            #krate::Table {
                path: #path,
                schema: #pg_schema,
                name: #name,
                class: #class,
                columns: &[#(#columns),*],
                primary_key: &[#(#primary_key),*],
                encrypted: &[#(#encrypted),*],
            }
        }
    });
    let tenant_of_schema = quote!(<__TenancySchema as #krate::__private::Schema>::Tenant);
    quote! {
        /// What this schema declares, for policies and tools.
        pub static REGISTRY: #krate::Registry = {
            use #krate::Class;
            #krate::Registry::new(
                <#tenant_of_schema as #krate::SqlTenantId>::VARIABLE,
                <#tenant_of_schema as #krate::SqlTenantId>::PG_TYPE,
                &[#(#tables),*],
            )
        };
    }
}
