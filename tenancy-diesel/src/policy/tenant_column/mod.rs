//! The tenant column of a table that has been owned through a foreign key.

mod step;

use tenancy_core::{Class, Registry, Table, quote_identifier};

use super::columns::{Form, Index, holds_text, tenant_column, validate};
use super::files::{MigrationFile, MigrationFiles};
use super::force::{force, unforce};
use super::name::{comment, in_schema_of, qualified};
use super::{PolicyOptions, leftover, partition, plain_name, table};
use step::Step;

impl PolicyOptions {
    /// Writes the migrations that give a `via` table the tenant column, and its owners before it where
    /// they are `via` tables too.
    ///
    /// They add the column, fill it in from the owner, add a foreign key that carries the tenant, make
    /// the column NOT NULL, and put the policies of a tenant table in the place of those of a `via`
    /// table. Apply them after the table has its policies. Then run `diesel print-schema`, and take the
    /// table out of `via = [..]` in `tenant_schema!`.
    ///
    /// The column has the name of the tenant column of the registry's first tenant table, or `tenant_id`
    /// where there is none. It gets the tenant of the session as its DEFAULT, so that the program of
    /// before goes on inserting rows; the foreign key to the owner alone stays, with its actions.
    ///
    /// With [`online`](Self::online) there are several migrations: rows are filled in by batches, in
    /// transactions of their own, and constraints are validated later. Between the first and the last
    /// migration the owner of the tables is not filtered by the policies; the application is.
    ///
    /// # Panics
    /// When the registry has no such `via` table, its foreign key is the tenant itself, or the registry
    /// contradicts itself as for [`generate`](Self::generate).
    ///
    /// ```
    /// use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    ///
    /// const fn table(name: &'static str, class: Class) -> Table {
    ///     Table {
    ///         path: name,
    ///         schema: None,
    ///         name,
    ///         class,
    ///         columns: &[],
    ///         primary_key: &["id"],
    ///         encrypted: &[],
    ///     }
    /// }
    /// const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[
    ///     table("tasks", Class::Tenant { column: "tenant_id" }),
    ///     table("attachments", Class::Via { column: "task_id", owner: "tasks", owner_key: "id" }),
    /// ]);
    ///
    /// let migrations = PolicyOptions::new().add_tenant_column(&REGISTRY, "attachments");
    /// let up = migrations.as_slice()[0].up();
    /// assert!(up.contains(r#"ALTER TABLE "attachments" ADD COLUMN "tenant_id" uuid;"#));
    /// assert!(up.contains(r#"FOREIGN KEY ("tenant_id", "task_id") REFERENCES "tasks" ("tenant_id", "id")"#));
    /// ```
    pub fn add_tenant_column(&self, registry: &Registry, path: &str) -> MigrationFiles {
        let plan = Plan::new(self, registry, path);
        MigrationFiles(if self.online {
            plan.online()
        } else {
            vec![plan.plain()]
        })
    }
}

/// The table, after its owners where these have no column either.
struct Plan<'a> {
    options: &'a PolicyOptions,
    before: Registry,
    after: Registry,
    steps: Vec<Step>,
    /// All tables that are read or written.
    tables: Vec<&'static Table>,
    /// Tables whose policies go through one of the steps.
    dependants: Vec<&'static str>,
}

