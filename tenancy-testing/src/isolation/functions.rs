//! Attacks by calling functions and procedures.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Oid, Text};

use super::Probe;
use super::answers::Question;
use super::catalog::{display_name, qualified};
use super::plant::Whose;
use super::report::{Attack, ObjectKind, Session};
use super::session::Outcome;
use super::value::Type;

/// How many values are tried for one argument.
const MOST_VALUES: usize = 24;
/// How many combinations of arguments are tried, besides each value once.
const MOST_CALLS: usize = 64;

/// A function that the role can execute, with the calls of it.
#[derive(Debug)]
pub(super) struct Function {
    path: String,
    is_procedure: bool,
    calls: Vec<String>,
}

#[derive(QueryableByName)]
struct FunctionRow {
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    arguments: String,
    #[diesel(sql_type = Bool)]
    is_procedure: bool,
    #[diesel(sql_type = Bool)]
    has_out: bool,
    #[diesel(sql_type = Bool)]
    is_definer: bool,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Array<Oid>)]
    types: Vec<u32>,
    #[diesel(sql_type = Array<Oid>)]
    relations: Vec<u32>,
}

/// Functions of the application. Those of extensions are theirs, and triggers cannot be called.
const FUNCTIONS: &str = "
    SELECT n.nspname::text AS schema, p.proname::text AS name,
        pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
        p.prokind = 'p' AS is_procedure,
        p.prokind = 'p' AND coalesce('o' = ANY (p.proargmodes), false) AS has_out,
        p.prosecdef AS is_definer,
        coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body,
        p.proargtypes::oid[] AS types,
        ARRAY(SELECT d.refobjid FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
                  AND d.refclassid = 'pg_catalog.pg_class'::regclass) AS relations
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p')
        AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
        AND has_function_privilege($1, p.oid, 'EXECUTE')
        AND has_schema_privilege($1, n.oid, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid
                            AND e.deptype = 'e')
    ORDER BY p.oid";

