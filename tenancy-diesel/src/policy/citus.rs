//! The tables of the tenants in a database that Citus distributes.
//!
//! Whether the keys carry the tenant is known where the registry says so, and asked of the catalog where the text
//! runs: Citus would refuse most of it as well, table after table, when some are distributed already.

use tenancy_core::{Class, Registry, Table};

use super::name::{comment, do_block, regclass, text_array};
use super::{PolicyOptions, PolicySql};

/// Why the tables of a registry cannot be distributed by their tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A row of the table is found through another table, and Citus distributes by a column of its own.
    #[error(
        "table `{table}` has no tenant column, and Citus distributes by one; add it with \
         `PolicyOptions::add_tenant_column`"
    )]
    NoTenantColumn {
        /// The table's path.
        table: String,
    },
    /// Citus enforces a key within a shard only, so it must hold the column by which rows are distributed.
    #[error("the primary key of table `{table}` lacks the tenant column `{column}`")]
    KeyWithoutTenant {
        /// The table's path.
        table: String,
        /// The tenant column.
        column: String,
    },
    /// The function that verifies sealed tenants reads keys, which policies of Citus cannot.
    #[error("sealed policies cannot be distributed; leave out either `sealed` or `citus`")]
    Sealed,
}

impl PolicyOptions {
    /// Has the policies in the form that Citus takes, which refuses a sub-select in a policy:
    /// `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`.
    ///
    /// The variable is read for each row then, unless the planner has settled it for the whole shard. So raw SQL that
    /// calls `set_config` in a select list can change it in mid-scan, which the usual form does not allow. The filter
    /// of scoped queries is not concerned.
    ///
    /// [`migrations`](Self::migrations) then begin with [`distribution`](Self::distribution), and
    /// [`bootstrap_sql`](super::bootstrap_sql) has Citus tell its workers what a scope sets. The guide,
    /// `docs/scale-out.md`, says what of this was tried where.
    pub fn citus(mut self) -> Self {
        self.citus = true;
        self
    }

    /// Writes what distributes the tables by their tenant, next to each other: `up.sql` and `down.sql` of a migration
    /// that runs before that of the policies, in a database with the extension `citus`.
    ///
    /// Shared tables become reference tables, the root is distributed by its key, and tables of tenants by their tenant
    /// column, those first to which foreign keys point. Excluded tables stay where they are. `up` refuses
    /// unique keys without the tenant, and foreign keys that do not pair it. It can run again when there are new tables.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["tenant_id", "id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let distribution = PolicyOptions::new().citus().distribution(&REGISTRY)?;
    /// assert!(distribution.up().contains("create_distributed_table"));
    /// # Ok::<(), tenancy_diesel::DistributionError>(())
    /// ```
    ///
    /// # Errors
    /// [`DistributionError`] for the first table that cannot be distributed.
    ///
    /// # Panics
    /// As [`generate`](Self::generate), when [`only`](Self::only) names an unknown table.
    pub fn distribution(&self, registry: &Registry) -> Result<PolicySql, DistributionError> {
        if self.sealed {
            return Err(DistributionError::Sealed);
        }
        let tables = self.selected(registry);
        let mut distributed = Vec::new();
        for table in &tables {
            distributed.extend(by_tenant(table)?.map(|column| (*table, column)));
        }
        // The tenants themselves come first: what the others stand next to.
        distributed.sort_by_key(|(table, _)| !matches!(table.class, Class::Root { .. }));
        let shared = tables.iter().filter(|table| table.class == Class::Shared);
        let relations =
            |tables: Vec<String>| format!("ARRAY[{}]::pg_catalog.regclass[]", tables.join(", "));
        let columns: Vec<&str> = distributed.iter().map(|(_, column)| *column).collect();
        let lists = format!(
            "DECLARE
    tables pg_catalog.regclass[] := {};
    tenants text[] := {};
    shared pg_catalog.regclass[] := {};
    one record;
    problems text;
",
            relations(distributed.iter().map(|(t, _)| regclass(t)).collect()),
            text_array(&columns),
            relations(shared.map(|table| regclass(table)).collect()),
        );
        let up = comment(
            "Distributes the tables by their tenant. It needs the extension citus, and runs as",
        ) + &comment(
            "the owner of the tables. Citus distributes what foreign keys tie together one by one.",
        ) + "SET LOCAL citus.multi_shard_modify_mode = 'sequential';\n"
            + &do_block(&format!("{lists}{UP}"));
        let down = comment("Brings the tables back to this server.")
            + &do_block(&format!("{lists}{DOWN}"));
        Ok(PolicySql::from_texts(up, down))
    }
}

