//! Structs with encrypted fields.

use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::prelude::*;

use super::schema::{letters, stamps};

/// A letter to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = letters)]
pub(super) struct NewLetter {
    pub(super) id: i32,
    pub(super) body: Encrypted<String>,
    pub(super) note: Option<Encrypted<String>>,
}

impl NewLetter {
    pub(super) fn new(id: i32, note: Option<&str>) -> Self {
        NewLetter {
            id,
            body: Encrypted::new(format!("body {id}")),
            note: note.map(|note| Encrypted::new(note.to_owned())),
        }
    }
}

/// A letter as it is read, changed and saved.
#[derive(Debug, Clone, Queryable, Selectable, AsChangeset, TenantScoped)]
#[diesel(table_name = letters, check_for_backend(diesel::pg::Pg))]
pub(super) struct Letter {
    pub(super) id: i32,
    pub(super) topic: String,
    pub(super) body: Encrypted<String>,
    pub(super) note: Option<Encrypted<String>>,
}

/// The encrypted half of a letter.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = letters, check_for_backend(diesel::pg::Pg))]
pub(super) struct Contents {
    pub(super) body: Encrypted<String>,
    pub(super) note: Option<Encrypted<String>>,
}

/// A letter with its contents in a struct of their own.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = letters, check_for_backend(diesel::pg::Pg))]
pub(super) struct Envelope {
    pub(super) id: i32,
    #[diesel(embed)]
    pub(super) contents: Contents,
}

/// What to change of a letter; nothing where there is nothing.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = letters)]
pub(super) struct Amendment {
    pub(super) body: Option<Encrypted<String>>,
    pub(super) note: Option<Option<Encrypted<String>>>,
}

/// A stamp.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = stamps, check_for_backend(diesel::pg::Pg))]
pub(super) struct Stamp {
    pub(super) id: i32,
    pub(super) mark: Encrypted<String>,
}
