//! What the settings of `tenant_schema!` say of each table.

use std::collections::HashMap;

use syn::{Ident, LitStr};

use super::Mistakes;
use super::config::{ColumnPath, Config, TablePath};

/// What the settings say of each table, by index.
pub(super) struct Declared<'c> {
    pub(super) classes: HashMap<usize, Vec<(&'static str, Setting<'c>)>>,
    pub(super) tenant_columns: HashMap<usize, &'c Ident>,
}

#[derive(Clone, Copy)]
pub(super) enum Setting<'c> {
    Root(&'c TablePath, &'c Ident),
    Via(&'c TablePath, &'c Ident, Option<usize>),
    Shared(&'c TablePath),
    Excluded(&'c TablePath, &'c LitStr),
}

impl<'c> Setting<'c> {
    pub(super) fn at(&self) -> &'c TablePath {
        match self {
            Setting::Root(at, _)
            | Setting::Via(at, _, _)
            | Setting::Shared(at)
            | Setting::Excluded(at, _) => at,
        }
    }
}

impl<'c> Declared<'c> {
    pub(super) fn new(
        config: &'c Config,
        index: &HashMap<String, usize>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut classes: HashMap<usize, Vec<_>> = HashMap::new();
        let mut add = |table: Option<usize>, list, setting| {
            if let Some(table) = table {
                classes.entry(table).or_default().push((list, setting));
            }
        };
        for root in &config.root {
            let table = find(&root.table, index, mistakes);
            add(table, "root", Setting::Root(&root.table, &root.column));
        }
        for via in &config.via {
            let owner = find(&via.owner, index, mistakes);
            let table = find(&via.from.table, index, mistakes);
            add(
                table,
                "via",
                Setting::Via(&via.from.table, &via.from.column, owner),
            );
        }
        for shared in &config.shared {
            let table = find(shared, index, mistakes);
            add(table, "shared", Setting::Shared(shared));
        }
        for excluded in &config.excluded {
            let table = find(&excluded.table, index, mistakes);
            add(
                table,
                "excluded",
                Setting::Excluded(&excluded.table, &excluded.reason),
            );
        }
        let mut tenant_columns = HashMap::new();
        for ColumnPath { table, column } in &config.tenant_columns {
            if let Some(i) = find(table, index, mistakes)
                && tenant_columns.insert(i, column).is_some()
            {
                mistakes.add(table.error(format!("`{table}` has two tenant columns")));
            }
        }
        Declared {
            classes,
            tenant_columns,
        }
    }
}

/// The index of a table that a setting names.
pub(super) fn find(
    path: &TablePath,
    index: &HashMap<String, usize>,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    let found = index.get(&path.to_string()).copied();
    if found.is_none() {
        let near = nearest(&path.to_string(), index.keys());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        mistakes.add(path.error(format!(
            "there is no table `{path}` in the schema file{hint}"
        )));
    }
    found
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    names
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= 2 || candidate.ends_with(&format!("::{name}")))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
