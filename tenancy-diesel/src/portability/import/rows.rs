//! A line of a file as the values of a statement.

use tenancy_core::encryption::{EncryptionError, EnvelopeInfo, Label, TenantKeys, Untyped};

use super::super::catalog::Column;
use super::super::cell::{Cell, EncryptedText, InRow, hex};
use super::super::keys::RowIds;
use super::super::sealed::Columns;
use super::super::{Mistake, PortabilityError};
use super::plan::Step;

/// A value as it is bound.
pub(super) enum Value {
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Value::Text(None) | Value::Bytes(None))
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(value) => value.as_ref().map_or(0, String::len),
            Value::Bytes(value) => value.as_ref().map_or(0, Vec::len),
        }
    }
}

/// Seals what the files hold for the tenant of the scope.
pub(super) struct Sealing<'a> {
    keys: Option<&'a TenantKeys>,
    columns: Option<Columns<'a>>,
    sources: Option<Columns<'a>>,
    row_ids: &'a RowIds<'a>,
    from: &'a str,
    to: String,
}

/// A value that was sealed, and what is in it where that is known.
struct Fresh {
    envelope: Vec<u8>,
    plain: Option<Untyped>,
}

impl<'a> Sealing<'a> {
    pub(super) fn new(
        keys: Option<&'a TenantKeys>,
        source_keys: Option<&'a TenantKeys>,
        row_ids: &'a RowIds<'a>,
        from: &'a str,
        to: String,
    ) -> Self {
        Sealing {
            keys,
            columns: keys.map(Columns::of),
            sources: source_keys.map(Columns::of),
            row_ids,
            from,
            to,
        }
    }

    /// The values of the step's columns, in their order.
    pub(super) fn row(
        &mut self,
        step: &Step<'_>,
        text: &[u8],
        line: u64,
    ) -> Result<Vec<Value>, PortabilityError> {
        let table = step.shape.table.path;
        let mistake = || Mistake::Line { table, line };
        let InRow(mut cells) = serde_json::from_slice(text).map_err(|_| mistake())?;
        if cells.len() != step.columns.len() {
            return Err(mistake().into());
        }
        // In the order of the columns.
        let mut ordered = Vec::with_capacity(cells.len());
        for target in &step.columns {
            let place = cells
                .iter()
                .position(|(name, _)| *name == target.column.name);
            let (_, cell) = cells.swap_remove(place.ok_or_else(mistake)?);
            // PostgreSQL has no text with it.
            if matches!(&cell, Cell::Text(text) if text.contains('\0')) {
                return Err(mistake().into());
            }
            ordered.push(cell);
        }
        let mut fresh = Vec::with_capacity(ordered.len());
        for (target, cell) in step.columns.iter().zip(&ordered) {
            fresh.push(match (target.column.label, cell) {
                (Some(label), Cell::Encrypted(value)) => {
                    let value_of = |name: &str| text_of(step, &ordered, name);
                    Some(self.seal(step, target.column, label, value, value_of)?)
                }
                (Some(_), Cell::Null) | (None, Cell::Null | Cell::Text(_)) => None,
                // Plaintext never gets into an encrypted column, nor an envelope into another one.
                (Some(_), Cell::Text(_)) | (None, Cell::Encrypted(_)) => {
                    return Err(mistake().into());
                }
            });
        }
        let mut values = Vec::with_capacity(ordered.len());
        for (i, cell) in ordered.into_iter().enumerate() {
            let target = &step.columns[i];
            values.push(match (target.column.label, target.index, cell) {
                (Some(_), _, _) => Value::Bytes(fresh[i].as_ref().map(|one| one.envelope.clone())),
                (None, Some((of, spec)), _) if self.is_sealed_anew() => {
                    let plain = fresh[of].as_ref().and_then(|one| one.plain.as_ref());
                    Value::Text(match plain {
                        Some(plain) => Some(self.index(step, of, spec, plain)?),
                        None => None,
                    })
                }
                (None, _, Cell::Text(text)) if target.is_tenant => {
                    if text != self.from {
                        return Err(mistake().into());
                    }
                    Value::Text(Some(self.to.clone()))
                }
                (None, _, Cell::Text(text)) => Value::Text(Some(text)),
                (None, _, _) => Value::Text(None),
            });
        }
        Ok(values)
    }

    /// Whether envelopes are other ones than those of the files.
    fn is_sealed_anew(&self) -> bool {
        self.keys.is_some()
    }

    fn seal(
        &mut self,
        step: &Step<'_>,
        column: &Column,
        label: &'static str,
        value: &EncryptedText,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Fresh, PortabilityError> {
        let shape = step.shape;
        let encryption = |error| PortabilityError::Encryption {
            table: shape.table.path.to_owned(),
            column: column.name.clone(),
            error,
        };
        let sealed;
        let bound = match value {
            EncryptedText::Opened(opened) => {
                sealed = None;
                opened.row_bound
            }
            EncryptedText::Sealed(text) => {
                let envelope = text.envelope().map_err(encryption)?;
                let bound = EnvelopeInfo::read(&envelope).map_err(encryption)?.row_bound;
                sealed = Some(envelope);
                bound
            }
        };
        if let (Some(envelope), None) = (&sealed, &self.sources) {
            if self.from != self.to {
                return Err(PortabilityError::NoSourceKeys);
            }
            return Ok(Fresh {
                envelope: envelope.clone(),
                plain: None,
            });
        }
        let id = if bound {
            Some(self.row_ids.of(shape, &column.name, value_of)?)
        } else {
            None
        };
        let plain = match (value, &sealed, &mut self.sources) {
            (EncryptedText::Opened(opened), ..) => opened.value(),
            (_, Some(envelope), Some(sources)) => sources
                .column(label)
                .and_then(|key| key.open_untyped(id.as_ref(), envelope)),
            _ => Err(EncryptionError::Malformed),
        };
        let plain = plain.map_err(encryption)?;
        let columns = self
            .columns
            .as_mut()
            .ok_or_else(|| PortabilityError::NoKeys {
                table: shape.table.path.to_owned(),
                column: column.name.clone(),
            })?;
        let key = columns.column(label).map_err(encryption)?;
        Ok(Fresh {
            envelope: key.seal_untyped(id.as_ref(), &plain).map_err(encryption)?,
            plain: Some(plain),
        })
    }

    /// The blind index of a text, as PostgreSQL reads bytes.
    fn index(
        &self,
        step: &Step<'_>,
        of: usize,
        spec: tenancy_core::encryption::BlindIndexSpec,
        plain: &Untyped,
    ) -> Result<String, PortabilityError> {
        let column = step.columns[of].column;
        let index = || {
            let label = column.label.ok_or(EncryptionError::Malformed)?;
            let label = Label::parse(label).map_err(|_| EncryptionError::Malformed)?;
            let text =
                std::str::from_utf8(plain.bytes()).map_err(|_| EncryptionError::CodecMismatch)?;
            let keys = self.keys.ok_or(EncryptionError::NotUnlocked)?;
            Ok(keys.blind_index(&label, spec)?.of(text))
        };
        let bytes = index().map_err(|error| PortabilityError::Encryption {
            table: step.shape.table.path.to_owned(),
            column: column.name.clone(),
            error,
        })?;
        Ok(format!("\\x{}", hex(&bytes)))
    }
}

fn text_of(step: &Step<'_>, cells: &[Cell], name: &str) -> Option<String> {
    let place = step
        .columns
        .iter()
        .position(|target| target.column.name == name)?;
    match &cells[place] {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}
