//! Tables that everybody reads.

use tenancy_core::Table;

use super::PolicyOptions;
use super::name::{comment, list, qualified};

/// There is no row-level security: the rows belong to nobody. Privileges alone keep the application
/// from writing.
pub(super) fn up(options: &PolicyOptions, table: &Table) -> String {
    let (name, roles) = (qualified(table), list(&options.granted_roles()));
    format!(
        "{}REVOKE ALL ON {name} FROM PUBLIC, {roles};\nGRANT SELECT ON {name} TO {roles};\n",
        comment(&format!("{}: shared, read only", table.path)),
    )
}

pub(super) fn down(options: &PolicyOptions, table: &Table) -> String {
    format!(
        "{}REVOKE ALL ON {} FROM {};\n",
        comment(table.path),
        qualified(table),
        list(&options.granted_roles()),
    )
}
