//! What the policies change about a plan.

use std::io::{self, Write};

use tenancy_diesel::{Class, Registry};

use super::clause::mentions;
use super::plan::Node;
use crate::terminal::printable;

/// How each table is read in both plans, where that differs.
pub(super) fn write(with: &Node, without: &Node, out: &mut dyn Write) -> io::Result<()> {
    let mut same = true;
    for node in scans(with) {
        let other = scans(without).find(|other| other.alias == node.alias);
        let other = other.map_or("not at all".to_owned(), Node::access);
        if other != node.access() {
            same = false;
            writeln!(
                out,
                "  {}: {} with the policies, {} without",
                printable(node.alias.as_deref().unwrap_or_default()),
                printable(&node.access()),
                printable(&other)
            )?;
        }
    }
    if same {
        writeln!(out, "  both read every table in the same way")?;
    }
    writeln!(
        out,
        "  estimated cost {:.0} with the policies, {:.0} without",
        with.cost, without.cost
    )
}

/// The nodes that read a table.
fn scans(plan: &Node) -> impl Iterator<Item = &Node> {
    plan.all()
        .into_iter()
        .filter(|node| node.relation.is_some())
}

/// The tables of tenants that a plan without policies reads without a condition on the tenant's column.
pub(super) fn unfiltered<'a>(
    registry: Option<&'static Registry>,
    plan: &'a Node,
) -> Vec<(&'a str, &'static str)> {
    let mut found = Vec::new();
    let Some(registry) = registry else {
        return found;
    };
    let nodes = plan.all();
    for node in scans(plan) {
        let (Some(relation), Some(alias)) = (&node.relation, &node.alias) else {
            continue;
        };
        let table = registry.tables.iter().find(|table| {
            let schema = table.schema.unwrap_or("public");
            table.name == relation && node.schema.as_deref() == Some(schema)
        });
        let Some(Class::Tenant { column } | Class::Root { column }) = table.map(|t| t.class) else {
            continue;
        };
        // The condition may have moved to a bitmap below or to a join above.
        let mut conditions = nodes.iter().flat_map(|node| &node.conditions);
        let qualified = format!("{alias}.{column}");
        if !conditions.any(|(_, text)| mentions(text, &qualified))
            && !node
                .conditions
                .iter()
                .any(|(_, text)| mentions(text, column))
        {
            found.push((relation.as_str(), column));
        }
    }
    found
}