/// By which column, if at all.
fn by_tenant(table: &Table) -> Result<Option<&'static str>, DistributionError> {
    let column = match table.class {
        Class::Tenant { column } | Class::Root { column } => column,
        Class::Via { .. } => {
            return Err(DistributionError::NoTenantColumn {
                table: table.path.to_owned(),
            });
        }
        _ => return Ok(None),
    };
    if !table.primary_key.is_empty() && !table.primary_key.contains(&column) {
        return Err(DistributionError::KeyWithoutTenant {
            table: table.path.to_owned(),
            column: column.to_owned(),
        });
    }
    Ok(Some(column))
}

/// Names of Citus come without a schema: it puts them into `pg_catalog`, which is looked at first. So does `unnest` of
/// several arrays, which is no function but syntax.
const UP: &str = "BEGIN
    SELECT pg_catalog.string_agg(found.problem, E'\\n' ORDER BY found.problem) INTO problems
    FROM (
        SELECT pg_catalog.format('%s: the key %s does not hold %I', t.relation, i.indexrelid::pg_catalog.regclass,
                                 t.tenant) AS problem
        FROM unnest(tables, tenants) AS t (relation, tenant)
        JOIN pg_catalog.pg_index AS i ON i.indrelid = t.relation AND (i.indisunique OR i.indisexclusion)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.relation AND a.attname = t.tenant
                AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]))
        UNION ALL
        SELECT pg_catalog.format('%s: the foreign key %I does not pair the tenant of both tables', t.relation,
                                 c.conname)
        FROM unnest(tables, tenants) AS t (relation, tenant)
        JOIN pg_catalog.pg_constraint AS c ON c.conrelid = t.relation AND c.contype = 'f'
        JOIN unnest(tables, tenants) AS o (relation, tenant) ON o.relation = c.confrelid
        WHERE NOT EXISTS (
            SELECT FROM unnest(c.conkey, c.confkey) AS pair (here, there)
            JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = t.relation AND a.attnum = pair.here AND a.attname = t.tenant
            JOIN pg_catalog.pg_attribute AS b
                ON b.attrelid = o.relation AND b.attnum = pair.there AND b.attname = o.tenant)
        UNION ALL
        SELECT pg_catalog.format('%s: the foreign key %I points to %s, which is not of the registry',
                                 c.conrelid::pg_catalog.regclass, c.conname, c.confrelid::pg_catalog.regclass)
        FROM pg_catalog.pg_constraint AS c
        WHERE c.contype = 'f' AND c.conrelid = ANY (tables || shared) AND c.confrelid <> ALL (tables || shared)
        UNION ALL
        SELECT pg_catalog.format('%s: everybody''s table points to %s, which is distributed',
                                 c.conrelid::pg_catalog.regclass, c.confrelid::pg_catalog.regclass)
        FROM pg_catalog.pg_constraint AS c
        WHERE c.contype = 'f' AND c.conrelid = ANY (shared) AND c.confrelid = ANY (tables)
    ) AS found;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION E'tenancy: these tables cannot be distributed by their tenant:\\n%', problems;
    END IF;
    LOOP
        SELECT t.relation INTO one FROM pg_catalog.unnest(shared) WITH ORDINALITY AS t (relation, place)
        WHERE NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = t.relation)
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS c
                WHERE c.contype = 'f' AND c.conrelid = t.relation AND c.confrelid <> t.relation
                    AND NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = c.confrelid))
        ORDER BY t.place LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM create_reference_table(one.relation);
    END LOOP;
    LOOP
        SELECT t.relation, t.tenant, coalesce((
                   SELECT d.logicalrelid::text FROM pg_catalog.unnest(tables) WITH ORDINALITY AS o (relation, place)
                   JOIN pg_dist_partition AS d ON d.logicalrelid = o.relation
                   ORDER BY o.place LIMIT 1), 'none') AS beside
        INTO one
        FROM unnest(tables, tenants) WITH ORDINALITY AS t (relation, tenant, place)
        WHERE NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = t.relation)
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS c
                WHERE c.contype = 'f' AND c.conrelid = t.relation AND c.confrelid <> t.relation
                    AND NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = c.confrelid))
        ORDER BY t.place LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM create_distributed_table(one.relation, one.tenant, colocate_with => one.beside);
    END LOOP;
    SELECT pg_catalog.string_agg(t.relation::text, ', ') INTO problems
    FROM pg_catalog.unnest(tables || shared) AS t (relation)
    WHERE NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = t.relation);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: foreign keys go round in a circle: %', problems
            USING HINT = 'Drop one of them, distribute the tables, and add it again.';
    END IF;