impl<'a> Plan<'a> {
    fn new(options: &'a PolicyOptions, registry: &Registry, path: &str) -> Self {
        let column = registry
            .tables
            .iter()
            .find_map(|table| match table.class {
                Class::Tenant { column } => Some(column),
                _ => None,
            })
            .unwrap_or("tenant_id");
        let mut steps = Vec::new();
        let mut next = via(registry, path);
        for _ in 0..=registry.tables.len() {
            let (
                Some(table),
                Class::Via {
                    column: foreign_key,
                    owner,
                    owner_key,
                },
            ) = (next, next.map_or(Class::Shared, |table| table.class))
            else {
                break;
            };
            let Some(owner) = registry.table(owner) else {
                panic!(
                    "table `{}` is owned through `{owner}`, which is not there",
                    table.path
                );
            };
            let owner_column = tenant_column(owner).unwrap_or(column);
            assert!(
                !(matches!(owner.class, Class::Root { .. }) && owner_key == owner_column),
                "the column `{foreign_key}` of table `{}` is the tenant already",
                table.path
            );
            steps.push(Step {
                table,
                owner,
                column,
                foreign_key,
                owner_column,
                owner_key,
            });
            next = Some(owner);
        }
        // The owners come before what they own.
        steps.reverse();
        let tables: Vec<Table> = registry
            .tables
            .iter()
            .map(|table| {
                let changed = steps.iter().any(|step| step.table.path == table.path);
                Table {
                    class: if changed {
                        Class::Tenant { column }
                    } else {
                        table.class
                    },
                    ..*table
                }
            })
            .collect();
        let mut read: Vec<&'static Table> = Vec::new();
        for table in steps.iter().flat_map(|step| [step.owner, step.table]) {
            if !read.contains(&table) {
                read.push(table);
            }
        }
        let dependants = registry
            .tables
            .iter()
            .filter(|table| leads_through(registry, table, &steps))
            .map(|table| table.path)
            .collect();
        Plan {
            options,
            before: *registry,
            after: Registry::new(registry.variable, registry.tenant_type, Vec::leak(tables)),
            steps,
            tables: read,
            dependants,
        }
    }

    fn plain(&self) -> MigrationFile {
        let mut up = comment("The tenant column. It runs as the owner of the tables.")
            + &unforce(&self.tables);
        for step in &self.steps {
            up += &step.add_column(&self.before, self.options);
            up += &step.fill_in();
            up += &step.refuse_orphans();
            if step.needs_target() {
                up += &step.add_target(Form::Plain);
            }
            up += &step.add_foreign_key("");
            up += &step.set_not_null();
        }
        up += &self.policies(&self.after, Form::Plain);
        up += &force(&self.tables);
        let mut down = self.policies(&self.before, Form::Plain);
        for step in self.steps.iter().rev() {
            down += &step.drop_foreign_key();
            if step.needs_target() {
                down += &step.drop_target();
            }
            down += &step.drop_column();
        }
        MigrationFile {
            name: "tenancy_tenant_column".to_owned(),
            up,
            down,
            run_in_transaction: true,
        }
    }

    fn online(&self) -> Vec<MigrationFile> {
        let nothing = || comment("What it did goes with the column.") + "SELECT 1;\n";
        let each =
            |part: &dyn Fn(&Step) -> String| -> String { self.steps.iter().map(part).collect() };
        let back = |part: &dyn Fn(&Step) -> String| -> String {
            self.steps.iter().rev().map(part).collect()
        };
        let mut files = vec![migration(
            "tenancy_tenant_column_add",
            comment("From here until the last migration the owner of the tables is not filtered.")
                + &each(&|step| step.add_column(&self.before, self.options))
                + &unforce(&self.tables),
            back(&Step::drop_column) + &force(&self.tables),
        )];
        for step in &self.steps {
            files.push(MigrationFile {
                run_in_transaction: false,
                ..migration(
                    &format!("tenancy_tenant_column_fill_{}", plain_name(step.table.name)),
                    step.fill_in_batches(),
                    nothing(),
                )
            });
        }
        for step in &self.steps {
            files.extend(self.indexes(step));
        }
        files.push(migration(
            "tenancy_tenant_column_constraints",
            each(&|step| {
                let mut text = String::new();
                if step.needs_target() {
                    text += &step.add_target(Form::Online);
                }
                text + &step.add_foreign_key(" NOT VALID") + &step.add_check()
            }),
            back(&|step| {
                let mut text = step.drop_check() + &step.drop_foreign_key();
                if step.needs_target() {
                    text += &step.drop_target();
                }
                text
            }) + &self.drop_keys(),
        ));
        files.push(migration(
            "tenancy_tenant_column_validate",
            comment("Reads the tables. Others can read and write them meanwhile.")
                + "SET LOCAL row_security = off;\n"
                + &each(&Step::validate)
                + "SET LOCAL row_security TO DEFAULT;\n",
            nothing(),
        ));
        files.push(migration(
            "tenancy_tenant_column_policies",
            each(&|step| step.set_not_null() + &step.drop_check())
                + &self.policies(&self.after, Form::Online)
                + &force(&self.tables),
            self.policies(&self.before, Form::Online)
                + &back(&|step| step.drop_not_null() + &step.add_check()),
        ));
        let checks: String = self
            .steps
            .iter()
            .filter_map(|step| self.after.table(step.table.path))
            .filter(|table| holds_text(&self.after, table).is_some())
            .map(|table| validate(self.options, &self.after, table))
            .collect();
        if !checks.is_empty() {
            files.push(migration("tenancy_tenant_column_check", checks, nothing()));
        }
        files
    }

