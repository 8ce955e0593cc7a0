//! The form of `vectors/keyrings.json`, and what must hold of a case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy_core::encryption::*;

#[derive(Serialize, Deserialize)]
pub struct Case {
    pub root: Root,
    pub tenant: String,
    pub revision: u64,
    pub record: Record,
    /// The unwrapped keys, where the writer knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Keys>,
    pub values: Vec<Value>,
    pub indexes: Vec<Index>,
}

#[derive(Serialize, Deserialize)]
pub struct Root {
    pub id: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Record {
    pub format: u16,
    pub salt: String,
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    pub commitment: String,
    pub floor: u32,
    pub lease_seconds: u32,
    pub data: Vec<Wrapped>,
    pub index: Vec<Wrapped>,
}

#[derive(Serialize, Deserialize)]
pub struct Wrapped {
    pub number: u32,
    pub state: String,
    pub wrapped: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Keys {
    pub data: BTreeMap<String, String>,
    pub index: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
pub struct Value {
    pub label: String,
    pub generation: u32,
    pub codec: u8,
    pub row: Option<Vec<String>>,
    pub padding: u16,
    pub plaintext: String,
    pub envelope: String,
}

#[derive(Serialize, Deserialize)]
pub struct Index {
    pub label: String,
    pub normaliser: String,
    pub bits: u16,
    pub value: String,
    pub result: String,
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

impl Root {
    pub fn key(&self) -> RootKey {
        match (self.kind.as_str(), &self.hex, &self.text) {
            ("random", Some(hex), None) => RootKey::from_hex(&hex.as_str().into()).unwrap(),
            ("passphrase", None, Some(text)) => RootKey::passphrase(text.as_str().into()).unwrap(),
            _ => panic!("a root key has one text of its kind"),
        }
    }
}

impl Record {
    #[allow(dead_code, reason = "the test checks and does not write")]
    pub fn of(keys: &KeyRecord) -> Self {
        let wrapped = |keys: &[WrappedKey]| {
            let keys = keys.iter().map(|key| Wrapped {
                number: key.number,
                state: key.state.as_str().to_owned(),
                wrapped: key.wrapped.as_deref().map(hex),
            });
            keys.collect()
        };
        Record {
            format: keys.format,
            salt: hex(&keys.salt),
            memory_kib: keys.memory_kib,
            passes: keys.passes,
            lanes: keys.lanes,
            commitment: hex(&keys.commitment),
            floor: keys.floor,
            lease_seconds: keys.lease_seconds,
            data: wrapped(&keys.data),
            index: wrapped(&keys.index),
        }
    }

    pub fn stored(&self, root: &Root) -> KeyRecord {
        let wrapped = |keys: &[Wrapped]| {
            let keys = keys.iter().map(|key| WrappedKey {
                number: key.number,
                state: KeyState::from_name(&key.state).unwrap(),
                wrapped: key.wrapped.as_deref().map(unhex),
            });
            keys.collect()
        };
        KeyRecord {
            format: self.format,
            root: root.id.clone(),
            salt: unhex(&self.salt).try_into().unwrap(),
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
            commitment: unhex(&self.commitment).try_into().unwrap(),
            floor: self.floor,
            lease_seconds: self.lease_seconds,
            data: wrapped(&self.data),
            index: wrapped(&self.index),
        }
    }
}

impl Case {
    /// A keyring over the case's record.
    pub fn keyring(&self) -> Keyring {
        let store = MemoryKeyStore::new();
        let record = TenantRecord {
            revision: self.revision,
            keys: Some(self.record.stored(&self.root)),
        };
        store.overwrite(&self.canonical(), Some(record));
        let id = RootId::parse(&self.root.id).unwrap();
        Keyring::builder(store, FixedKey::new(id, self.root.key())).build()
    }

    pub fn canonical(&self) -> CanonicalTenant {
        CanonicalTenant::from_text(&self.tenant).unwrap()
    }

    /// Opens every value and computes every index; fails if one is not as stated.
    pub fn check(&self) {
        let keys = wait(self.keyring().unlock(&self.canonical())).unwrap();
        for value in &self.values {
            let column = keys.column(&value.label()).unwrap();
            let sealed = unhex(&value.envelope);
            let info = EnvelopeInfo::read(&sealed).unwrap();
            assert_eq!(info.generation.get(), value.generation);
            assert_eq!(info.padded, value.padding > 0);
            let plaintext = open_raw(&column, value, &sealed);
            assert_eq!(hex(&plaintext.unwrap()), value.plaintext);
            let mut changed = sealed;
            *changed.last_mut().unwrap() ^= 1;
            assert_eq!(
                open_raw(&column, value, &changed),
                Err(EncryptionError::Tampered)
            );
        }
        for entry in &self.indexes {
            let label = Label::parse(&entry.label).unwrap();
            let index = keys.blind_index(&label, entry.spec()).unwrap();
            assert_eq!(hex(&index.of(&entry.value)), entry.result);
        }
    }
}

impl Value {
    pub fn label(&self) -> Label {
        Label::parse(&self.label).unwrap()
    }

    pub fn row(&self) -> Option<RowId> {
        let row = self.row.as_ref()?;
        Some(RowId::of(
            &row.iter().map(String::as_str).collect::<Vec<_>>(),
        ))
    }

    pub fn padding(&self) -> Padding {
        Padding::to_blocks_of(self.padding).unwrap_or_default()
    }
}

impl Index {
    pub fn spec(&self) -> BlindIndexSpec {
        let known = [
            Normaliser::EXACT,
            Normaliser::ASCII_LOWER,
            Normaliser::DIGITS,
        ];
        let normaliser = known.into_iter().find(|n| n.name() == self.normaliser);
        BlindIndexSpec::new(normaliser.unwrap(), self.bits)
    }
}

/// The plaintext of the codec `C`, as bytes.
#[derive(Debug, PartialEq)]
pub struct Raw<const C: usize>(pub Vec<u8>);

impl<const C: usize> Encode for Raw<C> {
    const CODEC: Codec = Codec::ALL[C - 1];

    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(&self.0)
    }
}

impl<const C: usize> Decode for Raw<C> {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(Raw(plaintext.to_vec()))
    }
}

macro_rules! of_codec {
    ($codec:expr, $work:ident $arguments:tt, $($number:literal)*) => {
        match $codec {
            $($number => $work::<$number> $arguments,)*
            _ => panic!("an unknown codec"),
        }
    };
}

fn open_raw(column: &Column, value: &Value, sealed: &[u8]) -> Result<Vec<u8>, EncryptionError> {
    fn open<const C: usize>(
        column: &Column,
        value: &Value,
        sealed: &[u8],
    ) -> Result<Vec<u8>, EncryptionError> {
        match value.row() {
            None => column.open::<Raw<C>>(sealed),
            Some(row) => column.open_row::<Raw<C>>(&row, sealed),
        }
        .map(|raw| raw.0)
    }
    of_codec!(value.codec, open(column, value, sealed), 1 2 3 4 5 6 7 8 9 10 11 12 13)
}

/// Seals a value's plaintext anew.
#[allow(dead_code, reason = "the test checks and does not write")]
pub fn seal_raw(column: &Column, value: &Value) -> Vec<u8> {
    fn seal<const C: usize>(column: &Column, value: &Value) -> Vec<u8> {
        let raw = Raw::<C>(unhex(&value.plaintext));
        let column = column.clone().padded(value.padding());
        match value.row() {
            None => column.seal(&raw),
            Some(row) => column.seal_row(&row, &raw),
        }
        .unwrap()
    }
    of_codec!(value.codec, seal(column, value), 1 2 3 4 5 6 7 8 9 10 11 12 13)
}
