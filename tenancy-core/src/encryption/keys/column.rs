use std::fmt;
use std::sync::Arc;

use super::TenantKeys;
use super::tenant::ColumnKeys;
use crate::encryption::codec::{Decode, Encode, Untyped};
use crate::encryption::envelope::{Envelope, Form, open, open_untyped, reseal, seal, seal_untyped};
use crate::encryption::secret::random_bytes;
use crate::encryption::{EncryptionError, Label, Padding, RowId};

/// Seals and opens the values of one column of one tenant.
///
/// ```
/// # use tenancy_core::encryption::*;
/// # let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?.tenant(&7)?;
/// const API_KEY: Label = Label::literal("projects.api_key");
///
/// let column = keys.column(&API_KEY)?;
/// let sealed = column.seal("s3cret")?;
/// assert_eq!(sealed.len(), "s3cret".len() + OVERHEAD_BYTES);
/// assert_eq!(column.open::<String>(&sealed)?, "s3cret");
///
/// // Another column, or another tenant, does not open it.
/// let other = keys.column(&Label::literal("projects.token"))?;
/// assert_eq!(other.open::<String>(&sealed), Err(EncryptionError::WrongKey));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Column {
    tenant: TenantKeys,
    label: Label,
    padding: Padding,
    keys: Arc<ColumnKeys>,
    epoch: u64,
}

impl Column {
    pub(super) fn new(tenant: TenantKeys, label: Label, keys: Arc<ColumnKeys>, epoch: u64) -> Self {
        Column {
            tenant,
            label,
            padding: Padding::None,
            keys,
            epoch,
        }
    }

    /// Hides the length of the values that are sealed from here on. Opening needs no such word: the
    /// envelope says whether it is padded.
    pub fn padded(self, padding: Padding) -> Self {
        Column { padding, ..self }
    }

    /// The label.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Seals a value under the active generation.
    ///
    /// # Errors
    /// [`EncryptionError::NotUnlocked`] when the lease is over, [`EncryptionError::TenantShredded`],
    /// [`EncryptionError::TooLarge`], [`EncryptionError::Rng`], and what [`Encode`] answers.
    pub fn seal<T: Encode + ?Sized>(&self, value: &T) -> Result<Vec<u8>, EncryptionError> {
        self.seal_bound(value, None)
    }

    /// Seals a value for one row. It opens with [`open_row`](Column::open_row) and the same row only.
    ///
    /// ```
    /// # use tenancy_core::encryption::*;
    /// # let keys = DerivedKeys::new_blocking("example", RootKey::generate()?)?.tenant(&7)?;
    /// let column = keys.column(&Label::literal("projects.api_key"))?;
    /// let sealed = column.seal_row(&RowId::new("1"), "s3cret")?;
    /// assert_eq!(column.open_row::<String>(&RowId::new("1"), &sealed)?, "s3cret");
    /// assert_eq!(
    ///     column.open_row::<String>(&RowId::new("2"), &sealed),
    ///     Err(EncryptionError::Tampered),
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`seal`](Column::seal).
    pub fn seal_row<T: Encode + ?Sized>(
        &self,
        row: &RowId,
        value: &T,
    ) -> Result<Vec<u8>, EncryptionError> {
        self.seal_bound(value, Some(row))
    }

    /// Opens a value.
    ///
    /// # Errors
    /// Any [`EncryptionError`] except those of sealing.
    pub fn open<T: Decode>(&self, bytes: &[u8]) -> Result<T, EncryptionError> {
        self.open_bound(bytes, None)
    }

    /// Opens a value that was sealed for this row.
    ///
    /// # Errors
    /// As [`open`](Column::open); [`EncryptionError::Tampered`] for a value of another row.
    pub fn open_row<T: Decode>(&self, row: &RowId, bytes: &[u8]) -> Result<T, EncryptionError> {
        self.open_bound(bytes, Some(row))
    }

    /// Seals a value of an older generation anew, whatever its type; nothing if it is of the active
    /// one. Padding stays as it is.
    ///
    /// # Errors
    /// As [`open`](Column::open) and [`seal`](Column::seal).
    pub fn reseal(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, EncryptionError> {
        self.reseal_bound(bytes, None)
    }

    /// [`reseal`](Column::reseal) of a value that was sealed for this row.
    ///
    /// # Errors
    /// As [`open_row`](Column::open_row) and [`seal`](Column::seal).
    pub fn reseal_row(
        &self,
        row: &RowId,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, EncryptionError> {
        self.reseal_bound(bytes, Some(row))
    }

    /// Opens a value whatever its type is; one that is bound to a row, for that row.
    ///
    /// # Errors
    /// As [`open`](Column::open), and [`EncryptionError::CodecMismatch`] for a type that this release does not know.
    pub fn open_untyped(
        &self,
        row: Option<&RowId>,
        bytes: &[u8],
    ) -> Result<Untyped, EncryptionError> {
        let envelope = Envelope::parse(bytes)?;
        self.with_keys(|keys| open_untyped(keys.of(envelope.generation)?, &envelope, row))
    }

    /// Seals a value that [`open_untyped`](Column::open_untyped) has opened, perhaps of another tenant. Its own padding
    /// is kept.
    ///
    /// # Errors
    /// As [`seal`](Column::seal).
    pub fn seal_untyped(
        &self,
        row: Option<&RowId>,
        value: &Untyped,
    ) -> Result<Vec<u8>, EncryptionError> {
        self.with_keys(|keys| seal_untyped(keys.active()?, value, row, random_bytes()?))
    }

    fn seal_bound<T: Encode + ?Sized>(
        &self,
        value: &T,
        row: Option<&RowId>,
    ) -> Result<Vec<u8>, EncryptionError> {
        let form = Form {
            row,
            padding: self.padding,
        };
        self.with_keys(|keys| seal(keys.active()?, value, form, random_bytes()?))
    }

    fn open_bound<T: Decode>(
        &self,
        bytes: &[u8],
        row: Option<&RowId>,
    ) -> Result<T, EncryptionError> {
        let envelope = Envelope::parse(bytes)?;
        self.with_keys(|keys| open(keys.of(envelope.generation)?, &envelope, row))
    }

    fn reseal_bound(
        &self,
        bytes: &[u8],
        row: Option<&RowId>,
    ) -> Result<Option<Vec<u8>>, EncryptionError> {
        let envelope = Envelope::parse(bytes)?;
        self.with_keys(|keys| {
            let (old, new) = (keys.of(envelope.generation)?, keys.active()?);
            if old.generation == new.generation {
                return Ok(None);
            }
            reseal(old, new, &envelope, row, random_bytes()?).map(Some)
        })
    }

    /// The column's keys as they are now: those at hand, unless the keyring has learnt something.
    fn with_keys<R>(
        &self,
        work: impl FnOnce(&ColumnKeys) -> Result<R, EncryptionError>,
    ) -> Result<R, EncryptionError> {
        if self.tenant.epoch_within_lease() == Some(self.epoch) {
            return work(&self.keys);
        }
        let (keys, _) = self.tenant.column_keys(&self.label)?;
        work(&keys)
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
