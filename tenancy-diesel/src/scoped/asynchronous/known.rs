use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(any(feature = "bb8", feature = "deadpool"))]
use diesel::connection::CacheSize;
use diesel::pg::PgTypeMetadata;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::outgoing::TypeName;

/// How many statements without a static query id are kept prepared on one connection.
///
/// Their texts depend on values, such as which fields a changeset has, so there may be any number of them.
const LIMIT: usize = 512;

/// The statements that are known to be prepared on a connection.
///
/// diesel-async prepares a statement when it first meets it, and waits for the server's answer
/// before it sends the execution. What has run here before and was cached then is prepared: the cache of a
/// connection never forgets. The key is that of diesel-async's cache: the static query id, or else the text
/// and the types of the binds.
///
/// Custom types are looked up before a statement is sent, so they are remembered too. In a key they stand
/// with their names: a connection looks the OID of a name up once.
#[derive(Debug, Clone, Default)]
pub struct KnownStatements(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    by_id: HashMap<TypeId, Text>,
    by_sql: HashMap<Arc<str>, Vec<Binds>>,
    /// How many there are in `by_sql`.
    texts: usize,
    types: HashSet<TypeName>,
    commit: bool,
    disabled: bool,
}

/// The text of a statement, and whether it leaves the session as it was.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) sql: Arc<str>,
    pub(super) harmless: bool,
}

#[derive(Debug)]
struct Binds {
    metadata: Vec<PgTypeMetadata>,
    types: Vec<TypeName>,
    harmless: bool,
}

/// What is known of a statement without a static query id.
#[derive(Debug)]
pub(super) enum Lookup {
    Prepared(Text),
    New,
    /// It is not known, and there is no place for it.
    Full,
}

impl KnownStatements {
    /// The statement of this query id, if it is prepared.
    pub(super) fn by_id(&self, id: TypeId) -> Option<Text> {
        self.memory().by_id.get(&id).cloned()
    }

    pub(super) fn by_sql(
        &self,
        sql: &str,
        metadata: &[PgTypeMetadata],
        types: &[TypeName],
    ) -> Lookup {
        let memory = self.memory();
        let known = memory.by_sql.get_key_value(sql).and_then(|(sql, all)| {
            let binds = all
                .iter()
                .find(|binds| binds.metadata == metadata && binds.types == types)?;
            Some(Text {
                sql: Arc::clone(sql),
                harmless: binds.harmless,
            })
        });
        match known {
            Some(text) => Lookup::Prepared(text),
            None if memory.texts >= LIMIT => Lookup::Full,
            None => Lookup::New,
        }
    }

    /// Whether the connection knows the OIDs of all these types.
    pub(super) fn has_types(&self, types: &[TypeName]) -> bool {
        types.is_empty() || {
            let memory = self.memory();
            types.iter().all(|name| memory.types.contains(name))
        }
    }

    /// Whether the COMMIT that waits in line is prepared.
    pub(super) fn has_commit(&self) -> bool {
        self.memory().commit
    }

    /// Whether diesel-async keeps what it prepares.
    pub(super) fn is_enabled(&self) -> bool {
        !self.memory().disabled
    }

    pub(super) fn insert_id(&self, id: TypeId, text: Text) {
        let mut memory = self.memory();
        if !memory.disabled {
            memory.by_id.insert(id, text);
        }
    }

    pub(super) fn insert_sql(
        &self,
        text: Text,
        metadata: Vec<PgTypeMetadata>,
        types: Vec<TypeName>,
    ) {
        let memory = &mut *self.memory();
        if memory.disabled {
            return;
        }
        let all = memory.by_sql.entry(text.sql).or_default();
        // Two of a pipeline may have been new at once.
        if !all
            .iter()
            .any(|binds| binds.metadata == metadata && binds.types == types)
        {
            memory.texts += 1;
            all.push(Binds {
                metadata,
                types,
                harmless: text.harmless,
            });
        }
    }

    pub(super) fn insert_types(&self, types: impl IntoIterator<Item = TypeName>) {
        self.memory().types.extend(types);
    }

    pub(super) fn insert_commit(&self) {
        let mut memory = self.memory();
        memory.commit = !memory.disabled;
    }

    /// Sets the size of the statement cache of a new connection.
    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    pub(crate) fn with_cache_size(pg: &mut AsyncPgConnection, size: CacheSize) -> Self {
        let known = KnownStatements::default();
        known.reset(!matches!(size, CacheSize::Disabled));
        pg.set_prepared_statement_cache_size(size);
        known
    }

    /// Begins anew, for another size of the statement cache.
    pub(super) fn reset(&self, cache_enabled: bool) {
        let mut memory = self.memory();
        // What the connection knows of types is kept elsewhere and stays.
        let types = std::mem::take(&mut memory.types);
        *memory = Memory {
            disabled: !cache_enabled,
            types,
            ..Memory::default()
        };
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sql: &str) -> Text {
        Text {
            sql: sql.into(),
            harmless: true,
        }
    }

    fn int4() -> Vec<PgTypeMetadata> {
        vec![PgTypeMetadata::new(23, 1007)]
    }

    fn int8() -> Vec<PgTypeMetadata> {
        vec![PgTypeMetadata::new(20, 1016)]
    }

    fn named(name: &str) -> Vec<TypeName> {
        vec![(None, name.to_owned())]
    }

    fn knows(known: &KnownStatements, metadata: &[PgTypeMetadata], types: &[TypeName]) -> bool {
        matches!(
            known.by_sql("SELECT $1", metadata, types),
            Lookup::Prepared(_)
        )
    }

    #[test]
    fn a_text_is_known_with_the_types_of_its_binds_alone() {
        let known = KnownStatements::default();
        assert!(!knows(&known, &int4(), &[]));
        known.insert_sql(text("SELECT $1"), int4(), Vec::new());
        assert!(knows(&known, &int4(), &[]));
        assert!(!knows(&known, &int8(), &[]));
        known.insert_sql(text("SELECT $1"), int8(), named("status"));
        assert!(knows(&known, &int8(), &named("status")));
        assert!(!knows(&known, &int8(), &named("colour")));
        assert!(!knows(&known, &int8(), &[]));
    }

    #[test]
    fn a_full_memory_takes_no_other_text() {
        let known = KnownStatements::default();
        for n in 0..LIMIT {
            let sql = format!("SELECT {n}");
            assert!(matches!(known.by_sql(&sql, &[], &[]), Lookup::New));
            known.insert_sql(text(&sql), Vec::new(), Vec::new());
        }
        assert!(matches!(known.by_sql("SELECT 'x'", &[], &[]), Lookup::Full));
        assert!(matches!(
            known.by_sql("SELECT 0", &[], &[]),
            Lookup::Prepared(_)
        ));
    }

    #[test]
    fn another_size_of_the_cache_begins_anew_and_none_remembers_nothing() {
        let known = KnownStatements::default();
        let id = TypeId::of::<u8>();
        for enabled in [true, false, true] {
            known.reset(enabled);
            assert_eq!(known.is_enabled(), enabled);
            assert!(known.by_id(id).is_none() && !knows(&known, &int4(), &[]));
            assert!(!known.has_commit());
            known.insert_id(id, text("SELECT 1"));
            known.insert_sql(text("SELECT $1"), int4(), Vec::new());
            known.insert_commit();
            assert_eq!(known.by_id(id).is_some(), enabled);
            assert_eq!(knows(&known, &int4(), &[]), enabled);
            assert_eq!(known.has_commit(), enabled);
        }
    }
}
