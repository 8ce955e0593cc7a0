//! Indexes that row-level security keeps a query from.
//!
//! Under row-level security PostgreSQL asks the policy first, and lets nothing see a row before it but what
//! is marked LEAKPROOF: a function that tells nothing of its arguments, by an error for one. An index answers
//! a condition before the policy is asked. So a condition whose operator or function is not LEAKPROOF is
//! asked of each row of the tenant instead, and the index on it is as good as absent. It still sorts, and it
//! still keeps its values unique.
//!
//! What is LEAKPROOF is asked of the server: it differs between versions, and a superuser can change it.

use diesel::QueryResult;
#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;

use super::catalog::IndexKey;

/// What stands between a condition and an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// These of the operators that the index answers for values of its type are not LEAKPROOF: most often
    /// all of them, and otherwise those that the index is made for.
    Operators(Vec<String>),
    /// The expression of the index calls what is not LEAKPROOF, so that no condition on it is.
    Calls(Vec<String>),
    /// The operator class is for LIKE and regular expressions, which are not LEAKPROOF.
    Pattern,
}

/// A key of an index that row-level security keeps conditions from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexLimit {
    /// `public.projects`.
    pub table: String,
    /// `public.projects_lower_idx`.
    pub index: String,
    /// The column or expression, as it stands in the index.
    pub key: String,
    /// Why.
    pub obstacle: Obstacle,
    /// The way round it.
    pub instead: &'static str,
}

/// The limits of all indexes of a database, whether row-level security holds for their tables or not.
///
/// # Errors
/// What the server answers when the catalog cannot be read.
#[cfg(feature = "postgres")]
pub fn index_limits<C>(conn: &mut C) -> QueryResult<Vec<IndexLimit>>
where
    C: LoadConnection<Backend = diesel::pg::Pg>,
{
    use diesel::RunQueryDsl;

    let keys: Vec<IndexKey> = diesel::sql_query(IndexKey::SQL).load(conn)?;
    Ok(keys.iter().filter_map(limit).collect())
}

/// [`index_limits`], asynchronously.
///
/// # Errors
/// As `index_limits`.
#[cfg(feature = "async")]
pub async fn index_limits_async(conn: &mut AsyncPgConnection) -> QueryResult<Vec<IndexLimit>> {
    use diesel_async::RunQueryDsl;

    let keys: Vec<IndexKey> = RunQueryDsl::load(diesel::sql_query(IndexKey::SQL), conn).await?;
    Ok(keys.iter().filter_map(limit).collect())
}

/// What keeps conditions from a key, if anything does.
pub(super) fn limit(key: &IndexKey) -> Option<IndexLimit> {
    let obstacle = if !key.calls.is_empty() {
        Obstacle::Calls(key.calls.clone())
    } else if !key.leaky.is_empty() {
        Obstacle::Operators(key.leaky.clone())
    } else if key.class.ends_with("_pattern_ops") {
        Obstacle::Pattern
    } else {
        return None;
    };
    let instead = match obstacle {
        Obstacle::Calls(_) => CALLS,
        Obstacle::Pattern => PATTERN,
        Obstacle::Operators(_) => instead_of(&key.key_type, &key.class),
    };
    Some(IndexLimit {
        table: key.table_name.clone(),
        index: key.index_name.clone(),
        key: key.key.clone(),
        obstacle,
        instead,
    })
}

const CALLS: &str = "Store the result in a column (GENERATED ALWAYS AS (..) STORED), index that column, \
                     and compare it with a value computed beforehand.";
const PATTERN: &str = "For a beginning, write `column ^@ 'beginning'`: it is LEAKPROOF, and this index serves \
                       it. LIKE reads all rows of the tenant.";

/// The way round for values of a type. Whether there is anything to go round is not asked here.
fn instead_of(key_type: &str, class: &str) -> &'static str {
    let name = key_type.rsplit('.').next().unwrap_or(key_type);
    match name {
        _ if class.contains("trgm") => {
            "For a beginning, index the text itself and write `^@`. For the middle of a text there is no \
             index: keep the rows of a tenant few by another condition."
        }
        "citext" => "Use text, and an index on a stored column of the lower-case form.",
        "numeric" => "Store whole numbers: an amount of money as int8 in its smallest unit.",
        "anyenum" => "Use text with CHECK (column IN (..)).",
        "jsonb" => {
            "Store the keys that are asked for in columns of their own (GENERATED ALWAYS AS (data ->> 'key') \
             STORED), and index those."
        }
        "tsvector" => {
            "There is no LEAKPROOF text search. Keep the rows of a tenant few by another condition, or mark \
             `ts_match_vq` LEAKPROOF on a server of your own after reading what it tells."
        }
        "anyarray" => "Store the elements in a table of their own, a row for each.",
        _ => {
            "Compare values of a type whose operators are LEAKPROOF, such as text, int8, uuid, date and \
             timestamptz."
        }
    }
}
