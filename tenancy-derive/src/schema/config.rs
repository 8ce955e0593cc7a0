use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Result, Token, Type, bracketed, parenthesized};

use super::Mistakes;

/// The path of a table below the schema module: `tasks`, or `billing::invoices`.
#[derive(Clone)]
pub(crate) struct TablePath(pub(crate) Vec<Ident>);

impl TablePath {
    pub(crate) fn span(&self) -> Span {
        self.0.last().map_or_else(Span::call_site, Ident::span)
    }

    pub(crate) fn error(&self, message: impl std::fmt::Display) -> syn::Error {
        syn::Error::new(self.span(), message)
    }
}

impl std::fmt::Display for TablePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("::")?;
            }
            write!(f, "{}", unraw(segment))?;
        }
        Ok(())
    }
}

pub(crate) fn unraw(ident: &Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

impl Parse for TablePath {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut segments = vec![input.parse()?];
        while input.peek(Token![::]) {
            input.parse::<Token![::]>()?;
            segments.push(input.parse()?);
        }
        Ok(TablePath(segments))
    }
}

/// `table.column`.
pub(crate) struct ColumnPath {
    pub(crate) table: TablePath,
    pub(crate) column: Ident,
}

impl Parse for ColumnPath {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let table = input.parse()?;
        input.parse::<Token![.]>()?;
        Ok(ColumnPath {
            table,
            column: input.parse()?,
        })
    }
}

/// `organisations(id)`.
pub(crate) struct Root {
    pub(crate) table: TablePath,
    pub(crate) column: Ident,
}

impl Parse for Root {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let table = input.parse()?;
        let column;
        parenthesized!(column in input);
        Ok(Root {
            table,
            column: column.parse()?,
        })
    }
}

/// `attachments.task_id -> tasks`.
pub(crate) struct Via {
    pub(crate) from: ColumnPath,
    pub(crate) owner: TablePath,
}

impl Parse for Via {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let from = input.parse()?;
        input.parse::<Token![->]>()?;
        Ok(Via {
            from,
            owner: input.parse()?,
        })
    }
}

/// `legacy_events: "reason"`.
pub(crate) struct Excluded {
    pub(crate) table: TablePath,
    pub(crate) reason: LitStr,
}

impl Parse for Excluded {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let table: TablePath = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(table.error(format!(
                "an excluded table needs a reason: `{table}: \"why, and until when\"`"
            )));
        }
        input.parse::<Token![:]>()?;
        let reason: LitStr = input.parse()?;
        if reason.value().trim().is_empty() {
            return Err(syn::Error::new(reason.span(), "the reason is empty"));
        }
        Ok(Excluded { table, reason })
    }
}

/// `tasks.project_id -> projects` or `tasks.(a, b) -> projects`.
pub(crate) struct Join {
    pub(crate) child: TablePath,
    pub(crate) columns: Vec<Ident>,
    pub(crate) parent: TablePath,
}

impl Parse for Join {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let child = input.parse()?;
        input.parse::<Token![.]>()?;
        let columns = if input.peek(syn::token::Paren) {
            let list;
            parenthesized!(list in input);
            Punctuated::<Ident, Token![,]>::parse_terminated(&list)?
                .into_iter()
                .collect()
        } else {
            vec![input.parse()?]
        };
        input.parse::<Token![->]>()?;
        Ok(Join {
            child,
            columns,
            parent: input.parse()?,
        })
    }
}

/// `parent = projects`.
pub(crate) struct Alias {
    pub(crate) name: Ident,
    pub(crate) table: TablePath,
}

impl Parse for Alias {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Alias {
            name,
            table: input.parse()?,
        })
    }
}

/// `projects.api_key as "label"`.
pub(crate) struct Encrypted {
    pub(crate) column: ColumnPath,
    pub(crate) label: LitStr,
}

impl Parse for Encrypted {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let column: ColumnPath = input.parse()?;
        if !input.peek(Token![as]) {
            return Err(syn::Error::new(
                column.column.span(),
                "an encrypted column needs a label that never changes: \
                 `projects.api_key as \"projects.api_key\"`",
            ));
        }
        input.parse::<Token![as]>()?;
        let label: LitStr = input.parse()?;
        if label.value().is_empty() {
            return Err(syn::Error::new(label.span(), "the label is empty"));
        }
        if label.value().len() > 128 || label.value().chars().any(char::is_control) {
            return Err(syn::Error::new(
                label.span(),
                "a label has at most 128 bytes and no control characters",
            ));
        }
        Ok(Encrypted { column, label })
    }
}

/// `people.email_index as "people.email": EMAIL`.
pub(crate) struct BlindIndex {
    pub(crate) column: ColumnPath,
    pub(crate) label: LitStr,
    pub(crate) spec: syn::Path,
}

