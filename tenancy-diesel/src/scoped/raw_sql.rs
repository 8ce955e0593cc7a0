use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::write::WITH_NEW_ROWS;

/// What changes the session from within a statement that reads or writes rows.
const TRACES: &[&str] = &[
    "set_config",
    // A view whose UPDATE is a `set_config`.
    "pg_settings",
    // Locks of the session. Those of the transaction are `pg_advisory_xact_lock`.
    "advisory_lock",
    // A name in escapes, such as U&"set\005fconfig".
    "u&\"",
    // Functions that run the SQL they are given: `query_to_xml` and its kin, and of the text search.
    "_to_xml",
    "ts_stat",
    "ts_rewrite",
    // Whoever seeds the session knows what `random()` gives next.
    "setseed",
];

/// Whether a statement reads or writes rows. Any other (`SET`, `COMMIT`, `LISTEN`, `DO`, ..) may leave
/// something behind in the session, so a pool's connection is not reused after it.
///
/// This is asked of scoped statements too: they hold fragments of raw SQL, and what a query is wrapped in
/// can begin with anything.
///
/// A function of the application's own that a SELECT calls can do so too; what it leaves in the tenant
/// variable is overridden by the next scope's own setting.
pub(crate) fn is_plain_statement(sql: &str) -> bool {
    // The library's own INSERT into a table that its owner owns has an INTO of its own.
    let owned_insert = sql.strip_prefix(WITH_NEW_ROWS);
    if let Some(rest) = owned_insert.and_then(|insert| insert.strip_prefix("INSERT INTO ")) {
        return leaves_no_trace(rest) && !says_into(rest);
    }
    let mut rest = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
    while let Some(after) = skip_comment(rest) {
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    }
    let word: String = rest
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_uppercase();
    match word.as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "VALUES" | "TABLE" => leaves_no_trace(sql),
        // SELECT .. INTO TEMP makes a table that hides another.
        "SELECT" | "WITH" => leaves_no_trace(sql) && !says_into(sql),
        // EXPLAIN ANALYZE CREATE TABLE .. AS makes it.
        "EXPLAIN" => {
            leaves_no_trace(sql) && !says_into(sql) && !mentions(sql, &["create", "execute"])
        }
        _ => false,
    }
}

/// Whether a statement that reads or writes rows leaves the session as it was.
fn leaves_no_trace(sql: &str) -> bool {
    !mentions(sql, TRACES)
}

/// Whether `INTO` occurs as a word. In a longer name, such as that of a column, it is none.
fn says_into(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.match_indices("into").any(|(at, word)| {
        // A number may stand right before a word, and so may the `$` that ends a literal.
        let continues = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        let before = sql[..at].chars().next_back();
        let after = sql[at + word.len()..].chars().next();
        !before.is_some_and(continues)
            && !after.is_some_and(|c| continues(c) || c.is_ascii_digit() || c == '$')
    })
}

/// Judges the statement of this query id the first time that a thread meets it and it can be rendered.
pub(super) fn judged_once(id: TypeId, judge: impl FnOnce() -> Option<bool>) -> Option<bool> {
    thread_local! {
        static JUDGED: RefCell<HashMap<TypeId, bool>> = RefCell::default();
    }
    // Rendering runs code of the application, so nothing is borrowed meanwhile.
    if let Some(judged) = JUDGED.with_borrow(|judged| judged.get(&id).copied()) {
        return Some(judged);
    }
    let harmless = judge()?;
    JUDGED.with_borrow_mut(|judged| judged.insert(id, harmless));
    Some(harmless)
}

/// Whether one of the words occurs, also inside of a name or a literal: better a connection too many
/// discarded than one too few.
fn mentions(sql: &str, words: &[&str]) -> bool {
    let sql = sql.to_ascii_lowercase();
    words.iter().any(|word| sql.contains(word))
}

/// What follows a comment at the beginning. Block comments nest.
fn skip_comment(sql: &str) -> Option<&str> {
    if let Some(line) = sql.strip_prefix("--") {
        return Some(line.split_once(['\n', '\r']).map_or("", |(_, rest)| rest));
    }
    let mut rest = sql.strip_prefix("/*")?;
    let mut depth = 1;
    while depth > 0 {
        let (Some(end), begin) = (rest.find("*/"), rest.find("/*")) else {
            return Some("");
        };
        match begin.filter(|begin| *begin < end) {
            Some(begin) => (rest, depth) = (&rest[begin + 2..], depth + 1),
            None => (rest, depth) = (&rest[end + 2..], depth - 1),
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::is_plain_statement;

    #[test]
    fn statements_that_change_the_session_are_told_apart() {
        for sql in [
            "SELECT 1",
            " (select 1) union (select 2)",
            "/* a */ -- b\n WITH x AS (SELECT 1) TABLE x",
            "/* /* a */ b */ insert into t values (1)",
            "SELECT pg_advisory_xact_lock(1)",
            "EXPLAIN SELECT 1",
            "SELECT \"moved_into\", \"into_the_past\" FROM \"schränkeinto\"",
            "WITH \"tenancy_new\" AS (INSERT INTO \"t\" AS \"t\" (\"a\") VALUES ($1) RETURNING *) SELECT 1",
        ] {
            assert!(is_plain_statement(sql), "{sql}");
        }
        for sql in [
            "SET app.tenant_id = 'b'",
            "/* SELECT */ COMMIT",
            "/* /* */ SELECT */ COMMIT",
            "--\rLISTEN\nVALUES",
            "/* SELECT",
            "-- SELECT\nBEGIN",
            "LISTEN x",
            "SELECT * INTO TEMP projects FROM countries",
            "(SELECT 1INTO TEMP projects) UNION SELECT 2",
            "SELECT $$a$$INTO TEMP projects",
            "SELECT 'a'INTO\"projects\"",
            "WITH \"tenancy_new\" AS (INSERT INTO \"t\" VALUES ($1) RETURNING *) SELECT 1 INTO TEMP x",
            "SELECT set_config('search_path', 'x', false)",
            "SELECT U&\"set\\005fconfig\"('search_path', 'x', false)",
            "UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
            "EXPLAIN ANALYZE CREATE TEMP TABLE projects AS SELECT 1",
            "SELECT pg_advisory_lock(1)",
            "SELECT query_to_xml('SELECT set' || '_config(..)', true, true, '')",
            "",
            "--",
        ] {
            assert!(!is_plain_statement(sql), "{sql}");
        }
    }
}
