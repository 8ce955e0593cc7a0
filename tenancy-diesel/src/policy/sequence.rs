//! Sequences behind `serial` columns.
//!
//! An identity column needs no privilege on its sequence. A `serial` column does, and the registry
//! does not tell the two apart, so the database is asked. USAGE allows `nextval` and `currval`, but
//! neither reading the sequence, which would tell how many rows all tenants have, nor setting it.

use tenancy_core::{Table, quote_literal};

use super::PolicyOptions;
use super::name::{comment, do_block, regclass};

pub(super) fn up(options: &PolicyOptions, tables: &[&Table]) -> String {
    each(options, tables, "GRANT USAGE ON SEQUENCE %s TO %I")
}

pub(super) fn down(options: &PolicyOptions, tables: &[&Table]) -> String {
    each(options, tables, "REVOKE USAGE ON SEQUENCE %s FROM %I")
}

fn each(options: &PolicyOptions, tables: &[&Table], statement: &str) -> String {
    let scoped: Vec<String> = tables
        .iter()
        .filter(|table| table.class.is_scoped())
        .map(|table| regclass(table))
        .collect();
    if scoped.is_empty() {
        return String::new();
    }
    let code = format!(
        "DECLARE
    sequence pg_catalog.regclass;
BEGIN
    FOR sequence IN
        SELECT s.oid::pg_catalog.regclass
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.deptype = 'a'
            AND d.refobjid IN (
                {}
            )
    LOOP
        EXECUTE pg_catalog.format('{statement}', sequence, {});
    END LOOP;
END
",
        scoped.join(",\n                "),
        quote_literal(&options.app),
    );
    comment("Sequences of serial columns") + &do_block(&code)
}
