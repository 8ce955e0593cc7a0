/// What an application declares about its tables: the one description that the query filter, the
/// row-level-security policies and every tool around them read.
///
/// `tenant_schema!` of `tenancy-diesel` writes it, as `schema::REGISTRY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registry {
    /// The session variable that carries the tenant, such as `app.tenant_id`.
    pub variable: &'static str,
    /// The PostgreSQL type of the tenant column, as a policy casts to it: `uuid`, `int4`, ..
    pub tenant_type: &'static str,
    /// Every table of the schema, in the order of the schema file.
    pub tables: &'static [Table],
}

impl Registry {
    /// Describes a schema. Called by `tenant_schema!`.
    pub const fn new(
        variable: &'static str,
        tenant_type: &'static str,
        tables: &'static [Table],
    ) -> Self {
        Registry {
            variable,
            tenant_type,
            tables,
        }
    }

    /// The table with this path, as `tenant_schema!` names it: `tasks`, or `billing::invoices` for
    /// a table of another PostgreSQL schema.
    pub fn table(&self, path: &str) -> Option<&'static Table> {
        self.tables.iter().find(|t| t.path == path)
    }
}

/// One table of a [`Registry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The Rust path below the schema module, such as `tasks` or `billing::invoices`.
    pub path: &'static str,
    /// The PostgreSQL schema, where the schema file names one; otherwise the search path decides.
    pub schema: Option<&'static str>,
    /// The name in the database.
    pub name: &'static str,
    /// Whose rows it holds.
    pub class: Class,
    /// The columns, in the order of the schema file.
    pub columns: &'static [Column],
    /// The primary key as the database has it, tenant column included.
    pub primary_key: &'static [&'static str],
    /// The columns declared as encrypted.
    pub encrypted: &'static [EncryptedColumn],
}

/// One column of a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in the database.
    pub name: &'static str,
    /// The Diesel SQL type, as the schema file spells it, such as `Nullable<Text>`.
    pub sql_type: &'static str,
}

/// A column that holds ciphertext, with the label under which its key is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncryptedColumn {
    /// The name in the database.
    pub column: &'static str,
    /// The label. It never changes, also when the table or the column is renamed.
    pub label: &'static str,
}

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Each row belongs to the tenant in this column.
    Tenant {
        /// The name of the tenant column.
        column: &'static str,
    },
    /// The table of the tenants: the key of a row *is* the tenant.
    Root {
        /// The name of the key column.
        column: &'static str,
    },
    /// Each row belongs to the tenant of the row that a foreign key names.
    Via {
        /// The name of the foreign-key column.
        column: &'static str,
        /// The path of the table it points to.
        owner: &'static str,
        /// The name of the column it points to.
        owner_key: &'static str,
    },
    /// Everybody reads; the application role does not write.
    Shared,
    /// Holds rows of tenants but is not scoped yet.
    Excluded {
        /// Why, and until when.
        reason: &'static str,
    },
}

impl Class {
    /// Whether queries on the table are scoped: tenant, root and via tables.
    pub const fn is_scoped(&self) -> bool {
        matches!(
            self,
            Class::Tenant { .. } | Class::Root { .. } | Class::Via { .. }
        )
    }
}
