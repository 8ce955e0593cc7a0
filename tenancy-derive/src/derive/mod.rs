//! `#[derive(TenantId)]` and `#[derive(TenantScoped)]`.

mod tenant_id;
mod tenant_scoped;

use proc_macro2::TokenStream;

pub(crate) fn tenant_id(input: TokenStream) -> TokenStream {
    finish(syn::parse2(input).and_then(|input| tenant_id::expand(&input)))
}

pub(crate) fn tenant_scoped(input: TokenStream) -> TokenStream {
    finish(syn::parse2(input).and_then(|input| tenant_scoped::expand(&input)))
}

fn finish(expanded: syn::Result<TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(|error| error.into_compile_error())
}