impl Parse for BlindIndex {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let Encrypted { column, label } = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(syn::Error::new(
                label.span(),
                "name the constant that says how the index is computed, as the schema module sees it: \
                 `people.email_index as \"people.email\": super::EMAIL`",
            ));
        }
        input.parse::<Token![:]>()?;
        Ok(BlindIndex {
            column,
            label,
            spec: input.parse()?,
        })
    }
}

/// The settings of `tenant_schema!`.
pub(crate) struct Config {
    pub(crate) include: Vec<LitStr>,
    pub(crate) tenant_column: Ident,
    pub(crate) tenant_type: Type,
    pub(crate) tenant_columns: Vec<ColumnPath>,
    pub(crate) root: Vec<Root>,
    pub(crate) via: Vec<Via>,
    pub(crate) shared: Vec<TablePath>,
    pub(crate) excluded: Vec<Excluded>,
    pub(crate) joins: Vec<Join>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) encrypted: Vec<Encrypted>,
    pub(crate) blind_indexes: Vec<BlindIndex>,
    pub(crate) krate: syn::Path,
}

const SETTINGS: &str = "`include`, `tenant`, `tenant_columns`, `root`, `via`, `shared`, `excluded`, \
                        `joins`, `aliases`, `encrypted`, `blind_indexes` and `crate`";

impl Parse for Config {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut seen: Vec<Ident> = Vec::new();
        let (mut include, mut tenant, mut krate) = (Vec::new(), None, None);
        let (mut tenant_columns, mut root, mut via) = (Vec::new(), Vec::new(), Vec::new());
        let (mut shared, mut excluded, mut joins) = (Vec::new(), Vec::new(), Vec::new());
        let (mut aliases, mut encrypted) = (Vec::new(), Vec::new());
        let mut blind_indexes = Vec::new();
        let mut mistakes = Mistakes::default();
        while !input.is_empty() {
            let key = input.call(syn::ext::IdentExt::parse_any)?;
            let key: Ident = key;
            input.parse::<Token![=]>()?;
            if seen.contains(&key) {
                mistakes.push(&key, format!("`{key}` is set twice"));
            }
            match key.to_string().as_str() {
                "include" if input.peek(syn::token::Bracket) => include = list(input)?,
                "include" => include = vec![input.parse()?],
                "tenant" => {
                    let column: Ident = input.parse()?;
                    if !input.peek(Token![:]) {
                        return Err(syn::Error::new(
                            column.span(),
                            format!("add the type of tenant id: `tenant = {column}: OrgId`"),
                        ));
                    }
                    input.parse::<Token![:]>()?;
                    tenant = Some((column, input.parse()?));
                }
                "tenant_columns" => tenant_columns = list(input)?,
                "root" => root = list(input)?,
                "via" => via = list(input)?,
                "shared" => shared = list(input)?,
                "excluded" => excluded = list(input)?,
                "joins" => joins = list(input)?,
                "aliases" => aliases = list(input)?,
                "encrypted" => encrypted = list(input)?,
                "blind_indexes" => blind_indexes = list(input)?,
                "crate" => {
                    let path = syn::Path::parse_mod_style(input)?;
                    // The tables lie in modules of their own, where such a path means another place.
                    if path
                        .segments
                        .first()
                        .is_some_and(|s| s.ident == "self" || s.ident == "super")
                    {
                        mistakes.push(
                            &path,
                            "name the crate by a path that begins with `::` or `crate`",
                        );
                    }
                    krate = Some(path);
                }
                _ => {
                    return Err(syn::Error::new(
                        key.span(),
                        format!("unknown setting `{key}`; the settings are {SETTINGS}"),
                    ));
                }
            }
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if include.is_empty() {
            mistakes.add(syn::Error::new(
                Span::call_site(),
                "name the file that `diesel print-schema` writes: `include = \"schema/generated.rs\"`",
            ));
        }
        let Some((tenant_column, tenant_type)) = tenant else {
            mistakes.add(syn::Error::new(
                Span::call_site(),
                "name the tenant column and the type of tenant id: `tenant = tenant_id: OrgId`",
            ));
            mistakes.finish()?;
            return Err(input.error("`tenant` is missing"));
        };
        mistakes.finish()?;
        Ok(Config {
            include,
            tenant_column,
            tenant_type,
            tenant_columns,
            root,
            via,
            shared,
            excluded,
            joins,
            aliases,
            encrypted,
            blind_indexes,
            krate: krate.unwrap_or_else(|| syn::parse_quote!(::tenancy_diesel)),
        })
    }
}

fn list<T: Parse>(input: ParseStream<'_>) -> Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .collect())
}
