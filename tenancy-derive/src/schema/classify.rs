//! Which class each table belongs to, and every contradiction.

use std::collections::HashMap;

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use syn::{Ident, LitStr};

use super::Mistakes;
use super::config::{BlindIndex, Config, Encrypted, TablePath, unraw};
use super::declared::{Declared, Setting, find};
use super::file::{Module, SchemaFile};

/// A checked schema.
pub(crate) struct Schema {
    pub(crate) config: Config,
    pub(crate) files: Vec<SchemaFile>,
    pub(crate) tables: Vec<Table>,
    pub(crate) joins: Vec<ResolvedJoin>,
}

/// A table and what is declared about it.
pub(crate) struct Table {
    /// The modules below the schema module, without the table.
    pub(crate) modules: Vec<Ident>,
    pub(crate) name: Ident,
    pub(crate) schema: Option<String>,
    pub(crate) sql_name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of the primary key, as the database has it.
    pub(crate) primary_key: Vec<Ident>,
    pub(crate) class: Class,
    pub(crate) aliases: Vec<Ident>,
    pub(crate) encrypted: Vec<SealedColumn>,
    pub(crate) blind_indexes: Vec<SealedColumn>,
    /// What is wrong with the table as the schema file declares it. It is reported there.
    pub(crate) mistake: Option<String>,
}

/// A column whose SQL type is one of ours: an encrypted one, or a blind index.
pub(crate) struct SealedColumn {
    pub(crate) column: Ident,
    pub(crate) label: LitStr,
    /// The number of the blind index among all of the schema.
    pub(crate) index: Option<usize>,
}

pub(crate) struct Column {
    pub(crate) name: Ident,
    pub(crate) sql_name: String,
    pub(crate) sql_type: String,
}

#[derive(Clone)]
pub(crate) enum Class {
    Tenant {
        column: Ident,
    },
    Root {
        column: Ident,
    },
    /// `owner` is an index into [`Schema::tables`].
    Via {
        column: Ident,
        owner: usize,
    },
    Shared,
    Excluded {
        reason: LitStr,
    },
}

impl Class {
    /// The column that is the tenant.
    pub(crate) fn tenant_column(&self) -> Option<&Ident> {
        match self {
            Class::Tenant { column } | Class::Root { column } => Some(column),
            Class::Via { .. } | Class::Shared | Class::Excluded { .. } => None,
        }
    }
}

/// An implicit join, by index into [`Schema::tables`].
pub(crate) struct ResolvedJoin {
    pub(crate) child: usize,
    pub(crate) columns: Vec<Ident>,
    pub(crate) parent: usize,
}

impl Table {
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for module in &self.modules {
            path.push_str(&unraw(module));
            path.push_str("::");
        }
        path + &unraw(&self.name)
    }

    /// The key without the tenant column; the tenant column itself where nothing else is left.
    pub(crate) fn key(&self) -> Vec<&Ident> {
        let tenant = self.class.tenant_column();
        let rest: Vec<_> = self
            .primary_key
            .iter()
            .filter(|c| Some(*c) != tenant)
            .collect();
        if rest.is_empty() {
            self.primary_key.iter().collect()
        } else {
            rest
        }
    }

    pub(crate) fn sql_name_of<'a>(&'a self, column: &Ident) -> &'a str {
        self.columns
            .iter()
            .find(|c| c.name == *column)
            .map_or("", |c| &c.sql_name)
    }

    pub(super) fn has(&self, column: &Ident) -> bool {
        self.columns.iter().any(|c| c.name == *column)
    }
}

impl Schema {
    pub(crate) fn new(config: Config, files: Vec<SchemaFile>) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        let mut declarations = Vec::new();
        for file in &files {
            collect(&file.root, &mut Vec::new(), &mut declarations);
        }
        let index: HashMap<String, usize> = declarations
            .iter()
            .enumerate()
            .map(|(i, (modules, decl))| (path_of(modules, &decl.table_name), i))
            .collect();
        let declared = Declared::new(&config, &index, &mut mistakes);
        let mut tables = Vec::new();
        for (i, (modules, decl)) in declarations.iter().enumerate() {
            tables.push(table(modules, decl, i, &config, &declared, &mut mistakes));
        }
        let tables: Vec<Table> = tables;
        super::check::columns(&config, &index, &tables, &mut mistakes);
        super::check::owners(&tables, &config, &mut mistakes);
        let joins = super::joins::resolve(&config, &files, &index, &tables, &mut mistakes);
        let tables = with_aliases(tables, &config, &index, &mut mistakes);
        mistakes.finish()?;
        Ok(Schema {
            config,
            files,
            tables,
            joins,
        })
    }
}

pub(super) fn path_of(modules: &[Ident], name: &Ident) -> String {
    let mut path = TablePath(modules.to_vec());
    path.0.push(name.clone());
    path.to_string()
}

fn collect<'f>(
    module: &'f Module,
    path: &mut Vec<Ident>,
    out: &mut Vec<(Vec<Ident>, &'f TableDecl)>,
) {
    out.extend(module.tables.iter().map(|table| (path.clone(), table)));
    for (name, inner) in &module.modules {
        path.push(name.clone());
        collect(inner, path, out);
        path.pop();
    }
}