    /// The constraints that have taken the concurrently built indexes.
    fn drop_keys(&self) -> String {
        self.steps
            .iter()
            .filter_map(|step| self.after.table(step.table.path))
            .filter_map(|table| Some((table, Index::of(self.options, table)?)))
            .filter(|(_, index)| index.is_key)
            .map(|(table, index)| index.down(table))
            .collect()
    }

    /// The indexes that the constraints and the policies need.
    fn indexes(&self, step: &Step) -> Vec<MigrationFile> {
        let concurrently = |name: &str, up: String, down: String| MigrationFile {
            run_in_transaction: false,
            ..migration(&plain_name(name), up, down)
        };
        let mut files = Vec::new();
        if step.needs_target() {
            let name = step.target_name();
            files.push(concurrently(
                &name,
                format!(
                    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} ({});\n",
                    quote_identifier(&name),
                    qualified(step.owner),
                    step.target_columns(),
                ),
                format!(
                    "DROP INDEX CONCURRENTLY IF EXISTS {};\n",
                    in_schema_of(step.owner, &name)
                ),
            ));
        }
        let table = self.after.table(step.table.path);
        if let Some((table, index)) =
            table.and_then(|table| Some((table, Index::of(self.options, table)?)))
        {
            files.push(concurrently(
                &index.name,
                index.create_concurrently(table),
                index.drop_concurrently(table),
            ));
        }
        files
    }

    /// The policies of the tables, and of those that are owned through them.
    fn policies(&self, registry: &Registry, form: Form) -> String {
        let tables: Vec<&Table> = registry
            .tables
            .iter()
            .filter(|table| self.dependants.contains(&table.path))
            .collect();
        let mut text = leftover::sql(self.options, &tables);
        for table in &tables {
            text += &table::up(self.options, registry, table, form);
        }
        text += &partition::up(self.options, registry, &tables);
        text
    }
}

fn migration(name: &str, up: String, down: String) -> MigrationFile {
    MigrationFile {
        name: name.to_owned(),
        up,
        down,
        run_in_transaction: true,
    }
}

fn via(registry: &Registry, path: &str) -> Option<&'static Table> {
    let table = registry.table(path);
    let is_via = table.is_some_and(|table| matches!(table.class, Class::Via { .. }));
    assert!(is_via, "the registry has no `via` table `{path}`");
    table
}

/// Whether the table is one of the steps, or owned through one.
fn leads_through(registry: &Registry, table: &Table, steps: &[Step]) -> bool {
    let mut next = Some(table);
    for _ in 0..=registry.tables.len() {
        let Some(table) = next else { return false };
        if steps.iter().any(|step| step.table.path == table.path) {
            return true;
        }
        next = match table.class {
            Class::Via { owner, .. } => registry.table(owner),
            _ => None,
        };
    }
    false
}
