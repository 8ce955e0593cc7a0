//! One `table!` of a schema file: the real table, sealed, and what stands in its place.

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Ident, LitInt, LitStr, Path, Token, braced, bracketed, parenthesized};

use super::config::unraw;

/// What `tenant_schema!` tells about each table of a module, and the table.
///
/// `[ crate::path 0 { name { "path" owner (alias, ..) } .. } ] table declaration`
pub(crate) struct Invocation {
    krate: Path,
    /// How many modules lie between the table and the schema module.
    depth: usize,
    entry: Entry,
    decl: TableDecl,
}

/// What is declared about one table.
struct Entry {
    name: Ident,
    path: LitStr,
    owner: Owner,
    aliases: Vec<Ident>,
    mistake: Option<LitStr>,
}

enum Owner {
    Column(Ident),
    Via {
        column: LitStr,
        key: LitStr,
        owner: Path,
    },
    Shared,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        let content;
        braced!(content in input);
        let path = content.parse()?;
        let kind: Ident = content.parse()?;
        let owner = match kind.to_string().as_str() {
            "column" => Owner::Column(content.parse()?),
            "via" => Owner::Via {
                column: content.parse()?,
                key: content.parse()?,
                owner: content.call(Path::parse_mod_style)?,
            },
            _ => Owner::Shared,
        };
        let aliases;
        parenthesized!(aliases in content);
        Ok(Entry {
            name,
            path,
            owner,
            aliases: Punctuated::<Ident, Token![,]>::parse_terminated(&aliases)?
                .into_iter()
                .collect(),
            mistake: content.parse()?,
        })
    }
}

impl Parse for Invocation {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let settings;
        bracketed!(settings in input);
        let krate = settings.call(Path::parse_mod_style)?;
        let depth: LitInt = settings.parse()?;
        let entries;
        braced!(entries in settings);
        let decl: TableDecl = input.parse()?;
        let mut found = None;
        while !entries.is_empty() {
            let entry: Entry = entries.parse()?;
            if entry.name == decl.table_name {
                found = Some(entry);
            }
        }
        Ok(Invocation {
            krate,
            depth: depth.base10_parse()?,
            entry: found.ok_or_else(|| {
                syn::Error::new(
                    decl.table_name.span(),
                    "`tenant_schema!` did not see this table; compile again",
                )
            })?,
            decl,
        })
    }
}

