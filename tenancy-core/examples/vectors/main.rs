//! The library's side of `scripts/check-vectors`: opens what the script wrote, and writes what it opens.
//!
//! usage: vectors check FILE | vectors write FILE

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "a checking program stops at the first failure"
)]

mod case;

use std::fs;
use std::path::Path;

use case::{Case, Record, hex, seal_raw, unhex};
use tenancy_core::encryption::*;

const FROZEN: &str = include_str!("../../vectors/keyrings.json");

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check", file] => check(Path::new(file)),
        ["write", file] => write(Path::new(file)),
        _ => panic!("usage: vectors check FILE | vectors write FILE"),
    }
}

fn check(file: &Path) {
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(Case::check);
}

/// The values of the frozen cases, under new keys: three generations, one destroyed.
fn write(file: &Path) {
    let mut cases: Vec<Case> = serde_json::from_str(FROZEN).unwrap();
    cases.iter_mut().for_each(|case| wait(renew(case)));
    fs::write(file, serde_json::to_vec(&cases).unwrap()).unwrap();
}

async fn renew(case: &mut Case) {
    if case.root.kind == "random" {
        case.root.hex = Some(hex(&random_bytes()));
    }
    let tenant = case.canonical();
    let id = RootId::parse(&case.root.id).unwrap();
    let store = std::sync::Arc::new(MemoryKeyStore::new());
    let keyring = Keyring::builder(
        std::sync::Arc::clone(&store),
        FixedKey::new(id, case.root.key()),
    )
    .build();
    let keys = keyring.create_tenant(&tenant).await.unwrap();
    for value in &mut case.values {
        if value.generation > keys.active_generation().unwrap().get() {
            keyring.new_generation(&tenant).await.unwrap();
        }
        let column = keys.column(&value.label()).unwrap();
        value.generation = keys.active_generation().unwrap().get();
        value.envelope = hex(&seal_raw(&column, value));
        assert_eq!(
            EnvelopeInfo::read(&unhex(&value.envelope)).unwrap().padded,
            value.padding > 0
        );
    }
    keyring.new_index_version(&tenant).await.unwrap();
    for entry in &mut case.indexes {
        let label = Label::parse(&entry.label).unwrap();
        let index = keys.blind_index(&label, entry.spec()).unwrap();
        entry.result = hex(&index.of(&entry.value));
    }
    let record = store.load(&tenant).await.unwrap().unwrap();
    case.revision = record.revision;
    case.record = Record::of(&record.keys.unwrap());
    case.keys = None;
}

/// A value of a random key that nobody else holds.
fn random_bytes() -> Vec<u8> {
    let keys = DerivedKeys::new_blocking("vectors", RootKey::generate().unwrap()).unwrap();
    let spec = BlindIndexSpec::new(Normaliser::EXACT, 256);
    let label = Label::literal("random");
    keys.tenant(&1)
        .unwrap()
        .blind_index(&label, spec)
        .unwrap()
        .of("")
}
