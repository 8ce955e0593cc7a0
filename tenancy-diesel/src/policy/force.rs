//! Work of the owner on the rows of all tenants.
//!
//! FORCE filters the owner too: an UPDATE of all rows touches none, and a foreign key is found valid
//! because the rows that break it are hidden. So FORCE is taken off for the work, and
//! `row_security = off` turns a table that was forgotten into an error.

use tenancy_core::Table;

use super::command::TenantPolicy;
use super::name::{do_block, regclass, text_array};

/// Takes FORCE off tables that have our policies, and off their partitions.
pub(super) fn unforce(tables: &[&Table]) -> String {
    "SET LOCAL row_security = off;\n".to_owned() + &alter(tables, "NO FORCE")
}

/// Puts it back.
pub(super) fn force(tables: &[&Table]) -> String {
    alter(tables, "FORCE") + "SET LOCAL row_security TO DEFAULT;\n"
}

/// Only tables that have our policies: these are forced, so nothing has to be remembered.
fn alter(tables: &[&Table], change: &str) -> String {
    let relations: Vec<String> = tables.iter().map(|table| regclass(table)).collect();
    let names: Vec<String> = TenantPolicy::of_both_forms()
        .into_iter()
        .map(|policy| policy.name)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    do_block(&format!(
        "DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        WITH RECURSIVE tree (relation) AS (
            SELECT t::oid FROM pg_catalog.unnest(ARRAY[
                {}
            ]) AS t
            UNION
            SELECT i.inhrelid
            FROM tree
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        )
        SELECT tree.relation::pg_catalog.regclass
        FROM tree
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_policy
            WHERE polrelid = tree.relation AND polname = ANY ({})
        )
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s {change} ROW LEVEL SECURITY', relation);
    END LOOP;
END
",
        relations.join(",\n                "),
        text_array(&names),
    ))
}
