use tenancy_core::{Class, Registry, Table};

use super::columns::Form;
use super::name::comment;
use super::{PolicyOptions, leftover, partition, preflight, sequence, shared, table};

/// The two texts of a Diesel migration: what goes into `up.sql` and into `down.sql`.
///
/// Neither opens a transaction, since Diesel runs each migration in one. Applied by other means, put
/// BEGIN and COMMIT around them. Both can run again without a further effect.
///
/// `up` has to run as the owner of the tables. No statement of it reads rows through row-level
/// security, which holds for the owner too: constraints and indexes see all rows.
///
/// `up` refuses to start where `down` could not put back what was there: where a tenant column may be
/// null, where one of the roles has privileges already, or where a table has policies of another
/// origin. The message names the statements that settle it. One thing `down` cannot tell: SELECT on a
/// shared table is taken also where it was there before.
///
/// `down` takes the privileges of the application role along with the policies. A database without
/// its policies is closed, not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySql {
    up: String,
    down: String,
}

impl PolicySql {
    /// The text of `up.sql`.
    pub fn up(&self) -> &str {
        &self.up
    }

    /// The text of `down.sql`.
    pub fn down(&self) -> &str {
        &self.down
    }

    pub(super) fn from_texts(up: String, down: String) -> Self {
        PolicySql { up, down }
    }

    pub(super) fn write(
        options: &PolicyOptions,
        registry: &Registry,
        tables: &[&'static Table],
        form: Form,
    ) -> Self {
        let mut up = vec![
            comment("Row-level security for the tables of the tenants. Run it as their owner."),
            preflight::up(options, registry, tables),
            leftover::sql(options, tables),
        ];
        let mut down = vec![comment(
            "Takes back what up.sql did, the privileges first: what is not protected is not \
             reachable.",
        )];
        for declared in tables {
            match declared.class {
                Class::Tenant { .. } | Class::Root { .. } | Class::Via { .. } => {
                    up.push(table::up(options, registry, declared, form));
                    down.push(table::down(options, registry, declared));
                }
                Class::Shared => {
                    up.push(shared::up(options, declared));
                    down.push(shared::down(options, declared));
                }
                Class::Excluded { reason } => {
                    let note = comment(&format!("{}: not scoped: {reason}", declared.path));
                    up.push(note.clone());
                    down.push(note);
                }
                _ => panic!("table `{}` is of an unknown class", declared.path),
            }
        }
        up.push(partition::up(options, registry, tables));
        up.push(sequence::up(options, tables));
        down.push(leftover::sql(options, tables));
        down.push(partition::down(registry, tables));
        // Before the tables, in the order in which access ends.
        down.insert(1, sequence::down(options, tables));
        PolicySql {
            up: paragraphs(&up),
            down: paragraphs(&down),
        }
    }
}

pub(super) fn paragraphs(parts: &[String]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("\n")
}