pub(crate) fn expand(invocation: &Invocation) -> TokenStream {
    let Invocation { entry, decl, .. } = invocation;
    let mistake = entry
        .mistake
        .as_ref()
        .map(|message| quote_spanned!(decl.table_name.span()=> ::core::compile_error!(#message);));
    let table = match &entry.owner {
        Owner::Shared => shared(invocation),
        owner => {
            let names = std::iter::once(&decl.table_name).chain(&entry.aliases);
            let modules = names.map(|name| scoped(invocation, owner, name));
            quote!(#(#modules)*)
        }
    };
    quote!(#mistake #table)
}

impl Invocation {
    /// The path from inside a module at the table's place to the module that holds the tables.
    fn root(&self) -> TokenStream {
        let supers = (0..=self.depth).map(|_| quote!(super));
        quote!(#(#supers)::*)
    }

    fn columns(&self) -> impl Iterator<Item = &ColumnDef> + Clone {
        self.decl.column_defs.iter()
    }

    fn primary_key(&self) -> Vec<Ident> {
        match &self.decl.primary_keys {
            Some(keys) => keys.keys.iter().cloned().collect(),
            None => vec![format_ident!("id", span = self.decl.table_name.span())],
        }
    }

    /// The name of the table in a statement: unique in the schema file, as a table of another
    /// PostgreSQL schema may share its name.
    fn statement_name(&self, name: &Ident) -> String {
        if *name != self.decl.table_name {
            return unraw(name);
        }
        let Some(schema) = &self.decl.schema else {
            return self.decl.sql_name.clone();
        };
        let qualified = format!("{}.{}", unraw(schema), self.decl.sql_name);
        // PostgreSQL would cut a longer name, and two might become one.
        const LONGEST: usize = 63;
        if qualified.len() <= LONGEST {
            return qualified;
        }
        let head: String = qualified.chars().filter(char::is_ascii).take(46).collect();
        format!("{head}~{:016x}", fnv1a(&qualified))
    }

    fn relation(&self, name: &Ident, owner: &Owner) -> TokenStream {
        let krate = &self.krate;
        let path = &self.entry.path;
        let schema = match &self.decl.schema {
            Some(schema) => {
                let schema = unraw(schema);
                quote!(::core::option::Option::Some(#schema))
            }
            None => quote!(::core::option::Option::None),
        };
        let sql_name = &self.decl.sql_name;
        let alias = self.statement_name(name);
        let owner = match owner {
            Owner::Column(tenant) => {
                let column = self
                    .columns()
                    .find(|c| c.column_name == *tenant)
                    .map(|c| c.sql_name.as_str());
                quote!(Owner::Column(#column))
            }
            Owner::Via { column, key, owner } => {
                let root = self.root();
                quote!(Owner::Via {
                    column: #column,
                    key: #key,
                    relation: &<#root::#owner::table as #krate::__private::ScopeTable>::RELATION,
                })
            }
            Owner::Shared => quote!(Owner::Shared),
        };
        quote! {{
            use #krate::__private::Owner;
            #krate::__private::Relation {
                path: #path,
                schema: #schema,
                name: #sql_name,
                alias: #alias,
                owner: #owner,
            }
        }}
    }
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A scoped table, or an alias of one.
fn scoped(invocation: &Invocation, owner: &Owner, name: &Ident) -> TokenStream {
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
        #[allow(unused_imports, dead_code, unreachable_pub, unused_qualifications)]
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
                    type Tenant = #scope_root::__TenancyTenantId;
                    type AnyColumn = #first;
                    type Selection = (#(#all,)*);
                    type Key = #key;

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

                #(impl ::diesel::expression::SelectableExpression<#krate::ScopedSource<table>> for #names {})*

                impl ::diesel::query_source::AppearsInFromClause<table> for #krate::ScopedSource<table> {
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
    let columns = columns.iter().map(|c| column(c));
    quote! {
        ::diesel::table! {
            #(#uses)*
            #[sql_name = #statement_name]
            #name (#(#key),*) {
                #(#columns)*
            }
        }
    }
}

fn column(def: &ColumnDef) -> TokenStream {
    let ColumnDef {
        meta,
        column_name,
        sql_name,
        tpe,
        max_length,
        ..
    } = def;
    let max_length = max_length
        .as_ref()
        .map(|length| quote!(#[max_length = #length]));
    quote! {
        #(#meta)*
        #[sql_name = #sql_name]
        #max_length
        #column_name -> #tpe,
    }
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
            type TenantSqlType =
                <super::super::super::#root::__TenancyTenantId as #krate::SqlTenantId>::SqlType;
            #check
        }
    })
}

/// A table that stays a plain Diesel table.
fn shared(invocation: &Invocation) -> TokenStream {
    let Invocation { krate, decl, .. } = invocation;
    let name = &decl.table_name;
    let (uses, meta, sql_name) = (&decl.use_statements, &decl.meta, &decl.sql_name);
    let schema = decl.schema.as_ref().map(|schema| quote!(#schema .));
    let columns = invocation.columns().map(column);
    let names: Vec<&Ident> = invocation.columns().map(|c| &c.column_name).collect();
    let key = invocation.primary_key();
    let relation = invocation.relation(name, &Owner::Shared);
    let first = names.first();
    let root = invocation.root();
    quote! {
        ::diesel::table! {
            #(#uses)*
            #(#meta)*
            #[sql_name = #sql_name]
            #schema #name (#(#key),*) {
                #(#columns)*
            }
        }

        const _: () = {
            use self::#name::table;

            impl #krate::__private::ScopeTable for table {
                type Tenant = #root::__TenancyTenantId;
                type AnyColumn = #name::columns::#first;
                type Selection = <table as ::diesel::Table>::AllColumns;
                type Key = <table as ::diesel::Table>::PrimaryKey;

                const RELATION: #krate::__private::Relation = #relation;

                fn selection() -> Self::Selection {
                    <table as ::diesel::Table>::all_columns()
                }

                fn key() -> Self::Key {
                    ::diesel::Table::primary_key(&table)
                }
            }

            impl #krate::__private::SharedTable for table {}

            #(impl ::diesel::expression::SelectableExpression<#krate::ScopedSource<table>> for #name::columns::#names {})*

            impl ::diesel::query_source::AppearsInFromClause<table> for #krate::ScopedSource<table> {
                type Count = ::diesel::query_source::Once;
            }

            impl #krate::__private::InsertTarget for table {
                type Statement = ::diesel::query_builder::IncompleteInsertStatement<table>;

                fn into_insert(self) -> Self::Statement {
                    ::diesel::insert_into(self)
                }
            }

            impl #krate::__private::UpdateTarget for table {
                type Statement = ::diesel::query_builder::UpdateStatement<
                    table,
                    <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
                >;

                fn into_update(self) -> Self::Statement {
                    ::diesel::update(self)
                }
            }

            impl #krate::__private::DeleteTarget for table {
                type Statement = ::diesel::query_builder::DeleteStatement<
                    table,
                    <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
                >;

                fn into_delete(self) -> Self::Statement {
                    ::diesel::delete(self)
                }
            }
        };
    }
}
