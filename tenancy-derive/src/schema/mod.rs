//! `tenant_schema!` in stages: parse the settings, read the schema file, classify its tables, expand.

mod check;
mod classify;
mod config;
mod declared;
mod expand;
mod file;
mod joins;
mod table;

use proc_macro2::TokenStream;

use self::classify::Schema;
use self::config::Config;

/// Collects every mistake, so that one run of the compiler shows all of them.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn push(&mut self, at: impl quote::ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let expanded = syn::parse2::<Config>(input).and_then(|config| {
        let files = file::read(&config)?;
        let schema = Schema::new(config, files)?;
        Ok(expand::schema(&schema))
    });
    expanded.unwrap_or_else(|error| error.into_compile_error())
}

pub(crate) fn expand_table(input: TokenStream) -> TokenStream {
    syn::parse2::<table::Invocation>(input)
        .map(|invocation| table::expand(&invocation))
        .unwrap_or_else(|error| error.into_compile_error())
}
