//! In which order tables are filled, so that each row finds the rows that it refers to.

use std::collections::HashSet;

use super::super::PortabilityError;
use super::super::catalog::{Reference, Shape};
use crate::Class;

pub(super) struct Order<'a> {
    pub(super) shape: &'a Shape,
    /// Columns that are filled when all tables are.
    pub(super) later: HashSet<&'a str>,
}

/// Tables that others refer to come first. Where references go in a circle, one that can wait does: it is deferrable, or
/// one of its columns may be NULL at first.
///
/// If the references that cannot wait go in no circle, then among the tables that are left there is always one that has
/// only others. So the first such table is taken, and there is no need to search.
pub(super) fn order<'a>(shapes: &[&'a Shape]) -> Result<Vec<Order<'a>>, PortabilityError> {
    let mut left: Vec<&'a Shape> = shapes.to_vec();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let open = |shape: &Shape| -> Vec<usize> {
            let waits = |reference: &Reference| left.iter().any(|other| other.oid == reference.to);
            let references = shape.references.iter().enumerate();
            references
                .filter(|(_, reference)| waits(reference))
                .map(|(i, _)| i)
                .collect()
        };
        let free = left.iter().position(|shape| open(shape).is_empty());
        let next = free.or_else(|| {
            left.iter().position(|shape| {
                let open = open(shape);
                open.iter().all(|&i| can_wait(shape, &shape.references[i]))
            })
        });
        let Some(next) = next else {
            return Err(PortabilityError::Circle {
                tables: left
                    .iter()
                    .map(|shape| shape.table.path.to_owned())
                    .collect(),
            });
        };
        let shape = left[next];
        let mut later = HashSet::new();
        for i in open(shape) {
            let reference = &shape.references[i];
            if !reference.deferrable {
                later.extend(nullable(shape, reference));
            }
        }
        left.remove(next);
        ordered.push(Order { shape, later });
    }
    Ok(ordered)
}

fn can_wait(shape: &Shape, reference: &Reference) -> bool {
    reference.deferrable || nullable(shape, reference).next().is_some()
}

/// The columns of a reference that may be NULL at first. The one that says whose row it is may not.
fn nullable<'a>(
    shape: &'a Shape,
    reference: &'a Reference,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let owner = match shape.table.class {
        Class::Via { column, .. } => Some(column),
        _ => None,
    };
    let columns = reference
        .columns
        .iter()
        .filter_map(|name| shape.column(name));
    columns
        .filter(move |column| !column.not_null && Some(column.name.as_str()) != owner)
        .map(|column| column.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::super::catalog::Column;
    use super::*;
    use crate::Table;

    const fn table(path: &'static str) -> Table {
        Table {
            path,
            schema: None,
            name: path,
            class: Class::Tenant {
                column: "tenant_id",
            },
            columns: &[],
            primary_key: &["tenant_id", "id"],
            encrypted: &[],
        }
    }

    static TABLES: [Table; 4] = [table("a"), table("b"), table("c"), table("d")];

    /// `ab?` is a reference from a to b that may be NULL, `ab!` one that is deferrable.
    fn shapes(references: &[&str]) -> Vec<Shape> {
        let make = |table: &'static Table| {
            let mut shape = Shape {
                table,
                oid: table.path.to_owned(),
                name: table.path.to_owned(),
                plain_name: table.path.to_owned(),
                columns: Vec::new(),
                references: Vec::new(),
            };
            for text in references
                .iter()
                .filter(|text| text.starts_with(table.path))
            {
                let to = &text[1..2];
                shape.columns.push(Column {
                    name: to.to_owned(),
                    type_name: String::new(),
                    plain_type: String::new(),
                    not_null: !text.ends_with('?'),
                    label: None,
                });
                shape.references.push(Reference {
                    constraint: String::new(),
                    columns: vec!["tenant_id".to_owned(), to.to_owned()],
                    to: to.to_owned(),
                    to_columns: vec!["tenant_id".to_owned(), "id".to_owned()],
                    deferrable: text.ends_with('!'),
                });
            }
            shape
        };
        TABLES.iter().map(make).collect()
    }

    fn ordered(references: &[&str]) -> Result<String, Vec<String>> {
        let shapes = shapes(references);
        let shapes: Vec<&Shape> = shapes.iter().collect();
        match order(&shapes) {
            Ok(order) => Ok(order
                .iter()
                .map(|step| {
                    // The columns of a set have no order.
                    let mut later: Vec<&str> = step.later.iter().copied().collect();
                    later.sort_unstable();
                    format!("{}{}", step.shape.table.path, later.concat())
                })
                .collect::<Vec<_>>()
                .join(" ")),
            Err(PortabilityError::Circle { tables }) => Err(tables),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        assert_eq!(ordered(&[]).unwrap(), "a b c d");
        assert_eq!(ordered(&["ab", "bc", "cd"]).unwrap(), "d c b a");
        assert_eq!(ordered(&["ab?", "ac", "db"]).unwrap(), "b c a d");
    }

    #[test]
    fn in_a_circle_a_reference_waits_that_can() {
        assert_eq!(ordered(&["ab", "ba?"]).unwrap(), "c d ba a");
        assert_eq!(ordered(&["ab", "ba!"]).unwrap(), "c d b a");
        assert_eq!(ordered(&["aa?"]).unwrap(), "b c d aa");
        // Two circles that share a table.
        let two = ordered(&["ab", "bc?", "cb", "ba?", "ca", "da"]);
        assert_eq!(two.unwrap(), "bac a c d");
    }

    #[test]
    fn a_circle_in_which_none_can_wait_is_named() {
        assert_eq!(ordered(&["ab", "ba", "cd"]).unwrap_err(), ["a", "b"]);
        assert_eq!(ordered(&["aa", "ba"]).unwrap_err(), ["a", "b"]);
    }
}