END
";

const DOWN: &str = "BEGIN
    FOR one IN
        SELECT t.relation FROM pg_catalog.unnest(tables || shared) WITH ORDINALITY AS t (relation, place)
        ORDER BY t.place
    LOOP
        -- What foreign keys tie to an earlier one came back with it.
        IF EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = one.relation) THEN
            PERFORM undistribute_table(one.relation, cascade_via_foreign_keys => true);
        END IF;
    END LOOP;
END
";

#[cfg(test)]
mod tests {
    use super::*;

    const fn table(path: &'static str, class: Class, key: &'static [&'static str]) -> Table {
        Table {
            path,
            schema: None,
            name: path,
            class,
            columns: &[],
            primary_key: key,
            encrypted: &[],
        }
    }

    const OWN: Class = Class::Tenant {
        column: "tenant_id",
    };
    const ROOT: Class = Class::Root { column: "id" };
    const SHOP: Registry = Registry::new(
        "app.tenant_id",
        "uuid",
        &[
            table("countries", Class::Shared, &["code"]),
            table("a_tasks", OWN, &["tenant_id", "id"]),
            table("organisations", ROOT, &["id"]),
        ],
    );

    #[test]
    fn the_lists_say_what_is_distributed_by_what() {
        let sql = PolicyOptions::new().citus().distribution(&SHOP).unwrap();
        for line in [
            "tables pg_catalog.regclass[] := ARRAY['\"organisations\"'::pg_catalog.regclass, \
             '\"a_tasks\"'::pg_catalog.regclass]::pg_catalog.regclass[];",
            "tenants text[] := ARRAY['id', 'tenant_id']::text[];",
            "shared pg_catalog.regclass[] := ARRAY['\"countries\"'::pg_catalog.regclass]",
        ] {
            assert!(sql.up().contains(line), "{}", sql.up());
            assert!(sql.down().contains(line));
        }
    }

    #[test]
    fn policies_have_no_sub_select() {
        let policies = PolicyOptions::new().citus().generate(&SHOP);
        let bare =
            "USING (\"tenant_id\" = nullif(current_setting('app.tenant_id', true), '')::uuid)";
        assert!(policies.up().contains(bare), "{}", policies.up());
        // The control.
        let usual = PolicyOptions::new().generate(&SHOP);
        assert!(!usual.up().contains(bare));
    }

    #[test]
    fn migrations_begin_with_the_distribution() {
        let migrations = PolicyOptions::new().citus().migrations(&SHOP);
        let names: Vec<&str> = migrations.as_slice().iter().map(|m| m.name()).collect();
        assert_eq!(names, ["tenancy_distribution", "tenancy_policies"]);
    }

    #[test]
    fn what_cannot_be_distributed_is_refused_with_its_reason() {
        const VIA: Class = Class::Via {
            column: "task_id",
            owner: "a_tasks",
            owner_key: "id",
        };
        const FILES: Registry = Registry::new("v.t", "uuid", &[table("files", VIA, &["id"])]);
        const IDS: Registry = Registry::new("v.t", "uuid", &[table("ids", OWN, &["id"])]);
        let citus = || PolicyOptions::new().citus();
        let text = citus().distribution(&FILES).unwrap_err().to_string();
        assert!(text.contains("add_tenant_column"), "{text}");
        assert_eq!(
            citus().distribution(&IDS),
            Err(DistributionError::KeyWithoutTenant {
                table: "ids".to_owned(),
                column: "tenant_id".to_owned()
            })
        );
        let sealed = citus().sealed().distribution(&SHOP);
        assert_eq!(sealed, Err(DistributionError::Sealed));
    }
}
