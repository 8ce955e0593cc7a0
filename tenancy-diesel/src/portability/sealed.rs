//! The columns of a tenant's keys, one for each label.

use std::collections::HashMap;

use tenancy_core::encryption::{Column, EncryptionError, Label, TenantKeys};

pub(super) struct Columns<'a> {
    keys: &'a TenantKeys,
    columns: HashMap<&'static str, Column>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(keys: &'a TenantKeys) -> Self {
        Columns {
            keys,
            columns: HashMap::new(),
        }
    }

    pub(super) fn column(&mut self, label: &'static str) -> Result<&Column, EncryptionError> {
        use std::collections::hash_map::Entry;

        match self.columns.entry(label) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(empty) => {
                let name = Label::parse(label).map_err(|_| EncryptionError::Malformed)?;
                Ok(empty.insert(self.keys.column(&name)?))
            }
        }
    }
}
