//! `#[auto_type]`: Diesel's own, with the types of scoped tables.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ItemFn, Meta, Path, Token, parse_quote};

/// Diesel infers the type of an expression from its text, so it takes the value `projects::table` for the
/// type of that name, which is the sealed table. Here each such value gets a type of its own, and Diesel
/// does the rest.
pub(crate) fn expand(attributes: TokenStream, function: TokenStream) -> TokenStream {
    let arguments = match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(attributes) {
        Ok(arguments) => arguments,
        Err(error) => return with_error(&function, error),
    };
    let mut item: ItemFn = match syn::parse2(function.clone()) {
        Ok(item) => item,
        Err(error) => return with_error(&function, error),
    };
    let (own, diesels): (Vec<Meta>, Vec<Meta>) = arguments
        .into_iter()
        .partition(|argument| argument.path().is_ident("crate"));
    let krate = match own.first().map(crate_path).transpose() {
        Ok(krate) => krate.unwrap_or_else(|| parse_quote!(tenancy_diesel)),
        Err(error) => return with_error(&function, error),
    };
    Tables { krate: &krate }.visit_block_mut(&mut item.block);
    let dsl_path = (!diesels.iter().any(|a| a.path().is_ident("dsl_path")))
        // Diesel reads the path from a string, and puts no `::` before it.
        .then(|| dsl_path(&krate));
    let arguments = dsl_path
        .into_iter()
        .chain(diesels.iter().map(|a| quote!(#a)));
    quote! {
        #[::diesel::dsl::auto_type(#(#arguments),*)]
        #item
    }
}

fn crate_path(argument: &Meta) -> syn::Result<Path> {
    match &argument.require_name_value()?.value {
        Expr::Path(path) => Ok(path.path.clone()),
        other => Err(syn::Error::new(
            other.span(),
            "expected `crate = path::to::crate`",
        )),
    }
}

fn dsl_path(krate: &Path) -> TokenStream {
    let path = quote!(#krate::dsl).to_string().replace(' ', "");
    quote!(dsl_path = #path)
}

/// The function as it was, and the error: one mistake gives one message.
fn with_error(function: &TokenStream, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    quote!(#function #error)
}

/// Writes `projects::table` as `{ let table: TypeOf<projects::table> = projects::table; table }`.
struct Tables<'a> {
    krate: &'a Path,
}

impl VisitMut for Tables<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::Path(value) = expression
            && value.qself.is_none()
            && value.path.segments.len() > 1
            && value
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "table")
        {
            let (krate, path) = (self.krate, &value.path);
            let span = path.span();
            let table = syn::Ident::new("table", Span::mixed_site());
            *expression = Expr::Verbatim(quote_spanned! {span=>
                {
                    let #table: #krate::__private::TableValue<#path> = #path;
                    #table
                }
            });
            return;
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}
