/// Whether raw SQL is a statement that reads or writes rows. Any other (`SET`, `COMMIT`, `LISTEN`,
/// `DO`, ..) may leave something behind in the session, so a pool's connection is not reused after
/// it.
///
/// A function of the application's own that a SELECT calls can do so too; what it leaves in the tenant
/// variable is overridden by the next scope's own setting.
pub(super) fn is_plain_statement(sql: &str) -> bool {
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
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "VALUES" | "TABLE" => {
            !mentions(sql, &["set_config"])
        }
        // SELECT .. INTO TEMP makes a table that hides another.
        "SELECT" | "WITH" | "EXPLAIN" => !mentions(sql, &["into", "set_config"]),
        _ => false,
    }
}

/// Whether one of the words occurs, also inside of a name or a literal: better a connection too many
/// discarded than one too few.
fn mentions(sql: &str, words: &[&str]) -> bool {
    let sql = sql.to_ascii_lowercase();
    words.iter().any(|word| sql.contains(word))
}

fn skip_comment(sql: &str) -> Option<&str> {
    if let Some(line) = sql.strip_prefix("--") {
        return Some(line.split_once('\n').map_or("", |(_, rest)| rest));
    }
    let block = sql.strip_prefix("/*")?;
    Some(block.split_once("*/").map_or("", |(_, rest)| rest))
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
            "insert into t values (1)",
        ] {
            assert!(is_plain_statement(sql), "{sql}");
        }
        for sql in [
            "SET app.tenant_id = 'b'",
            "/* SELECT */ COMMIT",
            "-- SELECT\nBEGIN",
            "LISTEN x",
            "SELECT * INTO TEMP projects FROM countries",
            "SELECT set_config('search_path', 'x', false)",
            "",
            "--",
        ] {
            assert!(!is_plain_statement(sql), "{sql}");
        }
    }
}
