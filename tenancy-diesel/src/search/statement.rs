//! The statements of the index in PostgreSQL. Their texts never hold a value, so each is prepared once for all
//! tenants.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Float4, HasSqlType, Nullable, SqlType, Text};

use super::excerpt::Excerpt;
use super::{Document, Hit, Search};
use crate::SqlTenantId;
use crate::ambient::{self, AmbientTenant};

/// A statement whose text has `{tenant}`, `{0}`, `{1}` .. where values are bound.
pub(super) trait Form: 'static {
    const SQL: &'static str;
    type Row: SqlType;
}

/// A form with its values. It renders in a scope of a tenant of this type, and nowhere else.
pub(super) struct Statement<'a, F, Id> {
    values: Vec<Value<'a>>,
    of: PhantomData<fn() -> (F, Id)>,
}

enum Value<'a> {
    Text(&'a str),
    Optional(Option<&'a str>),
    Number(i64),
}

impl<'a, F: Form, Id> Statement<'a, F, Id> {
    fn new(values: Vec<Value<'a>>) -> Self {
        Statement {
            values,
            of: PhantomData,
        }
    }
}

impl<F: Form, Id: SqlTenantId> QueryFragment<Pg> for Statement<'_, F, Id>
where
    Pg: HasSqlType<Id::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        ambient::require::<Id>("search_documents")?;
        let mut pieces = F::SQL.split('{');
        pass.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (value, sql) = piece.split_once('}').unwrap_or((piece, ""));
            let number = value.parse::<usize>().ok();
            match number.and_then(|number| self.values.get(number)) {
                Some(Value::Text(text)) => pass.push_bind_param::<Text, str>(text)?,
                Some(Value::Optional(text)) => {
                    pass.push_bind_param::<Nullable<Text>, Option<&str>>(text)?;
                }
                Some(Value::Number(number)) => pass.push_bind_param::<BigInt, i64>(number)?,
                None => pass.push_bind_param::<Id::SqlType, AmbientTenant<Id>>(
                    &AmbientTenant::<Id>::VALUE,
                )?,
            }
            pass.push_sql(sql);
        }
        Ok(())
    }
}

impl<F: Form, Id: 'static> QueryId for Statement<'_, F, Id> {
    type QueryId = Statement<'static, F, Id>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<F: Form, Id> Query for Statement<'_, F, Id> {
    type SqlType = F::Row;
}

#[cfg(feature = "postgres")]
impl<C: diesel::Connection, F: Form, Id> diesel::RunQueryDsl<C> for Statement<'_, F, Id> {}

pub(super) enum Put {}

impl Form for Put {
    const SQL: &'static str = "INSERT INTO search_documents AS d \
        (tenant_id, kind, id, language, title, body, words) VALUES ({tenant}, {0}, {1}, {2}, {3}, {4}, \
        pg_catalog.setweight(pg_catalog.to_tsvector({2}::pg_catalog.text::pg_catalog.regconfig, {3}), 'A') || \
        pg_catalog.setweight(pg_catalog.to_tsvector({2}::pg_catalog.text::pg_catalog.regconfig, {4}), 'B')) \
        ON CONFLICT (tenant_id, kind, id) DO UPDATE SET language = excluded.language, \
        title = excluded.title, body = excluded.body, words = excluded.words \
        WHERE d.tenant_id = {tenant}";
    type Row = BigInt;
}

impl<'a, Id> Statement<'a, Put, Id> {
    pub(super) fn put(document: &'a Document<'a>) -> Self {
        Statement::new(vec![
            Value::Text(document.kind),
            Value::Text(document.id),
            Value::Text(document.language.as_str()),
            Value::Text(document.title),
            Value::Text(document.body),
        ])
    }
}

pub(super) enum Remove {}

impl Form for Remove {
    const SQL: &'static str =
        "DELETE FROM search_documents WHERE kind = {0} AND id = {1} AND tenant_id = {tenant}";
    type Row = BigInt;
}

impl<'a, Id> Statement<'a, Remove, Id> {
    pub(super) fn remove(kind: &'a str, id: &'a str) -> Self {
        Statement::new(vec![Value::Text(kind), Value::Text(id)])
    }
}

pub(super) enum Clear {}

impl Form for Clear {
    const SQL: &'static str = "DELETE FROM search_documents WHERE tenant_id = {tenant}";
    type Row = BigInt;
}

impl<Id> Statement<'_, Clear, Id> {
    pub(super) fn clear() -> Self {
        Statement::new(Vec::new())
    }
}

pub(super) enum Count {}

impl Form for Count {
    const SQL: &'static str =
        "SELECT pg_catalog.count(*) FROM search_documents WHERE tenant_id = {tenant}";
    type Row = BigInt;
}

impl<Id> Statement<'_, Count, Id> {
    pub(super) fn count() -> Self {
        Statement::new(Vec::new())
    }
}

