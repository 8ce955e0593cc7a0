//! The one place that knows the text of a policy's condition.
//!
//! Its forms are also what the reference tables of `tenancy-migrations` carry, so that a live policy
//! can be compared with them; a test holds the two together.

use tenancy_core::{Class, Registry, Table, quote_identifier, quote_literal};

use super::{OnMissing, PolicyOptions};

/// The permissive policy that lets a tenant's rows through.
pub(crate) const SCOPE: &str = "tenancy_scope";
/// The restrictive policy with the same condition, against later permissive ones.
pub(crate) const GUARD: &str = "tenancy_guard";
/// The permissive policy of the admin role.
pub(crate) const ADMIN: &str = "tenancy_admin";

/// The condition of a scoped table's policies.
///
/// # Panics
/// When the table is not scoped, or its chain of owners does not end at a table that is.
pub(crate) fn condition(registry: &Registry, table: &Table, options: &PolicyOptions) -> String {
    owned(registry, table, None, 0, &session_tenant(registry, options))
}

/// The same for the row that has the alias `row`, such as the name of a partition.
///
/// # Panics
/// As [`condition`].
pub(crate) fn condition_of_row(
    registry: &Registry,
    table: &Table,
    row: &str,
    options: &PolicyOptions,
) -> String {
    let tenant = session_tenant(registry, options);
    owned(registry, table, Some(row), 0, &tenant)
}

/// The condition that the row with the alias `row` belongs to the tenant that `tenant` evaluates to.
///
/// # Panics
/// As [`condition`].
#[cfg(feature = "encryption")]
pub(crate) fn owned_by(registry: &Registry, table: &Table, row: &str, tenant: &str) -> String {
    owned(registry, table, Some(row), 0, tenant)
}

/// The tenant of the session.
///
/// The sub-select is read once per statement; a bare `current_setting` would be read for each row,
/// and a `set_config` in the select list could change it in mid-scan. The cast is inside for the
/// same reason. After its first transaction-local setting the variable is the empty text for the
/// rest of the session, hence `nullif`. There is no function around it: an IMMUTABLE one would freeze
/// the first tenant into cached plans. Where the variable is sealed, the one function that reads it is STABLE.
///
/// Citus takes no sub-select in a policy.
pub(crate) fn session_tenant(registry: &Registry, options: &PolicyOptions) -> String {
    let value = session_value(registry, options);
    if options.citus {
        value
    } else {
        format!("(SELECT {value})")
    }
}

/// The same without the sub-select, which a DEFAULT cannot have.
pub(super) fn session_value(registry: &Registry, options: &PolicyOptions) -> String {
    let variable = quote_literal(registry.variable);
    let tenant_type = type_name(registry.tenant_type);
    if options.sealed {
        let strict = options.on_missing == OnMissing::Error;
        return format!("tenancy.sealed_tenant({variable}, {strict})::{tenant_type}");
    }
    match options.on_missing {
        OnMissing::NoRows => {
            format!("nullif(current_setting({variable}, true), '')::{tenant_type}")
        }
        OnMissing::Error => format!("current_setting({variable})::{tenant_type}"),
    }
}

fn owned(
    registry: &Registry,
    table: &Table,
    row: Option<&str>,
    depth: usize,
    tenant: &str,
) -> String {
    match table.class {
        Class::Tenant { column } | Class::Root { column } => {
            format!("{} = {tenant}", reference(row, column))
        }
        Class::Via {
            column,
            owner,
            owner_key,
        } => {
            // A chain longer than the schema has come by one of its tables twice.
            let next = registry
                .table(owner)
                .filter(|_| depth < registry.tables.len());
            let Some(next) = next else {
                panic!(
                    "table `{}` is owned through `{owner}`, which leads to no tenant",
                    table.path
                );
            };
            // The aliases keep apart the tables of a chain that have the same name in two schemas.
            let alias = format!("tenancy_owner_{depth}");
            format!(
                "EXISTS (SELECT 1 FROM {} AS {} WHERE {} = {} AND {})",
                super::name::qualified(next),
                quote_identifier(&alias),
                reference(Some(&alias), owner_key),
                reference(row.or(Some(table.name)), column),
                owned(registry, next, Some(&alias), depth + 1, tenant),
            )
        }
        _ => panic!("table `{}` leads to no tenant", table.path),
    }
}

fn reference(row: Option<&str>, column: &str) -> String {
    let column = quote_identifier(column);
    row.map_or_else(
        || column.clone(),
        |row| format!("{}.{column}", quote_identifier(row)),
    )
}

/// Plain names stay as they are, because `integer` is a type and `"integer"` is none.
pub(crate) fn type_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain {
        name.to_owned()
    } else {
        quote_identifier(name)
    }
}
