use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Ident, LitStr, Path, Token, Type};

use crate::schema::Mistakes;

/// What the attributes of the struct say.
struct Model {
    krate: Path,
    table: Path,
    key: Vec<Ident>,
}

pub(super) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let fields = named_fields(input)?;
    let model = model(input)?;
    let Model { krate, table, key } = &model;
    let mut mistakes = Mistakes::default();
    let mut key_types: Vec<&Type> = Vec::new();
    let mut key_fields: Vec<&Ident> = Vec::new();
    for column in key {
        match field_of(fields, column) {
            Some((name, ty)) => {
                key_fields.push(name);
                key_types.push(ty);
            }
            None => mistakes.push(
                column,
                format!(
                    "the model has no field for the key column `{column}`; add it, or name the key \
                     with `#[diesel(primary_key(..))]`"
                ),
            ),
        }
    }
    mistakes.finish()?;

    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut of_reference = input.generics.clone();
    of_reference.params.insert(0, syn::parse_quote!('__model));
    let (impl_generics_of_reference, _, _) = of_reference.split_for_impl();
    let key_type = |lifetime: TokenStream| match key_types.as_slice() {
        [only] => quote!(&#lifetime #only),
        several => quote!((#(&#lifetime #several,)*)),
    };
    let (key_of_row, key_of_model) = (key_type(quote!('__row)), key_type(quote!('__model)));
    let key_value = match key_fields.as_slice() {
        [only] => quote!(&self.#only),
        several => quote!((#(&self.#several,)*)),
    };
    let columns = column_checks(fields, table);
    let is_scoped = quote_spanned! {table.span()=>
        const _: fn() = || {
            fn scoped<T: #krate::__private::TenantTable>() {}
            scoped::<#table::table>();
        };
    };
    Ok(quote! {
        const _: () = {
            impl #impl_generics #krate::TenantModel for #name #type_generics #where_clause {
                type Table = #table::table;
                type Key<'__row> = #key_of_row where Self: '__row;

                fn key(&self) -> Self::Key<'_> {
                    #key_value
                }
            }

            // Diesel's traits ask for a table here. This one cannot be queried or written, so
            // `diesel::update(&model)` does not compile.
            impl #impl_generics ::diesel::associations::HasTable for #name #type_generics
            #where_clause
            {
                type Table = #krate::__private::ModelTable<#table::table>;

                fn table() -> Self::Table {
                    #krate::NoTable::__new()
                }
            }

            impl #impl_generics_of_reference ::diesel::associations::Identifiable
                for &'__model #name #type_generics
            #where_clause
            {
                type Id = #key_of_model;

                fn id(self) -> Self::Id {
                    #key_value
                }
            }

            #(#columns)*

            #is_scoped
        };
    })
}

fn named_fields(input: &DeriveInput) -> syn::Result<&Punctuated<Field, Token![,]>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(&fields.named),
            _ => Err(syn::Error::new_spanned(
                &input.ident,
                "a model of a scoped table has named fields",
            )),
        },
        _ => Err(syn::Error::new_spanned(
            &input.ident,
            "a model of a scoped table is a struct",
        )),
    }
}

fn model(input: &DeriveInput) -> syn::Result<Model> {
    let mut krate: Path = syn::parse_quote!(::tenancy_diesel);
    let mut table = None;
    let mut key = Vec::new();
    for attribute in &input.attrs {
        if attribute.path().is_ident("tenant_scoped") {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("crate") {
                    return Err(meta.error("expected `crate`"));
                }
                krate = meta.value()?.call(Path::parse_mod_style)?;
                Ok(())
            })?;
        } else if attribute.path().is_ident("diesel") {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("table_name") {
                    table = Some(meta.value()?.call(Path::parse_mod_style)?);
                } else if meta.path.is_ident("primary_key") {
                    let list;
                    syn::parenthesized!(list in meta.input);
                    key = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?
                        .into_iter()
                        .collect();
                } else {
                    skip(&meta)?;
                }
                Ok(())
            })?;
        }
    }
    let table = table.ok_or_else(|| {
        syn::Error::new_spanned(
            &input.ident,
            "name the table of the model: `#[diesel(table_name = ..)]`",
        )
    })?;
    if key.is_empty() {
        key.push(Ident::new("id", input.ident.span()));
    }
    Ok(Model { krate, table, key })
}

/// Passes over an argument of `#[diesel(..)]` that is Diesel's business.
fn skip(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// The column of a field, unless the field embeds a struct of its own.
fn column_of(field: &Field) -> Option<Ident> {
    let mut column = field.ident.clone();
    let mut embedded = false;
    for attribute in &field.attrs {
        if !attribute.path().is_ident("diesel") {
            continue;
        }
        // A malformed attribute is reported by Diesel's own derives.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("column_name") {
                column = Some(column_name(meta.value()?)?);
            } else {
                let computed = ["embed", "select_expression", "select_expression_type"];
                embedded |= computed.iter().any(|name| meta.path.is_ident(name));
                skip(&meta)?;
            }
            Ok(())
        });
    }
    if embedded { None } else { column }
}

/// A column is named as an identifier or, as Diesel also takes it, as a text.
fn column_name(input: ParseStream<'_>) -> syn::Result<Ident> {
    if !input.peek(LitStr) {
        return input.parse();
    }
    let text: LitStr = input.parse()?;
    // A keyword is an identifier only when it is raw.
    let mut name = text
        .parse::<Ident>()
        .or_else(|_| syn::parse_str(&format!("r#{}", text.value())))?;
    name.set_span(text.span());
    Ok(name)
}

fn field_of<'f>(
    fields: &'f Punctuated<Field, Token![,]>,
    column: &Ident,
) -> Option<(&'f Ident, &'f Type)> {
    fields
        .iter()
        .find(|field| column_of(field).is_some_and(|c| c.unraw() == column.unraw()))
        .and_then(|field| Some((field.ident.as_ref()?, &field.ty)))
}

/// Names each column where its field is declared, so that a wrong one is reported there.
fn column_checks(
    fields: &Punctuated<Field, Token![,]>,
    table: &Path,
) -> impl Iterator<Item = TokenStream> {
    fields.iter().filter_map(move |field| {
        let mut column = column_of(field)?;
        column.set_span(field.ident.as_ref()?.span());
        Some(quote_spanned! {field.span()=>
            const _: () = {
                let _ = #table::#column;
            };
        })
    })
}
