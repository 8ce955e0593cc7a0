use diesel_table_macro_syntax::ColumnDef;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, TypePath};

use super::{Invocation, Owner, SealedColumn, column, column_of_type};

/// A scoped table, or an alias of one.
pub(super) fn expand(invocation: &Invocation, owner: &Owner, name: &Ident) -> TokenStream {
    let Invocation { krate, decl, .. } = invocation;
    let root = invocation.root();
    let is_alias = *name != decl.table_name;
    let tenant = match owner {
        Owner::Column(column) => Some(column),
        Owner::Via { .. } | Owner::Shared => None,
    };
    let is_tenant = |column: &Ident| tenant == Some(column);
    let rest: Vec<&ColumnDef> = invocation
        .columns()
        .filter(|c| !is_tenant(&c.column_name))
        .collect();
    let all: Vec<&Ident> = invocation.columns().map(|c| &c.column_name).collect();
    let names: Vec<&Ident> = rest.iter().map(|c| &c.column_name).collect();
    let primary_key = invocation.primary_key();
    let rest_of_key: Vec<&Ident> = primary_key.iter().filter(|c| !is_tenant(c)).collect();
    let (sealed_key, key) = if rest_of_key.is_empty() {
        // The key is the tenant: Diesel's table needs some other column in its place, but nothing
        // reads it, for the scoped table's key is the one below.
        (
            names.iter().take(1).copied().collect(),
            primary_key.iter().collect(),
        )
    } else {
        (rest_of_key.clone(), rest_of_key)
    };
    let key = if let [only] = key.as_slice() {
        let only: &Ident = only;
        quote!(#only)
    } else {
        quote!((#(#key,)*))
    };
    let sealed = sealed_table(invocation, name, &sealed_key, &rest);
    let tenant_column = tenant.map(|tenant| tenant_column(invocation, tenant, &rest));
    let tenant_check = tenant.and_then(|tenant| tenant_check(invocation, tenant));
    let doc_and_cfg = &decl.meta;
    let relation = invocation.relation(name, owner);
    let grouping = tenant.map(|tenant| {
        quote! {
            #(
                impl ::diesel::expression::IsContainedInGroupBy<#tenant> for #names {
                    type Output = ::diesel::expression::is_contained_in_group_by::No;
                }
                impl ::diesel::expression::IsContainedInGroupBy<#names> for #tenant {
                    type Output = ::diesel::expression::is_contained_in_group_by::No;
                }
            )*
        }
    });
    let writable = (!is_alias).then(|| quote!(impl #krate::__private::TenantTable for table {}));
    let first = names.first();
    let scope_root = quote!(super::#root);
    quote! {
        #(#doc_and_cfg)*
        #[allow(
            unused_imports,
            dead_code,
            unreachable_pub,
            unused_qualifications,
            clippy::wildcard_imports
        )]
        pub mod #name {
            mod __sealed {
                use super::super::*;
                #sealed
                #tenant_check
            }
            pub use self::__sealed::#name::columns::{#(#names,)* star};
            #tenant_column

            /// The SQL type of all columns.
            pub type SqlType = <(#(#all,)*) as ::diesel::expression::Expression>::SqlType;

            /// All columns, the tenant column included.
            #[allow(non_upper_case_globals)]
            pub const all_columns: (#(#all,)*) = (#(#all,)*);

            /// The columns of the table.
            pub mod columns {
                pub use super::{#(#all,)* star};
            }

            /// The columns and the table under its own name, for a glob import.
            pub mod dsl {
                pub use super::{#(#all,)*};
                pub use super::table as #name;
            }

            /// The Diesel table, for derives. The value of this name is the scoped table.
            #[allow(non_camel_case_types)]
            pub type table = self::__sealed::#name::table;

            /// The scoped table: the beginning of every query.
            #[allow(non_upper_case_globals)]
            pub const table: #krate::ScopedTable<self::__sealed::#name::table> =
                #krate::ScopedTable::<self::__sealed::#name::table>::__table(
                    self::__sealed::#name::table,
                );

            /// The type of the scoped table.
            pub type ScopedTable = #krate::ScopedTable<self::__sealed::#name::table>;

            /// The type of a boxed query on this table.
            pub type BoxedQuery<'a, DB = ::diesel::pg::Pg> =
                ::diesel::dsl::IntoBoxed<'a, ScopedTable, DB>;

            const _: () = {
                type table = self::__sealed::#name::table;

                impl #krate::__private::ScopeTable for table {
                    type Tenant =
                        <#scope_root::__TenancySchema as #krate::__private::Schema>::Tenant;
                    type AnyColumn = #first;
                    type Selection = (#(#all,)*);
                    type Key = #key;
                    type Value = #krate::ScopedTable<table>;

                    const RELATION: #krate::__private::Relation = #relation;

                    fn selection() -> Self::Selection {
                        (#(#all,)*)
                    }

                    fn key() -> Self::Key {
                        #key
                    }
                }

                #writable

                #grouping

                #(impl<__Part> ::diesel::expression::SelectableExpression<#krate::ScopedSource<table, __Part>> for #names {})*

                // The right side of an assignment may hold a sub-query of the same tenant.
                impl<E> #krate::Hosts<E, #scope_root::__TenancyTenantId> for table
                where
                    E: ::diesel::AppearsOnTable<table>,
                {
                }

                impl<__Part> ::diesel::query_source::AppearsInFromClause<table> for #krate::ScopedSource<table, __Part> {
                    type Count = ::diesel::query_source::Once;
                }
            };
        }
    }
}

/// The real table, without the tenant column: what cannot be named cannot be assigned.
fn sealed_table(
    invocation: &Invocation,
    name: &Ident,
    key: &[&Ident],
    columns: &[&ColumnDef],
) -> TokenStream {
    let uses = &invocation.decl.use_statements;
    let statement_name = invocation.statement_name(name);
    let sealed = &invocation.entry.sealed;
    let columns = columns.iter().map(|&def| {
        match sealed
            .iter()
            .find(|sealed| sealed.column == def.column_name)
        {
            Some(sealed) => column_of_type(def, &sealed_type(invocation, sealed, &def.tpe)),
            None => column(def),
        }
    });
    let labels = labels(invocation);
    let labels_in_table = (!sealed.is_empty()).then(|| {
        // A table without imports has those of Diesel's types.
        let default = uses.is_empty().then(|| {
            quote!(
                use ::diesel::sql_types::*;
            )
        });
        quote!(#default use super::__labels;)
    });
    quote! {
        #labels

        ::diesel::table! {
            #(#uses)*
            #labels_in_table
            #[sql_name = #statement_name]
            #name (#(#key),*) {
                #(#columns)*
            }
        }
    }
}

/// `Sealed<label>` or `Indexed<label>` in the place of the type that the schema file has, which says only
/// whether the column is nullable.
fn sealed_type(invocation: &Invocation, sealed: &SealedColumn, tpe: &TypePath) -> TypePath {
    let krate = &invocation.krate;
    let label = &sealed.column;
    let own: TypePath = match sealed.index {
        Some(_) => syn::parse_quote!(#krate::encryption::Indexed<__labels::#label>),
        None => syn::parse_quote!(#krate::encryption::Sealed<__labels::#label>),
    };
    let is_nullable = (tpe.path.segments.last()).is_some_and(|last| last.ident == "Nullable");
    if is_nullable {
        syn::parse_quote!(::diesel::sql_types::Nullable<#own>)
    } else {
        own
    }
}

/// The labels of the encrypted columns, as types.
fn labels(invocation: &Invocation) -> Option<TokenStream> {
    let Invocation { krate, entry, .. } = invocation;
    let root = invocation.root();
    let labels = entry.sealed.iter().map(|sealed| {
        let SealedColumn {
            column,
            label,
            index,
        } = sealed;
        let implementation = match index {
            Some(index) => quote! {
                impl #krate::encryption::IndexLabel for #column {
                    const LABEL: #krate::encryption::Label =
                        #krate::encryption::Label::literal(#label);
                    const SPEC: #krate::encryption::BlindIndexSpec =
                        super::super::super::#root::#index;
                }
            },
            None => quote! {
                impl #krate::encryption::ColumnLabel for #column {
                    const LABEL: #krate::encryption::Label =
                        #krate::encryption::Label::literal(#label);
                }
            },
        };
        quote! {
            #[allow(non_camel_case_types)]
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct #column;

            #implementation
        }
    });
    (!entry.sealed.is_empty()).then(|| {
        quote! {
            pub mod __labels {
                #(#labels)*
            }
        }
    })
}

/// The tenant column, for reading.
fn tenant_column(invocation: &Invocation, tenant: &Ident, rest: &[&ColumnDef]) -> TokenStream {
    let krate = &invocation.krate;
    let meta = invocation
        .columns()
        .find(|c| c.column_name == *tenant)
        .map(|c| &c.meta[..])
        .unwrap_or_default();
    let table = rest.first().map(|_| quote!(table));
    quote! {
        /// The tenant column. It is read like any column and cannot be written.
        #(#meta)*
        #[allow(non_camel_case_types)]
        pub type #tenant = #krate::TenantColumn<#table>;
        /// The tenant column. It is read like any column and cannot be written.
        #[allow(non_upper_case_globals)]
        pub const #tenant: #tenant = #krate::TenantColumn::__new();
    }
}

/// The column of the schema file must have the SQL type of the tenant id. Types are compared, not
/// their spelling.
fn tenant_check(invocation: &Invocation, tenant: &Ident) -> Option<TokenStream> {
    let Invocation { krate, decl, .. } = invocation;
    let def = invocation.columns().find(|c| c.column_name == *tenant)?;
    let tpe = &def.tpe;
    let root = invocation.root();
    let default: syn::ItemUse = syn::parse_quote!(
        use ::diesel::sql_types::*;
    );
    let uses = if decl.use_statements.is_empty() {
        std::slice::from_ref(&default)
    } else {
        &decl.use_statements[..]
    };
    let check = quote_spanned! {tpe.span()=>
        const _: fn(#tpe) -> TenantSqlType = |column| column;
    };
    Some(quote! {
        mod __tenant_column {
            #(#uses)*
            type Tenant =
                <super::super::super::#root::__TenancySchema as #krate::__private::Schema>::Tenant;
            type TenantSqlType = <Tenant as #krate::SqlTenantId>::SqlType;
            #check
        }
    })
}
