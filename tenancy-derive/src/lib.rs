//! The macros of `tenancy-diesel`, which re-exports and documents them.

use proc_macro::TokenStream;

mod auto_type;
mod derive;
mod schema;
#[cfg(test)]
mod snapshots;

#[doc = include_str!("../docs/tenant_schema.md")]
#[proc_macro]
pub fn tenant_schema(input: TokenStream) -> TokenStream {
    schema::expand(input.into()).into()
}

/// What `table!` is in a file that `tenant_schema!` includes.
#[doc(hidden)]
#[proc_macro]
pub fn __table(input: TokenStream) -> TokenStream {
    schema::expand_table(input.into()).into()
}

#[doc = include_str!("../docs/tenant_id.md")]
#[proc_macro_derive(TenantId, attributes(tenant_id))]
pub fn tenant_id(input: TokenStream) -> TokenStream {
    derive::tenant_id(input.into()).into()
}

#[doc = include_str!("../docs/tenant_scoped.md")]
#[proc_macro_derive(TenantScoped, attributes(diesel, tenant_scoped))]
pub fn tenant_scoped(input: TokenStream) -> TokenStream {
    derive::tenant_scoped(input.into()).into()
}

#[doc = include_str!("../docs/auto_type.md")]
#[proc_macro_attribute]
pub fn auto_type(attributes: TokenStream, function: TokenStream) -> TokenStream {
    auto_type::expand(attributes.into(), function.into()).into()
}
