//! The statements of an erasure. They run under the search path of the connection, because triggers of the
//! application may need it, so every name has its schema and every operator too.

use super::layout::{BY, Field, Group, Layout, ROW, Subject};
use super::session::Statement;
use crate::{quote_identifier, quote_literal};

/// Which rows of the tables a statement is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows<'a> {
    /// All of the tenant.
    All,
    /// Those at these places, in the form of an array of `tid`.
    At(&'a str),
}

impl Subject {
    /// The condition of the rows that there is something to do about.
    fn open(&self) -> String {
        if self.fields.is_empty() {
            return self.condition.clone();
        }
        let fields: Vec<String> = self.fields.iter().map(Field::differs).collect();
        format!("{} AND ({})", self.condition, fields.join(" OR "))
    }
}

impl Field {
    fn new_value(&self) -> String {
        match &self.value {
            None => "NULL".to_owned(),
            Some(value) => format!("CAST({} AS {})", quote_literal(value), self.type_sql),
        }
    }

    fn differs(&self) -> String {
        let column = format!("{ROW}.{}", quote_identifier(&self.column));
        match self.value {
            None => format!("{column} IS NOT NULL"),
            // Not every type has an operator for equality.
            Some(_) => format!(
                "NOT coalesce({column}::pg_catalog.text OPERATOR(pg_catalog.=) ({})::pg_catalog.text, false)",
                self.new_value()
            ),
        }
    }
}

/// How many rows of each table there is something to do about. Takes the tenant.
pub(super) fn counts(layout: &Layout, tenant: &str) -> Option<Statement> {
    let counts: Vec<String> = layout
        .tables
        .iter()
        .enumerate()
        .map(|(place, table)| {
            format!(
                "SELECT {place} AS place, pg_catalog.count(*) AS items FROM {} AS {ROW} WHERE {}",
                table.quoted,
                table.open()
            )
        })
        .collect();
    let sql = counts.join(" UNION ALL ");
    (!counts.is_empty()).then(|| Statement::new(sql).text(tenant))
}

/// The places of rows that there is something to do about, at most `limit`, each as `tid` is sent. With
/// `group`, only of rows that nothing in the group points to.
pub(super) fn places(
    layout: &Layout,
    table: usize,
    group: Option<&Group>,
    limit: u32,
    tenant: &str,
) -> Statement {
    let subject = &layout.tables[table];
    let mut condition = subject.open();
    let pointing = group.into_iter().flat_map(|group| &group.inner);
    for reference in pointing.filter(|reference| reference.to == table) {
        condition += &format!(
            " AND NOT EXISTS (SELECT FROM {} AS {BY} WHERE {})",
            layout.tables[reference.from].quoted, reference.condition
        );
    }
    Statement::new(format!(
        "SELECT pg_catalog.string_agg(pg_catalog.tidsend(p.place), ''::pg_catalog.bytea) AS places \
         FROM (SELECT {ROW}.ctid AS place FROM {} AS {ROW} WHERE {condition} LIMIT {limit}) AS p",
        subject.quoted
    ))
    .text(tenant)
}

/// Deletes or anonymises rows of these tables, and notes in the ledger how many, in one statement: foreign
/// keys are checked at its end.
pub(super) fn change(
    layout: &Layout,
    tables: &[usize],
    rows: Rows<'_>,
    tenant: &str,
    erasure: &str,
) -> Statement {
    let mut parts = Vec::new();
    let mut counts = Vec::new();
    for (index, &table) in tables.iter().enumerate() {
        let subject = &layout.tables[table];
        let mut condition = subject.open();
        if let Rows::At(_) = rows {
            condition += &format!(
                " AND {ROW}.ctid OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text::pg_catalog.tid[])"
            );
        }
        let verb = if subject.fields.is_empty() {
            format!("DELETE FROM {} AS {ROW}", subject.quoted)
        } else {
            let set = subject.fields.iter().map(|field| {
                format!(
                    "{} = {}",
                    quote_identifier(&field.column),
                    field.new_value()
                )
            });
            let set: Vec<String> = set.collect();
            format!("UPDATE {} AS {ROW} SET {}", subject.quoted, set.join(", "))
        };
        parts.push(format!(
            "gone_{index} AS ({verb} WHERE {condition} RETURNING 1)"
        ));
        counts.push(format!(
            "SELECT {table} AS place, {} AS step, {} AS name, \
                 (SELECT pg_catalog.count(*) FROM gone_{index}) AS items",
            quote_literal(subject.step().as_str()),
            quote_literal(&subject.shown),
        ));
    }
    let sql = format!(
        "WITH {}, counted AS MATERIALIZED ({}), noted AS (\
             INSERT INTO tenancy.erasures (erasure, tenant, kind, step, name, items, started_at) \
             SELECT $2::pg_catalog.uuid, $1, 'step', c.step, c.name, c.items, \
                 pg_catalog.transaction_timestamp() \
             FROM counted AS c WHERE c.items OPERATOR(pg_catalog.>) 0::pg_catalog.int8) \
         SELECT c.place, c.items FROM counted AS c",
        parts.join(", "),
        counts.join(" UNION ALL "),
    );
    let statement = Statement::new(sql).text(tenant).text(erasure);
    match rows {
        Rows::All => statement,
        Rows::At(places) => statement.text(places),
    }
}

/// What the present transaction has deleted from tables and updated in them, whoever did it.
pub(super) fn touched(relations: Vec<u32>) -> Statement {
    Statement::new(
        "SELECT o.oid, pg_catalog.pg_stat_get_xact_tuples_deleted(o.oid) AS deleted, \
             pg_catalog.pg_stat_get_xact_tuples_updated(o.oid) AS updated \
         FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)",
    )
    .oids(relations)
}

/// The texts of places as they were sent, as an array.
pub(super) fn array(places: &[[u8; 6]]) -> String {
    let texts: Vec<String> = places
        .iter()
        .map(|&[a, b, c, d, e, f]| {
            let block = u32::from_be_bytes([a, b, c, d]);
            let offset = u16::from_be_bytes([e, f]);
            format!("\"({block},{offset})\"")
        })
        .collect();
    format!("{{{}}}", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_the_server_reads_them() {
        let places = [[0, 0, 0, 1, 0, 2], [1, 0, 0, 0, 255, 255]];
        assert_eq!(array(&places), r#"{"(1,2)","(16777216,65535)"}"#);
        assert_eq!(array(&[]), "{}");
    }
}