/// Where row-level security is on, PostgreSQL asks no index for `words @@ query`: the operator could tell of other
/// tenants' rows. The words in `search_by_word` are compared by `=`, which could not, so their index serves:
///
/// - `asked` reads the search, and takes the words that a document must have one of, at least, from what PostgreSQL
///   itself says of it (`querytree`). A search without such words, such as `-roof`, looks at every document.
/// - `driver` is one word where all must occur, if fewer than a thousand documents have it, or else all of them.
///   `counted` stops at a thousand.
/// - `matching` has the documents with these words by the index, and asks of each whether it fits. The OFFSETs keep
///   documents from being looked for the other way round, among all of the tenant.
pub(super) enum Find {}

impl Form for Find {
    const SQL: &'static str = r"WITH asked AS MATERIALIZED (
    SELECT query,
        pg_catalog.numnode(query) > 0 AND tree IN ('', 'T') AS everything,
        pg_catalog.regexp_replace(tree, E'\'(?:[^\'\\\\]|\'\'|\\\\\\\\)*\'', '', 'g') LIKE '%|%' AS one_does,
        ARRAY(
            SELECT DISTINCT pg_catalog.replace(pg_catalog.replace(word[1], E'\'\'', E'\''), E'\\\\', E'\\')
            FROM pg_catalog.regexp_matches(tree, E'\'((?:[^\'\\\\]|\'\'|\\\\\\\\)*)\'', 'g') AS word
        ) AS words
    FROM (SELECT query, pg_catalog.querytree(query) AS tree FROM (
        SELECT pg_catalog.websearch_to_tsquery({0}::pg_catalog.text::pg_catalog.regconfig, {1}) AS query
    ) AS parsed) AS trees
), counted AS MATERIALIZED (
    SELECT word, (
        SELECT pg_catalog.count(*) FROM (
            SELECT FROM search_by_word AS w WHERE w.tenant_id = {tenant} AND w.word = candidate.word LIMIT 1000
        ) AS some_documents
    ) AS documents
    FROM (SELECT pg_catalog.unnest(words) AS word FROM asked WHERE NOT one_does) AS candidate
), driver AS MATERIALIZED (
    SELECT words, 1 AS needed FROM asked WHERE one_does
    UNION ALL
    SELECT (pg_catalog.array_agg(word ORDER BY documents, word))[1:1], 1
    FROM counted HAVING pg_catalog.min(documents) < 1000
    UNION ALL
    SELECT pg_catalog.array_agg(word), pg_catalog.count(*)
    FROM counted HAVING pg_catalog.min(documents) >= 1000
), matching AS (
    SELECT d.kind, d.id, d.words
    FROM (
        SELECT w.kind, w.id FROM search_by_word AS w
        WHERE w.tenant_id = {tenant} AND w.word = ANY (ARRAY(SELECT pg_catalog.unnest(words) FROM driver))
            AND ({2} IS NULL OR w.kind = {2})
        GROUP BY w.kind, w.id HAVING pg_catalog.count(*) >= (SELECT needed FROM driver)
    ) AS found CROSS JOIN LATERAL (
        SELECT d.kind, d.id, d.words FROM search_documents AS d
        WHERE d.tenant_id = {tenant} AND d.kind = found.kind AND d.id = found.id OFFSET 0
    ) AS d
    WHERE d.words @@ (SELECT query FROM asked)
    UNION ALL
    SELECT d.kind, d.id, d.words
    FROM asked CROSS JOIN LATERAL (
        SELECT d.kind, d.id, d.words FROM search_documents AS d
        WHERE d.tenant_id = {tenant} AND ({2} IS NULL OR d.kind = {2}) OFFSET 0
    ) AS d
    WHERE asked.everything AND d.words @@ asked.query
), ranked AS (
    SELECT kind, id, pg_catalog.ts_rank_cd(words, (SELECT query FROM asked), 1) AS rank
    FROM matching ORDER BY rank DESC, kind, id LIMIT {3} OFFSET {4}
)
SELECT r.kind, r.id, d.title, r.rank, pg_catalog.ts_headline(
    d.language::pg_catalog.regconfig, pg_catalog.translate(d.body, E'\x01\x02', ''),
    (SELECT query FROM asked),
    E'StartSel=\x01,StopSel=\x02,MaxFragments=2,MaxWords=30,MinWords=10,FragmentDelimiter=\' ... \''
)
FROM ranked AS r JOIN search_documents AS d ON d.kind = r.kind AND d.id = r.id
WHERE d.tenant_id = {tenant}
ORDER BY r.rank DESC, r.kind, r.id";
    type Row = (Text, Text, Text, Float4, Text);
}

pub(super) type FoundRow = (String, String, String, f32, String);

impl<'a, Id> Statement<'a, Find, Id> {
    pub(super) fn find(search: &'a Search<'a>) -> Self {
        Statement::new(vec![
            Value::Text(search.language.as_str()),
            Value::Text(search.text),
            Value::Optional(search.kind),
            Value::Number(i64::from(search.limit)),
            Value::Number(i64::from(search.offset)),
        ])
    }
}

pub(super) fn hit((kind, id, title, rank, excerpt): FoundRow) -> Hit {
    Hit::new(kind, id, title, rank, Excerpt::parse(&excerpt))
}

/// The number of rows that a statement counted or changed.
pub(super) fn number(rows: impl TryInto<u64>) -> u64 {
    rows.try_into().unwrap_or_default()
}
