use std::io;
use std::path::PathBuf;

use tenancy_core::encryption::EncryptionError;

/// Why an export or an import stopped. An export that stopped has no manifest; an import that stopped has changed
/// nothing.
///
/// No text holds a value of a row or a tenant's id. The texts of the sources are the server's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortabilityError {
    /// The database refused a statement, or the connection was lost.
    #[error("the database did not carry out a statement")]
    Database(#[from] diesel::result::Error),
    /// The scope is in a transaction already.
    #[error("an export or an import needs a scope outside of any transaction")]
    InTransaction,
    /// The registry is that of another schema than the scope's.
    #[error("the registry has another session variable or type of tenant than the scope")]
    OtherSchema,
    /// The registry declares a table that the database does not have, or that the role may not see.
    #[error("table `{table}` is not in the database")]
    NoTable {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// Row-level security does not confine the role on this table.
    #[error(
        "row-level security does not confine this role on table `{table}`: connect as the application's role, and \
         write the table's policies"
    )]
    NotConfined {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// Tables that the registry does not know have a column with the name of a tenant column.
    #[error(
        "the registry does not know these tables, which look like tables of tenants: {}; declare them, or leave them \
         out with a reason", .tables.join(", ")
    )]
    UnknownTables {
        /// The tables, with their schemas.
        tables: Vec<String>,
    },
    /// A table that is to be left out is not there, or is one of the registry.
    #[error("table `{table}` cannot be left out: it is not there, or the registry declares it")]
    NothingToLeave {
        /// The table, as the caller named it.
        table: String,
    },
    /// A file or directory could not be read or written.
    #[error("{} could not be read or written", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The directory of an export is not new, or not empty.
    #[error("{} is there already and not empty; an export is never written over", .path.display())]
    NotEmptyDirectory {
        /// Its path.
        path: PathBuf,
    },
    /// A value could not be opened or sealed.
    #[error("a value of column `{column}` of table `{table}` could not be opened or sealed")]
    Encryption {
        /// The table, as its Rust path below the schema module.
        table: String,
        /// The column.
        column: String,
        /// Why.
        #[source]
        error: EncryptionError,
    },
    /// Values of the column are bound to their rows, and nothing says how the ids of the rows are made.
    #[error(
        "values of column `{column}` of table `{table}` are bound to their rows; give `row_ids` for the column"
    )]
    RowBound {
        /// The table, as its Rust path below the schema module.
        table: String,
        /// The column.
        column: String,
    },
    /// There are encrypted values and no keys to seal them with.
    #[error("column `{column}` of table `{table}` is encrypted; give the keys of the tenant")]
    NoKeys {
        /// The table, as its Rust path below the schema module.
        table: String,
        /// The column.
        column: String,
    },
    /// The encrypted values of the files are sealed, for another tenant.
    #[error(
        "the encrypted values of these files are sealed under the keys of another tenant; give its keys as source keys, or \
         export with keys"
    )]
    NoSourceKeys,
    /// The caller names a column that the table does not have or that cannot be used so.
    #[error("table `{table}` has no column `{column}` for this")]
    NoColumn {
        /// The table, as the caller named it.
        table: String,
        /// The column.
        column: String,
    },
    /// The keys are those of another tenant.
    #[error("the keys are not those of this tenant")]
    OtherTenant,
    /// The tenant has rows already. An import fills an empty tenant and does not merge.
    #[error(
        "the tenant has rows in table `{table}` already; an import needs a tenant without rows"
    )]
    NotEmpty {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// A row has a key that is taken, perhaps by another tenant: a key that does not lead with the tenant.
    #[error(
        "a row of table `{table}` has a key that is taken. Keys that do not lead with the tenant cannot be imported beside \
         the rows that have them"
    )]
    Taken {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// A row refers to one that is not there, such as one of a shared table.
    #[error(
        "a row of table `{table}` refers to a row that is not there; perhaps one of a shared table"
    )]
    MissingReference {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// A row refers to one that the tenant does not have.
    #[error(
        "a row of table `{table}` refers, by `{constraint}`, to a row that is not the tenant's"
    )]
    ForeignReference {
        /// The table, as its Rust path below the schema module.
        table: String,
        /// The foreign key.
        constraint: String,
    },
    /// Foreign keys go in a circle, and none of them can wait.
    #[error(
        "the foreign keys of these tables go in a circle in which none is deferrable or may be NULL: {}", .tables.join(", ")
    )]
    Circle {
        /// The tables, as their Rust paths below the schema module.
        tables: Vec<String>,
    },
    /// Not every row was inserted: a trigger, or a rule, did something else.
    #[error("the database did not insert each row of table `{table}`: look at its triggers")]
    NotInserted {
        /// The table, as its Rust path below the schema module.
        table: String,
    },
    /// The files are not those of an export that this schema can take.
    #[error("the files cannot be imported: {0}")]
    Files(#[from] Mistake),
    /// The server answered something that was not asked.
    #[error("the server gave an answer that was not expected")]
    UnexpectedAnswer,
}

/// What is wrong with the files of an import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
    /// There is no manifest, so the export did not end, or it is none.
    #[error("manifest.json is missing, too long, or no manifest; an export writes it last")]
    Manifest,
    /// A later release wrote it.
    #[error("the manifest has the format {format}, which a later release reads")]
    Format {
        /// Its format.
        format: u32,
    },
    /// The tenants of the two databases have different types.
    #[error("the tenants of these files have another type of id")]
    TenantType,
    /// It names a table that the registry does not declare as one of tenants, or names it twice.
    #[error(
        "table {number} of the manifest is not one of the tenants' tables here, or is named twice"
    )]
    Table {
        /// Its place in the manifest.
        number: usize,
    },
    /// It names a column that cannot be imported: one that the table does not have, the tenant column, a
    /// generated one, or one that is named twice.
    #[error("column {number} of table `{table}` in the manifest cannot be imported")]
    Column {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// Its place in the manifest.
        number: usize,
    },
    /// A file is missing, or is a link or something else than a file.
    #[error("the file of table `{table}` is missing, or is no regular file")]
    NoFile {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// A line does not have the form of a row.
    #[error("line {line} of table `{table}` is no row of its columns")]
    Line {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The line.
        line: u64,
    },
    /// A line is longer than an import takes.
    #[error("line {line} of table `{table}` is longer than {limit} bytes")]
    LongLine {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The line.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// A file has another number of rows, or other bytes, than the manifest says.
    #[error(
        "the file of table `{table}` is not the one that was exported: its rows or its checksum differ"
    )]
    Differs {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
}
