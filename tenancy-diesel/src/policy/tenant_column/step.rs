//! The statements for one table.

use tenancy_core::{Registry, Table, quote_identifier, quote_literal};

use crate::policy::PolicyOptions;
use crate::policy::columns::Form;
use crate::policy::name::{comment, derived, do_block, qualified, regclass};
use crate::policy::predicate::{session_value, type_name};

/// How many blocks of a table a batch goes through: 8 MB.
const BATCH_BLOCKS: u32 = 1000;

#[derive(Clone, Copy)]
pub(super) struct Step {
    /// As it is described before.
    pub(super) table: &'static Table,
    pub(super) owner: &'static Table,
    pub(super) column: &'static str,
    pub(super) foreign_key: &'static str,
    pub(super) owner_column: &'static str,
    pub(super) owner_key: &'static str,
}

impl Step {
    /// Two statements: a DEFAULT that comes with the column would fill in the session's tenant, none,
    /// for the rows that are there.
    pub(super) fn add_column(&self, registry: &Registry, options: &PolicyOptions) -> String {
        let (table, column) = (qualified(self.table), quote_identifier(self.column));
        format!(
            "ALTER TABLE {table} ADD COLUMN {column} {};\n\
             ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {};\n",
            type_name(registry.tenant_type),
            session_value(registry, options),
        )
    }

    pub(super) fn drop_column(&self) -> String {
        format!(
            "ALTER TABLE {} DROP COLUMN IF EXISTS {};\n",
            qualified(self.table),
            quote_identifier(self.column)
        )
    }

    /// The rows without a tenant get that of their owner.
    pub(super) fn fill_in(&self) -> String {
        self.update(&qualified(self.table)) + ";\n"
    }

    pub(super) fn update(&self, table: &str) -> String {
        let column = quote_identifier(self.column);
        format!(
            "UPDATE {table} AS t SET {column} = o.{}\n    FROM {} AS o\n    WHERE o.{} = t.{} AND t.{column} IS NULL",
            quote_identifier(self.owner_column),
            qualified(self.owner),
            quote_identifier(self.owner_key),
            quote_identifier(self.foreign_key),
        )
    }

    /// By blocks of the table, so that no batch goes through what earlier ones have done. Rows that are
    /// written meanwhile have the tenant from the DEFAULT.
    pub(super) fn fill_in_batches(&self) -> String {
        comment(
            "One statement: it commits after each batch, which a transaction around it would not let it.",
        ) + &do_block(&format!(
            "DECLARE
    part pg_catalog.regclass;
    parts pg_catalog.regclass[];
    block bigint;
    blocks bigint;
BEGIN
    WITH RECURSIVE tree (relation) AS (
        SELECT {}::oid
        UNION
        SELECT i.inhrelid
        FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
    )
    SELECT pg_catalog.array_agg(c.oid::pg_catalog.regclass) INTO parts
    FROM tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
    WHERE c.relkind = 'r';
    FOREACH part IN ARRAY parts LOOP
        block := 0;
        blocks := pg_catalog.pg_relation_size(part)
            / pg_catalog.current_setting('block_size')::bigint;
        WHILE block < blocks LOOP
            PERFORM pg_catalog.set_config('row_security', 'off', true);
            EXECUTE pg_catalog.format({}, part)
                USING pg_catalog.format('(%s,0)', block)::tid,
                    pg_catalog.format('(%s,0)', block + {BATCH_BLOCKS})::tid;
            COMMIT;
            block := block + {BATCH_BLOCKS};
        END LOOP;
    END LOOP;
END
",
            regclass(self.table),
            quote_literal(&format!(
                "{} AND t.ctid >= $1 AND t.ctid < $2",
                self.update("\0")
                    .replace('%', "%%")
                    .replace('\0', "ONLY %s")
            )),
        ))
    }

    pub(super) fn refuse_orphans(&self) -> String {
        do_block(&format!(
            "BEGIN
    IF EXISTS (SELECT FROM {} WHERE {} IS NULL) THEN
        RAISE EXCEPTION 'tenancy: rows of % have no owner, so that no tenant can be told', {};
    END IF;
END
",
            qualified(self.table),
            quote_identifier(self.column),
            quote_literal(&qualified(self.table)),
        ))
    }

    /// Whether the owner needs a unique key over the tenant and its key, for the foreign key to point to.
    pub(super) fn needs_target(&self) -> bool {
        let mut key = self.owner.primary_key.to_vec();
        let mut target = vec![self.owner_column, self.owner_key];
        key.sort_unstable();
        target.sort_unstable();
        key != target
    }

    pub(super) fn target_name(&self) -> String {
        derived(self.owner, &format!("{}_target", self.owner_key))
    }

    pub(super) fn target_columns(&self) -> String {
        format!(
            "{}, {}",
            quote_identifier(self.owner_column),
            quote_identifier(self.owner_key)
        )
    }

    pub(super) fn add_target(&self, form: Form) -> String {
        let name = quote_identifier(&self.target_name());
        let definition = match form {
            Form::Plain => format!("UNIQUE ({})", self.target_columns()),
            Form::Online => format!("UNIQUE USING INDEX {name}"),
        };
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {name} {definition};\n",
            qualified(self.owner)
        )
    }

    pub(super) fn drop_target(&self) -> String {
        format!(
            "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};\n",
            qualified(self.owner),
            quote_identifier(&self.target_name())
        )
    }

    pub(super) fn foreign_key_name(&self) -> String {
        quote_identifier(&derived(self.table, "owner_fkey"))
    }

    /// Without actions: those of the foreign key that is there have taken place when it is checked.
    pub(super) fn add_foreign_key(&self, suffix: &str) -> String {
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {}\n    FOREIGN KEY ({}, {}) REFERENCES {} ({}){suffix};\n",
            qualified(self.table),
            self.foreign_key_name(),
            quote_identifier(self.column),
            quote_identifier(self.foreign_key),
            qualified(self.owner),
            self.target_columns(),
        )
    }

    pub(super) fn drop_foreign_key(&self) -> String {
        format!(
            "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};\n",
            qualified(self.table),
            self.foreign_key_name()
        )
    }

    pub(super) fn check_name(&self) -> String {
        quote_identifier(&derived(self.table, "tenant_filled"))
    }

    pub(super) fn add_check(&self) -> String {
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID;\n",
            qualified(self.table),
            self.check_name(),
            quote_identifier(self.column)
        )
    }

    pub(super) fn drop_check(&self) -> String {
        format!(
            "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};\n",
            qualified(self.table),
            self.check_name()
        )
    }

    pub(super) fn validate(&self) -> String {
        let table = qualified(self.table);
        format!(
            "ALTER TABLE {table} VALIDATE CONSTRAINT {};\n\
             ALTER TABLE {table} VALIDATE CONSTRAINT {};\n",
            self.check_name(),
            self.foreign_key_name()
        )
    }

    pub(super) fn set_not_null(&self) -> String {
        self.alter_column("SET NOT NULL")
    }

    pub(super) fn drop_not_null(&self) -> String {
        self.alter_column("DROP NOT NULL")
    }

    pub(super) fn alter_column(&self, change: &str) -> String {
        format!(
            "ALTER TABLE {} ALTER COLUMN {} {change};\n",
            qualified(self.table),
            quote_identifier(self.column)
        )
    }
}
