//! One `table!` of a schema file: the real table, sealed, and what stands in its place.

mod scoped;
mod shared;

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitInt, LitStr, Path, Token, TypePath, braced, bracketed, parenthesized};

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
    sealed: Vec<SealedColumn>,
    mistake: Option<LitStr>,
}

/// A column whose SQL type is one of ours.
struct SealedColumn {
    column: Ident,
    label: LitStr,
    /// The constant that says how the column is computed, if it is a blind index.
    index: Option<Ident>,
}

impl Parse for SealedColumn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(SealedColumn {
            column: input.call(syn::ext::IdentExt::parse_any)?,
            label: input.parse()?,
            index: input.parse()?,
        })
    }
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
        let mut sealed = Vec::new();
        if content.peek(syn::token::Paren) {
            let columns;
            parenthesized!(columns in content);
            let columns = Punctuated::<SealedColumn, Token![,]>::parse_terminated(&columns)?;
            sealed.extend(columns);
        }
        Ok(Entry {
            name,
            path,
            owner,
            aliases: Punctuated::<Ident, Token![,]>::parse_terminated(&aliases)?
                .into_iter()
                .collect(),
            sealed,
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
        Owner::Shared => shared::expand(invocation),
        owner => {
            let names = std::iter::once(&decl.table_name).chain(&entry.aliases);
            let modules = names.map(|name| scoped::expand(invocation, owner, name));
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

/// A column as `table!` declares it.
fn column(def: &ColumnDef) -> TokenStream {
    column_of_type(def, &def.tpe)
}

fn column_of_type(def: &ColumnDef, tpe: &TypePath) -> TokenStream {
    let ColumnDef {
        meta,
        column_name,
        sql_name,
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
