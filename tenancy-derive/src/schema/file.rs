//! Reading the schema files.
//!
//! The compiler includes a file by itself, so that its spans lead into it. It is read here as well,
//! because the registry, the joins and every check across tables need all of it at once.

use std::path::{Path, PathBuf};

use diesel_table_macro_syntax::TableDecl;
use syn::{Item, LitStr};

use super::Mistakes;
use super::config::Config;

/// A schema file.
pub(crate) struct SchemaFile {
    pub(crate) include: LitStr,
    pub(crate) path: PathBuf,
    pub(crate) root: Module,
}

/// A module of a schema file. `print-schema` writes one per PostgreSQL schema other than the default.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) tables: Vec<TableDecl>,
    pub(crate) joinables: Vec<Joinable>,
    /// Modules that hold tables, by name.
    pub(crate) modules: Vec<(syn::Ident, Module)>,
    /// The attributes of the module itself.
    pub(crate) attributes: Vec<syn::Attribute>,
    /// The items as they are, for a module that cannot be included.
    pub(crate) items: Vec<Item>,
}

impl Module {
    fn has_tables(&self) -> bool {
        !self.tables.is_empty() || self.modules.iter().any(|(_, m)| m.has_tables())
    }
}

/// `joinable!(child -> parent (column))`.
pub(crate) struct Joinable {
    pub(crate) child: syn::Ident,
    pub(crate) parent: syn::Ident,
    pub(crate) column: syn::Ident,
}

impl syn::parse::Parse for Joinable {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let child = input.parse()?;
        input.parse::<syn::Token![->]>()?;
        let parent = input.parse()?;
        let column;
        syn::parenthesized!(column in input);
        Ok(Joinable {
            child,
            parent,
            column: column.parse()?,
        })
    }
}

pub(crate) fn read(config: &Config) -> syn::Result<Vec<SchemaFile>> {
    let mut mistakes = Mistakes::default();
    let mut files = Vec::new();
    for include in &config.include {
        match read_one(include) {
            Ok(file) => files.push(file),
            Err(error) => mistakes.add(error),
        }
    }
    mistakes.finish()?;
    Ok(files)
}

fn read_one(include: &LitStr) -> syn::Result<SchemaFile> {
    let fail = |what: String| syn::Error::new(include.span(), what);
    let path = locate(include).ok_or_else(|| {
        fail(format!(
            "there is no file `{}` beside this one; write it with `diesel print-schema`",
            include.value()
        ))
    })?;
    let text = std::fs::read_to_string(&path)
        .map_err(|error| fail(format!("cannot read `{}`: {error}", path.display())))?;
    let parsed = syn::parse_file(&text)
        .map_err(|error| fail(format!("cannot parse `{}`: {error}", path.display())))?;
    let root =
        module(parsed.items).map_err(|error| fail(format!("in `{}`: {error}", path.display())))?;
    if !root.has_tables() {
        return Err(fail(format!("`{}` declares no table", path.display())));
    }
    Ok(SchemaFile {
        include: include.clone(),
        path,
        root,
    })
}

/// The file that `include!` finds: relative to the file of the macro call. Where the compiler does
/// not tell that file, as in some editors, the source folder of the crate is searched.
fn locate(include: &LitStr) -> Option<PathBuf> {
    let wanted = PathBuf::from(include.value());
    if wanted.is_absolute() {
        return wanted.is_file().then_some(wanted);
    }
    if let Some(source) = include.span().unwrap().local_file() {
        let path = source.parent().unwrap_or(Path::new("")).join(&wanted);
        return path.is_file().then_some(path);
    }
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    ["src", "tests", ""]
        .iter()
        .find_map(|folder| search(&manifest.join(folder), &wanted, 4))
}

fn search(folder: &Path, wanted: &Path, depth: usize) -> Option<PathBuf> {
    let here = folder.join(wanted);
    if here.is_file() {
        return Some(here);
    }
    if depth == 0 {
        return None;
    }
    std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !path.ends_with("target"))
        .find_map(|path| search(&path, wanted, depth - 1))
}

/// Sorts the items of a module. An item that could declare a table past our own `table!` is refused:
/// such a table would be a plain one, silently.
fn module(items: Vec<Item>) -> Result<Module, String> {
    let mut module_ = Module::default();
    for item in items {
        match &item {
            Item::Macro(call) => {
                let tokens = call.mac.tokens.clone();
                match written_path(&call.mac.path).as_str() {
                    "diesel::table" => {
                        module_
                            .tables
                            .push(syn::parse2(tokens).map_err(|e| e.to_string())?);
                    }
                    "diesel::joinable" => {
                        module_
                            .joinables
                            .push(syn::parse2(tokens).map_err(|e| e.to_string())?);
                    }
                    "diesel::allow_tables_to_appear_in_same_query"
                    | "diesel::allow_columns_to_appear_in_same_group_by_clause" => {}
                    other => {
                        return Err(format!(
                            "`{other}!` is not what `diesel print-schema` writes; tables are declared \
                             with `diesel::table!`"
                        ));
                    }
                }
            }
            Item::Mod(inner) => match &inner.content {
                Some((_, content)) => {
                    let mut parsed = module(content.clone())?;
                    if parsed.has_tables() {
                        parsed.attributes = inner.attrs.clone();
                        module_.modules.push((inner.ident.clone(), parsed));
                        continue;
                    }
                }
                None => {
                    return Err(format!(
                        "`mod {};` is in another file; name that file in `include = [..]`",
                        inner.ident
                    ));
                }
            },
            _ => {}
        }
        module_.items.push(item);
    }
    Ok(module_)
}

/// A path as it is written.
fn written_path(path: &syn::Path) -> String {
    let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let leading = if path.leading_colon.is_some() {
        "::"
    } else {
        ""
    };
    format!("{leading}{}", segments.join("::"))
}
