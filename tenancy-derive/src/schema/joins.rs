use std::collections::HashMap;

use syn::Ident;

use super::Mistakes;
use super::classify::{ResolvedJoin, Table, path_of};
use super::config::Config;
use super::declared::find;
use super::file::{Module, SchemaFile};

/// The implicit joins of the schema files and of `joins = [..]`.
pub(super) fn resolve(
    config: &Config,
    files: &[SchemaFile],
    index: &HashMap<String, usize>,
    tables: &[Table],
    mistakes: &mut Mistakes,
) -> Vec<ResolvedJoin> {
    let mut joins = Vec::new();
    for file in files {
        let known = joins.len();
        from_module(&file.root, &mut Vec::new(), index, &mut joins);
        for join in &joins[known..] {
            let parent = &tables[join.parent];
            if parent.key().len() != join.columns.len() {
                mistakes.push(
                    &file.include,
                    format!(
                        "`joinable!` of `{}` names one column, but the key of `{}` has {} without the \
                         tenant; name them in `joins = [..]`",
                        tables[join.child].path(),
                        parent.path(),
                        parent.key().len()
                    ),
                );
            }
        }
    }
    for join in &config.joins {
        let child = find(&join.child, index, mistakes);
        let parent = find(&join.parent, index, mistakes);
        let (Some(child), Some(parent)) = (child, parent) else {
            continue;
        };
        let mut known = true;
        for column in &join.columns {
            if !tables[child].columns.iter().any(|c| c.name == *column) {
                mistakes.push(
                    column,
                    format!("table `{}` has no column `{column}`", join.child),
                );
                known = false;
            }
        }
        let key = tables[parent].key().len();
        if key != join.columns.len() {
            mistakes.add(join.parent.error(format!(
                "the key of `{}` has {key} columns without the tenant, but {} are named",
                join.parent,
                join.columns.len()
            )));
            known = false;
        }
        if child == parent {
            mistakes.add(join.parent.error(format!(
                "`{}` cannot be joined with itself; declare `aliases = [other = {}]` and join with \
                 `.on(..)`",
                join.parent, join.parent
            )));
            known = false;
        }
        if joins.iter().any(|j: &ResolvedJoin| {
            (j.child, j.parent) == (child, parent) || (j.child, j.parent) == (parent, child)
        }) {
            mistakes.add(join.child.error(format!(
                "`{}` and `{}` are joinable already; further joins use `.on(..)`",
                join.child, join.parent
            )));
            known = false;
        }
        if known {
            joins.push(ResolvedJoin {
                child,
                columns: join.columns.clone(),
                parent,
            });
        }
    }
    joins
}

fn from_module(
    module: &Module,
    path: &mut Vec<Ident>,
    index: &HashMap<String, usize>,
    joins: &mut Vec<ResolvedJoin>,
) {
    for joinable in &module.joinables {
        let child = index.get(&path_of(path, &joinable.child));
        let parent = index.get(&path_of(path, &joinable.parent));
        // print-schema names tables of the same module only; a filtered file may lack one of them.
        if let (Some(&child), Some(&parent)) = (child, parent) {
            joins.push(ResolvedJoin {
                child,
                columns: vec![joinable.column.clone()],
                parent,
            });
        }
    }
    for (name, inner) in &module.modules {
        path.push(name.clone());
        from_module(inner, path, index, joins);
        path.pop();
    }
}
