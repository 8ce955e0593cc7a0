//! The form of the file.

use serde::{Deserialize, Serialize};
use tenancy_diesel::{Class, Column, EncryptedColumn, Registry, Table};

/// The version of the form.
pub(super) const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: u32,
    pub(super) variable: String,
    pub(super) tenant_type: String,
    pub(super) tables: Vec<FileTable>,
}

/// The part of the file that every version has.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) format: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileTable {
    pub(super) path: String,
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) class: FileClass,
    pub(super) columns: Vec<FileColumn>,
    pub(super) primary_key: Vec<String>,
    pub(super) encrypted: Vec<FileEncrypted>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum FileClass {
    Tenant {
        column: String,
    },
    Root {
        column: String,
    },
    Via {
        column: String,
        owner: String,
        owner_key: String,
    },
    Shared {},
    Excluded {
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileColumn {
    pub(super) name: String,
    pub(super) sql_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEncrypted {
    pub(super) column: String,
    pub(super) label: String,
}

impl File {
    pub(super) fn of(registry: &Registry) -> Self {
        File {
            format: FORMAT,
            variable: registry.variable.to_owned(),
            tenant_type: registry.tenant_type.to_owned(),
            tables: registry.tables.iter().map(FileTable::of).collect(),
        }
    }

    /// A registry lives as long as the process, which reads one.
    pub(super) fn leak(self) -> &'static Registry {
        let tables: Vec<Table> = self.tables.into_iter().map(FileTable::leak).collect();
        let registry = Registry::new(leak(self.variable), leak(self.tenant_type), tables.leak());
        Box::leak(Box::new(registry))
    }
}

impl FileTable {
    fn of(table: &Table) -> Self {
        let columns = table.columns.iter().map(|column| FileColumn {
            name: column.name.to_owned(),
            sql_type: column.sql_type.to_owned(),
        });
        let encrypted = table.encrypted.iter().map(|column| FileEncrypted {
            column: column.column.to_owned(),
            label: column.label.to_owned(),
        });
        FileTable {
            path: table.path.to_owned(),
            schema: table.schema.map(str::to_owned),
            name: table.name.to_owned(),
            class: FileClass::of(table.class),
            columns: columns.collect(),
            primary_key: table.primary_key.iter().map(|&c| c.to_owned()).collect(),
            encrypted: encrypted.collect(),
        }
    }
}

impl FileClass {
    fn of(class: Class) -> Self {
        match class {
            Class::Tenant { column } => FileClass::Tenant {
                column: column.to_owned(),
            },
            Class::Root { column } => FileClass::Root {
                column: column.to_owned(),
            },
            Class::Via {
                column,
                owner,
                owner_key,
            } => FileClass::Via {
                column: column.to_owned(),
                owner: owner.to_owned(),
                owner_key: owner_key.to_owned(),
            },
            Class::Shared => FileClass::Shared {},
            Class::Excluded { reason } => FileClass::Excluded {
                reason: reason.to_owned(),
            },
            class => panic!("this release does not know the class {class:?}"),
        }
    }
}

fn leak(text: String) -> &'static str {
    text.leak()
}

impl FileTable {
    fn leak(self) -> Table {
        let class = match self.class {
            FileClass::Tenant { column } => Class::Tenant {
                column: leak(column),
            },
            FileClass::Root { column } => Class::Root {
                column: leak(column),
            },
            FileClass::Via {
                column,
                owner,
                owner_key,
            } => Class::Via {
                column: leak(column),
                owner: leak(owner),
                owner_key: leak(owner_key),
            },
            FileClass::Shared {} => Class::Shared,
            FileClass::Excluded { reason } => Class::Excluded {
                reason: leak(reason),
            },
        };
        let columns = self.columns.into_iter().map(|column| Column {
            name: leak(column.name),
            sql_type: leak(column.sql_type),
        });
        let encrypted = self.encrypted.into_iter().map(|column| EncryptedColumn {
            column: leak(column.column),
            label: leak(column.label),
        });
        let key = self.primary_key.into_iter().map(leak);
        Table {
            path: leak(self.path),
            schema: self.schema.map(leak),
            name: leak(self.name),
            class,
            columns: columns.collect::<Vec<_>>().leak(),
            primary_key: key.collect::<Vec<_>>().leak(),
            encrypted: encrypted.collect::<Vec<_>>().leak(),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        let class: Vec<&String> = match &self.class {
            FileClass::Tenant { column } | FileClass::Root { column } => vec![column],
            FileClass::Via {
                column,
                owner,
                owner_key,
            } => vec![column, owner, owner_key],
            FileClass::Shared {} | FileClass::Excluded { .. } => Vec::new(),
        };
        [&self.path, &self.name]
            .into_iter()
            .chain(&self.schema)
            .chain(class)
            .chain(self.columns.iter().map(|column| &column.name))
            .chain(&self.primary_key)
            .chain(self.encrypted.iter().flat_map(|c| [&c.column, &c.label]))
    }
}
