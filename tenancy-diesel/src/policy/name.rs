//! Names and texts that stand in SQL without changing its meaning.

use tenancy_core::{Table, quote_identifier, quote_literal};

/// What PostgreSQL keeps of an identifier.
const MAX_IDENTIFIER_BYTES: usize = 63;

/// `"schema"."name"`, or `"name"` where the search path decides.
pub(super) fn qualified(table: &Table) -> String {
    in_schema_of(table, table.name)
}

/// The name of something that lives in the schema of a table.
pub(super) fn in_schema_of(table: &Table, name: &str) -> String {
    let name = quote_identifier(name);
    match table.schema {
        Some(schema) => format!("{}.{name}", quote_identifier(schema)),
        None => name,
    }
}

/// A table as a constant of type `regclass`.
pub(super) fn regclass(table: &Table) -> String {
    format!("{}::pg_catalog.regclass", quote_literal(&qualified(table)))
}

/// Quoted names with commas between.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quote_identifier(name)).collect();
    quoted.join(", ")
}

/// `ARRAY['a', 'b']::text[]`.
pub(super) fn text_array(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote_literal(text)).collect();
    format!("ARRAY[{}]::text[]", quoted.join(", "))
}

/// `tenancy_<table>_<purpose>`, within the length that PostgreSQL keeps.
///
/// The server would cut off the end, so that two tables with a long common beginning would share
/// one name, and IF NOT EXISTS would take the index of one for that of the other. A name that is too
/// long therefore gives way to a digest of itself.
pub(super) fn derived(table: &Table, purpose: &str) -> String {
    let full = format!("tenancy_{}_{purpose}", table.name);
    if full.len() <= MAX_IDENTIFIER_BYTES {
        return full;
    }
    let tail = format!("_{:08x}_{purpose}", fnv1a(&full));
    let mut end = MAX_IDENTIFIER_BYTES.saturating_sub(tail.len());
    while !full.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{tail}", &full[..end])
}

/// The text of one comment line. A line break would end the comment.
pub(super) fn comment(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("-- {line}\n")
}

/// A DO block around PL/pgSQL, whatever names the code contains.
pub(super) fn do_block(code: &str) -> String {
    let mut tag = "$tenancy$".to_owned();
    while code.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("DO {tag}\n{code}{tag};\n")
}

/// The 32-bit FNV-1a hash: stable across releases and platforms, which the hasher of the standard
/// library is not.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use tenancy_core::Class;

    use super::*;

    const fn table(name: &'static str) -> Table {
        Table {
            path: "t",
            schema: Some("s"),
            name,
            class: Class::Shared,
            columns: &[],
            primary_key: &[],
            encrypted: &[],
        }
    }

    #[test]
    fn long_names_stay_apart_and_within_the_limit() {
        let first = "a_table_with_a_name_that_is_almost_as_long_as_one_can_be_one";
        let second = "a_table_with_a_name_that_is_almost_as_long_as_one_can_be_two";
        let (first, second) = (
            derived(&table(first), "tenant_idx"),
            derived(&table(second), "tenant_idx"),
        );
        assert_ne!(first, second);
        for name in [&first, &second] {
            assert_eq!(name.len(), 63);
            assert!(name.ends_with("_tenant_idx"), "{name}");
        }
        let wide = "ü".repeat(31);
        let wide: &'static str = Box::leak(wide.into_boxed_str());
        assert!(derived(&table(wide), "tenant_idx").len() <= 63);
    }

    #[test]
    fn a_comment_is_one_line() {
        assert_eq!(
            comment("moves\r\nDROP TABLE x; \u{85}--"),
            "-- moves  DROP TABLE x;  --\n"
        );
    }

    #[test]
    fn code_cannot_end_its_own_block() {
        let block = do_block("SELECT '$tenancy$', '$tenancy_$';\n");
        assert!(block.starts_with("DO $tenancy__$\n"), "{block}");
        assert!(block.ends_with("$tenancy__$;\n"), "{block}");
    }

    #[test]
    fn names_in_schemas_are_quoted_in_both_parts() {
        assert_eq!(qualified(&table("a\"b")), r#""s"."a""b""#);
        assert_eq!(
            regclass(&table("a'b")),
            r#"E'"s"."a''b"'::pg_catalog.regclass"#
        );
    }
}
