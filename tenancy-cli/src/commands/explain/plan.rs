//! A plan as the server writes it in JSON.

use std::fmt;

use serde_json::Value;

use crate::terminal::printable;

/// The conditions that a node can have, in the order in which they are shown.
const CONDITIONS: [&str; 8] = [
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "One-Time Filter",
    "Order By",
    "Filter",
];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) schema: Option<String>,
    pub(super) relation: Option<String>,
    pub(super) alias: Option<String>,
    pub(super) index: Option<String>,
    pub(super) conditions: Vec<(&'static str, String)>,
    pub(super) cost: f64,
    rows: f64,
    /// Rows, loops and milliseconds. How many rows a filter removed is not kept: they may be others'.
    actual: Option<(f64, f64, f64)>,
    children: Vec<Node>,
}

impl Node {
    pub(super) fn parse(json: &str) -> Option<Self> {
        let plans: Value = serde_json::from_str(json).ok()?;
        Node::of(plans.get(0)?.get("Plan")?)
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| value.get(key).and_then(Value::as_f64);
        let conditions = CONDITIONS
            .into_iter()
            .filter_map(|key| Some((key, text(key)?)));
        let kind = text("Node Type")?;
        let kind = match text("Join Type").or_else(|| text("Operation")) {
            Some(more) if more != "Inner" => format!("{kind} ({more})"),
            _ => kind,
        };
        let children = value.get("Plans").and_then(Value::as_array);
        let children = children.map_or(&[][..], Vec::as_slice);
        let actual = number("Actual Rows")
            .and_then(|rows| Some((rows, number("Actual Loops")?, number("Actual Total Time")?)));
        Some(Node {
            kind,
            schema: text("Schema"),
            relation: text("Relation Name"),
            alias: text("Alias"),
            index: text("Index Name"),
            conditions: conditions.collect(),
            cost: number("Total Cost").unwrap_or_default(),
            rows: number("Plan Rows").unwrap_or_default(),
            actual,
            children: children.iter().filter_map(Node::of).collect(),
        })
    }

    /// This node and all below it, from above.
    pub(super) fn all(&self) -> Vec<&Node> {
        let mut nodes = vec![self];
        for child in &self.children {
            nodes.extend(child.all());
        }
        nodes
    }

    pub(super) fn uses(&self, index: &str) -> bool {
        self.all().iter().any(|n| n.index.as_deref() == Some(index))
    }

    /// How a table is read, in a few words.
    pub(super) fn access(&self) -> String {
        let nodes = self.all();
        // Of a bitmap scan it is the nodes below that have the indexes.
        let own = |node: &&&Node| node.relation.is_none() || **node == self;
        let indexes = nodes.iter().filter(own).filter_map(|n| n.index.as_deref());
        let indexes: Vec<&str> = indexes.collect();
        if indexes.is_empty() {
            return self.kind.clone();
        }
        format!("{} on {}", self.kind, indexes.join(" and "))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth + 1);
        let mut line = self.kind.clone();
        if let Some(index) = &self.index {
            line += &format!(" using {index}");
        }
        if let Some(relation) = &self.relation {
            line += &format!(" on {relation}");
            if let Some(alias) = self.alias.as_ref().filter(|alias| *alias != relation) {
                line += &format!(" as {alias}");
            }
        }
        line += &format!("  (cost {:.0}, {:.0} rows)", self.cost, self.rows);
        if let Some((rows, loops, time)) = self.actual {
            line += &format!(" (measured: {rows:.0} rows, {loops:.0} times, {time:.3} ms)");
        }
        writeln!(f, "{indent}{}", printable(&line))?;
        for (name, condition) in &self.conditions {
            writeln!(f, "{indent}    {name}: {}", printable(condition))?;
        }
        for child in &self.children {
            child.write(f, depth + 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}