fn table(
    modules: &[Ident],
    decl: &TableDecl,
    i: usize,
    config: &Config,
    declared: &Declared<'_>,
    mistakes: &mut Mistakes,
) -> Table {
    let mut table = Table {
        modules: modules.to_vec(),
        name: decl.table_name.clone(),
        schema: decl.schema.as_ref().map(unraw),
        sql_name: decl.sql_name.clone(),
        columns: decl.column_defs.iter().map(column).collect(),
        primary_key: primary_key(decl),
        class: Class::Shared,
        aliases: Vec::new(),
        encrypted: Vec::new(),
        blind_indexes: Vec::new(),
        mistake: None,
    };
    let settings = declared.classes.get(&i).map_or(&[][..], Vec::as_slice);
    let renamed = declared.tenant_columns.get(&i).copied();
    // A column may have another name in Rust than in the database; either makes it the tenant's.
    let declared_tenant = renamed.unwrap_or(&config.tenant_column);
    let tenant = table
        .columns
        .iter()
        .find(|c| c.name == *declared_tenant || c.sql_name == unraw(declared_tenant))
        .map_or_else(|| declared_tenant.clone(), |c| c.name.clone());
    let tenant = &tenant;
    if let [(first, _), (second, again), ..] = settings {
        mistakes.add(again.at().error(format!(
            "table `{}` is in `{first}` and in `{second}`; it can be in one of them",
            table.path()
        )));
    }
    let path = table.path();
    match (settings.first().map(|(_, s)| *s), table.has(tenant)) {
        (None, true) => {
            table.class = Class::Tenant {
                column: tenant.clone(),
            };
        }
        (None, false) => {
            if let Some(renamed) = renamed {
                mistakes.push(renamed, format!("table `{path}` has no column `{renamed}`"));
            } else {
                table.mistake = Some(unclassified(&path, tenant));
            }
        }
        (Some(setting), has_tenant) => {
            classify_by(&mut table, setting, has_tenant, tenant, mistakes);
        }
    }
    table
}

fn unclassified(path: &str, tenant: &Ident) -> String {
    format!(
        "table `{path}` has no column `{tenant}` and is in no class; give it the column, or name it \
         in `tenant_columns = [{path}.<column>]`, `root = [{path}(<key>)]`, \
         `via = [{path}.<foreign key> -> <owner>]`, `shared = [{path}]` or \
         `excluded = [{path}: \"<reason>\"]`"
    )
}

fn classify_by(
    table: &mut Table,
    setting: Setting<'_>,
    has_tenant: bool,
    tenant: &Ident,
    mistakes: &mut Mistakes,
) {
    let path = table.path();
    match setting {
        Setting::Root(_, column) => {
            if !table.has(column) {
                mistakes.push(column, format!("table `{path}` has no column `{column}`"));
            } else if table.primary_key != [column.clone()] {
                mistakes.push(
                    column,
                    format!(
                        "`{column}` is not the primary key of `{path}`; a root's key is the tenant"
                    ),
                );
            }
            table.class = Class::Root {
                column: column.clone(),
            };
        }
        Setting::Via(at, column, owner) => {
            if has_tenant {
                mistakes.add(at.error(format!(
                    "table `{path}` has the tenant column `{tenant}`; remove it from `via`"
                )));
            }
            if !table.has(column) {
                mistakes.push(column, format!("table `{path}` has no column `{column}`"));
            }
            if let Some(owner) = owner {
                table.class = Class::Via {
                    column: column.clone(),
                    owner,
                };
            }
        }
        Setting::Shared(at) => {
            if has_tenant {
                mistakes.add(at.error(format!(
                    "table `{path}` is listed as shared but has the tenant column `{tenant}`; remove \
                     it from `shared`, or name it in `excluded = [{path}: \"<reason>\"]`"
                )));
            }
            table.class = Class::Shared;
        }
        Setting::Excluded(_, reason) => {
            table.class = Class::Excluded {
                reason: reason.clone(),
            };
        }
    }
}

fn column(def: &ColumnDef) -> Column {
    Column {
        name: def.column_name.clone(),
        sql_name: def.sql_name.clone(),
        sql_type: {
            let tpe = &def.tpe;
            quote::quote!(#tpe).to_string().replace(' ', "")
        },
    }
}

fn primary_key(decl: &TableDecl) -> Vec<Ident> {
    match &decl.primary_keys {
        Some(keys) => keys.keys.iter().cloned().collect(),
        None => vec![Ident::new("id", decl.table_name.span())],
    }
}

fn with_aliases(
    mut tables: Vec<Table>,
    config: &Config,
    index: &HashMap<String, usize>,
    mistakes: &mut Mistakes,
) -> Vec<Table> {
    // An alias must differ from the tables' names in Rust and in statements.
    let mut names: Vec<String> = tables.iter().map(|t| t.sql_name.clone()).collect();
    for alias in &config.aliases {
        let name = unraw(&alias.name);
        if index.contains_key(&name) || names.contains(&name) {
            mistakes.push(
                &alias.name,
                format!("there is a table or alias `{name}` already"),
            );
        }
        names.push(name);
        if let Some(i) = find(&alias.table, index, mistakes) {
            if matches!(tables[i].class, Class::Shared | Class::Excluded { .. }) {
                mistakes.add(alias.table.error(format!(
                    "`{}` is a plain Diesel table; declare its alias with `diesel::alias!`",
                    alias.table
                )));
            }
            tables[i].aliases.push(alias.name.clone());
        }
    }
    for Encrypted { column, label } in &config.encrypted {
        if let Some(&i) = index.get(&column.table.to_string()) {
            tables[i].encrypted.push(SealedColumn {
                column: column.column.clone(),
                label: label.clone(),
                index: None,
            });
        }
    }
    for (number, BlindIndex { column, label, .. }) in config.blind_indexes.iter().enumerate() {
        if let Some(&i) = index.get(&column.table.to_string()) {
            tables[i].blind_indexes.push(SealedColumn {
                column: column.column.clone(),
                label: label.clone(),
                index: Some(number),
            });
        }
    }
    tables
}
