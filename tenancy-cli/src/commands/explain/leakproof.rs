//! Indexes that row-level security keeps out of reach.
//!
//! Under a policy PostgreSQL evaluates only LEAKPROOF functions before the policy's own condition, and what an
//! index answers is evaluated before. So an index whose operator, or whose expression, is not LEAKPROOF serves
//! nothing there, and the condition becomes a filter of the rows that another index finds.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};

use super::clause::{mentions, names, split};
use super::plan::Node;
use crate::failure::Failure;

pub(super) struct Leak {
    pub(super) table: String,
    pub(super) index: String,
    pub(super) clause: String,
    pub(super) culprit: String,
    pub(super) advice: &'static str,
}

/// A key of an index, with the operators of its class that are not LEAKPROOF.
#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    index: String,
    /// The column or the expression, as conditions show it.
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Bool)]
    is_expression: bool,
    /// The type of the column, or what the index takes for the expression, without its schema.
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Bool)]
    is_enum: bool,
    /// Of the operators that were asked for, those that the index serves and that are not LEAKPROOF.
    #[diesel(sql_type = Array<Text>)]
    operators: Vec<String>,
}

#[derive(QueryableByName)]
struct Function {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Secured {
    #[diesel(sql_type = Bool)]
    secured: bool,
}

/// A condition on a table that its plan checks row by row.
struct Clause {
    schema: String,
    table: String,
    text: String,
}

pub(super) fn find(conn: &mut PgConnection, plan: &Node) -> Result<Vec<Leak>, Failure> {
    let mut leaks: Vec<Leak> = Vec::new();
    for clause in clauses(plan) {
        if !is_secured(conn, &clause)? {
            continue;
        }
        let (operators, functions) = names(&clause.text);
        let operators: Vec<String> = operators.into_iter().collect();
        let functions: Vec<String> = functions.into_iter().collect();
        for key in keys(conn, &clause, &operators)? {
            if !mentions(&clause.text, &key.key) {
                continue;
            }
            let culprit = match key.operators.first() {
                Some(operator) => Some(format!("the operator {operator} of {}", key.type_name)),
                None if key.is_expression => leaky_function(conn, &functions, &key.key)?
                    .map(|name| format!("the function {name}")),
                None => None,
            };
            let known = |leak: &Leak| leak.index == key.index && leak.clause == clause.text;
            if let Some(culprit) = culprit
                && !leaks.iter().any(known)
            {
                leaks.push(Leak {
                    table: clause.table.clone(),
                    advice: advice(&key),
                    index: key.index,
                    clause: clause.text.clone(),
                    culprit,
                });
            }
        }
    }
    Ok(leaks)
}

fn clauses(plan: &Node) -> Vec<Clause> {
    let mut found = Vec::new();
    for node in plan.all() {
        let (Some(schema), Some(table)) = (&node.schema, &node.relation) else {
            continue;
        };
        let filters = node.conditions.iter().filter(|(kind, _)| *kind == "Filter");
        for text in filters.flat_map(|(_, text)| split(text)) {
            // Indexes are described without the alias.
            let alias = node.alias.as_deref().unwrap_or(table);
            found.push(Clause {
                schema: schema.clone(),
                table: table.clone(),
                text: text.replace(&format!("{alias}."), ""),
            });
        }
    }
    found
}

fn is_secured(conn: &mut PgConnection, clause: &Clause) -> Result<bool, Failure> {
    let found: Option<Secured> = diesel::sql_query(
        "SELECT c.relrowsecurity AS secured
         FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2",
    )
    .bind::<Text, _>(&clause.schema)
    .bind::<Text, _>(&clause.table)
    .get_result(conn)
    .optional()?;
    Ok(found.is_some_and(|found| found.secured))
}

/// The operator of a condition is known by its name alone, so the one between two values of the key's type
/// stands for it; where there is none, any that takes the type.
fn keys(
    conn: &mut PgConnection,
    clause: &Clause,
    operators: &[String],
) -> Result<Vec<Key>, Failure> {
    let keys = diesel::sql_query(
        "SELECT ic.relname::text AS index,
                pg_catalog.pg_get_indexdef(i.indexrelid, k.number, false) AS key,
                i.indkey[k.number - 1] = 0 AS is_expression,
                coalesce(t.typname, it.typname)::text AS type_name,
                coalesce(t.typtype, it.typtype) = 'e' AS is_enum,
                ARRAY(
                    SELECT asked.name
                    FROM pg_catalog.unnest($3) AS asked (name)
                    WHERE (
                        EXISTS (
                            SELECT FROM pg_catalog.pg_amop AS m
                            JOIN pg_catalog.pg_operator AS o ON o.oid = m.amopopr
                            WHERE m.amopfamily = opc.opcfamily AND o.oprname = asked.name
                        )
                        -- Whose prefixes a B-tree finds.
                        OR (am.amname = 'btree' AND asked.name IN ('~~', '~'))
                    ) AND NOT (
                        SELECT p.proleakproof
                        FROM pg_catalog.pg_operator AS o
                        JOIN pg_catalog.pg_proc AS p ON p.oid = o.oprcode
                        WHERE o.oprname = asked.name
                            AND opc.opcintype IN (o.oprleft, o.oprright)
                        ORDER BY (o.oprleft = o.oprright) DESC,
                                 (o.oprleft = opc.opcintype) DESC, p.proleakproof
                        LIMIT 1
                    )
                ) AS operators
         FROM pg_catalog.pg_index AS i
         JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
         JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         CROSS JOIN pg_catalog.generate_series(1, i.indnkeyatts::int4) AS k (number)
         JOIN pg_catalog.pg_opclass AS opc ON opc.oid = i.indclass[k.number - 1]
         JOIN pg_catalog.pg_am AS am ON am.oid = opc.opcmethod
         JOIN pg_catalog.pg_type AS it ON it.oid = opc.opcintype
         LEFT JOIN pg_catalog.pg_attribute AS a
             ON a.attrelid = c.oid AND a.attnum = i.indkey[k.number - 1] AND a.attnum > 0
         LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
         WHERE n.nspname = $1 AND c.relname = $2 AND i.indisvalid
         ORDER BY ic.relname, k.number",
    )
    .bind::<Text, _>(&clause.schema)
    .bind::<Text, _>(&clause.table)
    .bind::<Array<Text>, _>(operators)
    .load(conn)?;
    Ok(keys)
}

/// A function of the key's expression that is not LEAKPROOF in any of its forms.
fn leaky_function(
    conn: &mut PgConnection,
    functions: &[String],
    expression: &str,
) -> Result<Option<String>, Failure> {
    let of_key: Vec<&String> = functions
        .iter()
        .filter(|f| mentions(expression, f))
        .collect();
    let found: Option<Function> = diesel::sql_query(
        "SELECT proname::text AS name FROM pg_catalog.pg_proc WHERE proname = ANY ($1)
         GROUP BY proname HAVING NOT pg_catalog.bool_or(proleakproof) ORDER BY proname LIMIT 1",
    )
    .bind::<Array<Text>, _>(of_key)
    .get_result(conn)
    .optional()?;
    Ok(found.map(|function| function.name))
}

/// What to do instead.
fn advice(key: &Key) -> &'static str {
    let patterns = ["~~", "~~*", "~", "~*", "%"];
    let operator = key.operators.first().map_or("", String::as_str);
    match key.type_name.as_str() {
        _ if key.is_expression => {
            "store the expression in a generated column and index (tenant, that column)"
        }
        _ if key.is_enum => "make the column text with a CHECK constraint",
        "numeric" => "store integers of the smallest unit, such as cents",
        "citext" => {
            "store a lower-cased copy as text, in a generated column, and compare with that"
        }
        "jsonb" => {
            "take what is searched for out of the document, into a generated column of its own"
        }
        "_text" | "_int4" | "_uuid" => "keep the elements in rows of a table of their own",
        "tsvector" => "search in a smaller set: narrow the rows by an index on (tenant, ..) first",
        _ if operator == "~~" => {
            "for a prefix write `^@` (starts_with), which is LEAKPROOF, with an index of text_pattern_ops or \
             COLLATE \"C\"; otherwise narrow the rows by another condition with an index on (tenant, ..)"
        }
        _ if patterns.contains(&operator) => {
            "narrow the rows by another condition with an index on (tenant, ..); for a prefix of a lower-cased \
             copy write `^@`"
        }
        _ => {
            "use a type whose operators are LEAKPROOF (text, uuid, integers, timestamptz), or, on a server of \
             your own and after review, mark the function LEAKPROOF"
        }
    }
}
