//! Policies of the form that the options do not ask for.

use tenancy_core::Table;

use super::PolicyOptions;
use super::command::{TenantPolicy, policy_names};
use super::name::{comment, do_block, regclass, text_array};
use super::predicate::ADMIN;

/// Drops what an earlier run with the other form may have left. Permissive policies add up, so that
/// one that stays would count beside the new ones.
pub(super) fn sql(options: &PolicyOptions, tables: &[&Table]) -> String {
    let scoped: Vec<String> = tables
        .iter()
        .filter(|table| table.class.is_scoped())
        .map(|table| regclass(table))
        .collect();
    if scoped.is_empty() {
        return String::new();
    }
    let wanted = TenantPolicy::wanted(options);
    let names = policy_names();
    let others: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|&name| name != ADMIN && !wanted.iter().any(|policy| policy.name == name))
        .collect();
    let code = format!(
        "DECLARE
    policy record;
BEGIN
    FOR policy IN
        SELECT polname, polrelid::pg_catalog.regclass AS relation
        FROM pg_catalog.pg_policy
        WHERE polname = ANY ({})
            AND polrelid IN (
                {}
            )
    LOOP
        EXECUTE pg_catalog.format('DROP POLICY %I ON %s', policy.polname, policy.relation);
    END LOOP;
END
",
        text_array(&others),
        scoped.join(",\n                "),
    );
    comment("Policies of the other form, FOR ALL or one for each command, that an earlier run left")
        + &do_block(&code)
}
