use std::any::TypeId;
use std::cell::Cell;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};

use super::known::{KnownStatements, Lookup, Text};
use crate::scoped::raw_sql::{is_plain_statement, judged_once};

/// A type that is looked up by its name, as custom types are.
pub(super) type TypeName = (Option<String>, String);

/// A statement on its way to diesel-async, which asks for its text and its binds: each is rendered once, here,
/// and a text that is known not at all.
pub(super) struct Outgoing<Q> {
    query: Q,
    sql: Arc<str>,
    binds: Cell<Option<RawBytesBindCollector<Pg>>>,
    is_cached: bool,
}

/// What a scope knows of a statement before it runs.
#[derive(Debug)]
pub(super) struct Knowledge {
    /// It is prepared, and the types of its binds are known: the first poll sends it.
    pub(super) is_prepared: bool,
    /// The types of its binds are known: the first poll sends it or its preparation.
    pub(super) has_types: bool,
    /// It leaves the session as it was.
    pub(super) is_harmless: bool,
    pub(super) news: Option<News>,
}

/// What is known of a connection once the statement has run.
#[derive(Debug)]
pub(super) struct News {
    statement: Option<(Text, Key)>,
    types: Vec<TypeName>,
}

#[derive(Debug)]
enum Key {
    Id(TypeId),
    Binds(Vec<PgTypeMetadata>),
}

impl News {
    pub(super) fn tell(self, known: &KnownStatements) {
        match self.statement {
            Some((text, Key::Id(id))) => known.insert_id(id, text),
            Some((text, Key::Binds(metadata))) => {
                known.insert_sql(text, metadata, self.types.clone());
            }
            None => {}
        }
        known.insert_types(self.types);
    }
}

impl<Q: QueryFragment<Pg> + QueryId> Outgoing<Q> {
    /// Renders the statement. The scope must be entered.
    pub(super) fn render(query: Q, known: &KnownStatements) -> QueryResult<(Self, Knowledge)> {
        let mut names = Names(Vec::new());
        let mut binds = RawBytesBindCollector::<Pg>::new();
        query.collect_binds(&mut binds, &mut names, &Pg)?;
        let Names(types) = names;

        let id = Q::query_id();
        let (text, is_cached, is_known) = match id.and_then(|id| known.by_id(id)) {
            Some(text) => (text, true, true),
            None => {
                let mut builder = PgQueryBuilder::default();
                query.to_sql(&mut builder, &Pg)?;
                let sql = builder.finish();
                let lookup = match id {
                    // What is known by its text and binds was safe to cache.
                    None => known.by_sql(&sql, &binds.metadata, &types),
                    Some(_) => Lookup::New,
                };
                match lookup {
                    Lookup::Prepared(text) => (text, true, true),
                    Lookup::New | Lookup::Full => {
                        let has_place = matches!(lookup, Lookup::New);
                        let is_cached = has_place && query.is_safe_to_cache_prepared(&Pg)?;
                        let harmless = judge(id, &sql);
                        let sql = sql.into();
                        (Text { sql, harmless }, is_cached, false)
                    }
                }
            }
        };
        let has_types = known.has_types(&types);
        let statement = (is_cached && !is_known).then(|| {
            let key = id.map_or_else(|| Key::Binds(binds.metadata.clone()), Key::Id);
            (text.clone(), key)
        });
        let knowledge = Knowledge {
            is_prepared: is_known && has_types,
            has_types,
            is_harmless: text.harmless,
            news: (statement.is_some() || !has_types).then(|| News {
                statement,
                types: types.clone(),
            }),
        };
        let outgoing = Outgoing {
            query,
            sql: text.sql,
            // The OIDs of custom types are in the bytes too, and diesel-async knows how to fill them in.
            binds: Cell::new(types.is_empty().then_some(binds)),
            is_cached,
        };
        Ok((outgoing, knowledge))
    }
}

impl<Q> Outgoing<Q> {
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }
}

/// Whether a statement leaves the session as it was. One with a query id has the same text each time.
fn judge(id: Option<TypeId>, sql: &str) -> bool {
    let judge = || Some(is_plain_statement(sql));
    let harmless = match id {
        Some(id) => judged_once(id, judge),
        None => judge(),
    };
    harmless == Some(true)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Outgoing<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }

    fn to_sql(&self, out: &mut PgQueryBuilder, _: &Pg) -> QueryResult<()> {
        out.push_sql(&self.sql);
        Ok(())
    }

    fn collect_binds<'b>(
        &'b self,
        out: &mut RawBytesBindCollector<Pg>,
        lookup: &mut (dyn PgMetadataLookup + 'static),
        backend: &'b Pg,
    ) -> QueryResult<()> {
        match self.binds.take() {
            Some(binds) if out.binds.is_empty() => {
                *out = binds;
                Ok(())
            }
            _ => self.query.collect_binds(out, lookup, backend),
        }
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(self.is_cached)
    }
}

impl<Q: QueryId> QueryId for Outgoing<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Outgoing<Q> {
    type SqlType = Q::SqlType;
}

/// Notes what is looked up. Before diesel-async knows the OID of a type, it asks the server and waits, also
/// for a statement that is prepared.
///
/// The list can differ from run to run: a field of a composite type is looked up when it holds a value.
struct Names(Vec<TypeName>);

impl PgMetadataLookup for Names {
    /// Answers with a number for each name, so that the types of binds can be compared.
    fn lookup_type(&mut self, type_name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let name = (schema.map(str::to_owned), type_name.to_owned());
        let at = self.0.iter().position(|known| *known == name);
        let at = at.unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        // OIDs of built-in types are small.
        let number = u32::MAX - 2 * u32::try_from(at).unwrap_or_default();
        PgTypeMetadata::new(number, number - 1)
    }
}
