//! Rows to records.

use diesel::sql_types::{BigInt, Bool, Bytea, Integer, Nullable, Text};
use tenancy_core::encryption::{CanonicalTenant, KeyRecord, KeyState, TenantRecord, WrappedKey};

use super::error::KeyStoreError;

pub(super) const DATA: &str = "data";
pub(super) const INDEX: &str = "index";

/// A tenant's row beside the row of one of its keys.
#[derive(diesel::QueryableByName)]
pub(super) struct LoadedRow {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Bool)]
    shredded: bool,
    #[diesel(sql_type = Nullable<Integer>)]
    format: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    root: Option<String>,
    #[diesel(sql_type = Nullable<Bytea>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    memory_kib: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    passes: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    lanes: Option<i64>,
    #[diesel(sql_type = Nullable<Bytea>)]
    commitment: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    floor: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    lease_seconds: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<String>,
    #[diesel(sql_type = Nullable<Bytea>)]
    wrapped: Option<Vec<u8>>,
}

/// The record of the rows of one tenant; none for a tenant without rows.
pub(super) fn record(rows: Vec<LoadedRow>) -> Result<Option<TenantRecord>, KeyStoreError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let revision = u64::try_from(first.revision).map_err(|_| KeyStoreError::Malformed)?;
    let keys = match first.shredded {
        true => None,
        false => {
            let mut keys = first.without_keys().ok_or(KeyStoreError::Malformed)?;
            for row in rows {
                row.add_to(&mut keys).ok_or(KeyStoreError::Malformed)?;
            }
            Some(keys)
        }
    };
    Ok(Some(TenantRecord { revision, keys }))
}

impl LoadedRow {
    fn without_keys(&self) -> Option<KeyRecord> {
        Some(KeyRecord {
            format: self.format?.try_into().ok()?,
            root: self.root.clone()?,
            salt: self.salt.as_deref()?.try_into().ok()?,
            memory_kib: unsigned(self.memory_kib)?,
            passes: unsigned(self.passes)?,
            lanes: unsigned(self.lanes)?,
            commitment: self.commitment.as_deref()?.try_into().ok()?,
            floor: unsigned(self.floor)?,
            lease_seconds: unsigned(self.lease_seconds)?,
            data: Vec::new(),
            index: Vec::new(),
        })
    }

    /// A tenant without keys has one row, with nothing of a key in it.
    fn add_to(self, keys: &mut KeyRecord) -> Option<()> {
        let Some(kind) = self.kind else {
            return Some(());
        };
        let kind = match kind.as_str() {
            DATA => &mut keys.data,
            INDEX => &mut keys.index,
            _ => return None,
        };
        kind.push(WrappedKey {
            number: unsigned(self.number)?,
            state: KeyState::from_name(&self.state?)?,
            wrapped: self.wrapped,
        });
        Some(())
    }
}

fn unsigned(number: Option<i64>) -> Option<u32> {
    number?.try_into().ok()
}

#[derive(diesel::QueryableByName)]
pub(super) struct TenantRow {
    #[diesel(sql_type = Text)]
    tenant: String,
}

pub(super) fn tenants(rows: Vec<TenantRow>) -> Result<Vec<CanonicalTenant>, KeyStoreError> {
    rows.iter()
        .map(|row| CanonicalTenant::from_text(&row.tenant).map_err(|_| KeyStoreError::Malformed))
        .collect()
}