impl Probe<'_> {
    pub(super) fn find_functions(&mut self) -> QueryResult<Vec<Function>> {
        let rows: Vec<FunctionRow> = diesel::sql_query(FUNCTIONS)
            .bind::<Text, _>(&self.settings.role)
            .load(self.conn)?;
        let mut functions = Vec::new();
        for row in rows {
            let path = format!(
                "{}({})",
                display_name(&row.schema, &row.name),
                row.arguments
            );
            if self.is_excluded(&path) || !(row.is_definer || self.reads_scoped(&row)) {
                continue;
            }
            if row.has_out {
                self.report.skip(&path, "it has OUT arguments");
                continue;
            }
            let Some(lists) = self.argument_lists(&path, &row.types)? else {
                continue;
            };
            let name = qualified(Some(&row.schema), &row.name);
            functions.push(Function {
                calls: lists.iter().map(|list| format!("{name}({list})")).collect(),
                is_procedure: row.is_procedure,
                path,
            });
        }
        Ok(functions)
    }

    /// Whether the body names a scoped table, as far as a search for its name tells.
    fn reads_scoped(&self, row: &FunctionRow) -> bool {
        let body = row.body.to_lowercase();
        self.scoped.iter().any(|table| {
            let name = table.path.rsplit("::").next().unwrap_or(&table.path);
            row.relations.contains(&table.oid) || body.contains(&name.to_lowercase())
        })
    }

    /// Arguments that aim at the other tenant: its id, and the keys of its rows.
    fn argument_lists(&mut self, path: &str, types: &[u32]) -> QueryResult<Option<Vec<String>>> {
        let mut arguments = Vec::new();
        for oid in types {
            let ty = Type::read(self.conn, *oid, -1)?;
            let candidates = self.candidates(&ty);
            if candidates.is_empty() {
                let why = format!("no argument of type {} can be made", ty.sql);
                self.report.skip(path, why);
                return Ok(None);
            }
            arguments.push(candidates);
        }
        Ok(Some(combinations(&arguments)))
    }

    /// Values that aim at the other tenant: its id first, then keys of its rows, then anything else in
    /// them, and one that nobody has.
    fn candidates(&mut self, ty: &Type) -> Vec<String> {
        let victim = &self.settings.tenants[1];
        let mut candidates: Vec<String> = Vec::new();
        candidates.extend(ty.of(self.catalog.registry.tenant_type, victim));
        if ty.is_text() {
            candidates.extend([ty.literal(victim), ty.literal("%")]);
        }
        for in_key in [true, false] {
            for table in &self.scoped {
                let Some(Some(row)) = self.planted.get(&(table.oid, Whose::Victim)) else {
                    continue;
                };
                let columns = table.columns.iter();
                for column in columns.filter(|column| table.in_key(&column.name) == in_key) {
                    let Some(Some(text)) = row.values.get(&column.name) else {
                        continue;
                    };
                    let value = ty.of(&column.ty.name, text);
                    candidates.extend(value.filter(|value| !candidates.contains(value)));
                }
            }
        }
        candidates.truncate(MOST_VALUES);
        candidates.extend(ty.value(self.counter.next()));
        candidates
    }

    pub(super) fn function_questions(functions: &[Function]) -> Vec<Question> {
        let functions = functions.iter().filter(|function| !function.is_procedure);
        functions
            .flat_map(|function| {
                function.calls.iter().map(|call| Question {
                    object: function.path.clone(),
                    kind: ObjectKind::Function,
                    sql: format!("SELECT coalesce(f::text, '') AS line FROM {call} AS f"),
                })
            })
            .collect()
    }

    pub(super) fn attack_procedure(
        &mut self,
        function: &Function,
        session: Session,
    ) -> QueryResult<()> {
        for call in function.calls.iter().filter(|_| function.is_procedure) {
            let path = &function.path;
            match self.strike(Some(session), &[], &format!("CALL {call}"))? {
                (Outcome::Done(_), Some(state)) => {
                    self.answered.insert(path.clone());
                    if let Some(what) = self.damage(&state) {
                        let kind = ObjectKind::Function;
                        self.found_in(path, kind, Attack::CallWrites, Some(session), what);
                    }
                }
                (Outcome::Refused(message), _) => {
                    self.unanswered.push((path.clone(), message));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Every combination of the first few values of each argument, and each value of each argument once.
fn combinations(arguments: &[Vec<String>]) -> Vec<String> {
    let mut few = MOST_VALUES;
    while few > 1 && few.pow(arguments.len() as u32) > MOST_CALLS {
        few -= 1;
    }
    let mut lists = vec![Vec::new()];
    for values in arguments {
        lists = lists
            .iter()
            .flat_map(|list: &Vec<&str>| {
                values.iter().take(few).map(move |value| {
                    let mut longer = list.clone();
                    longer.push(value);
                    longer
                })
            })
            .collect();
    }
    let most = arguments.iter().map(Vec::len).max().unwrap_or(0);
    for n in 0..most {
        let each = arguments
            .iter()
            .map(|values| values[n % values.len()].as_str());
        lists.push(each.collect());
    }
    let mut calls: Vec<String> = Vec::new();
    for list in lists {
        let call = list.join(", ");
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(prefix: char, count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{prefix}{n}")).collect()
    }

    #[test]
    fn a_function_without_arguments_is_called_once() {
        assert_eq!(combinations(&[]), [""]);
    }

    #[test]
    fn every_value_is_tried_and_the_first_ones_in_every_combination() {
        let calls = combinations(&[values('a', 25), values('b', 3)]);
        for call in ["a0, b2", "a2, b0", "a24, b0"] {
            assert!(calls.contains(&call.to_owned()), "{call}: {calls:?}");
        }
        assert!(
            calls.len() <= MOST_CALLS + MOST_VALUES + 1,
            "{}",
            calls.len()
        );
    }

    #[test]
    fn many_arguments_are_few_calls() {
        let arguments: Vec<Vec<String>> = ('a'..='j').map(|name| values(name, 25)).collect();
        assert!(combinations(&arguments).len() <= MOST_CALLS + MOST_VALUES + 1);
    }
}
