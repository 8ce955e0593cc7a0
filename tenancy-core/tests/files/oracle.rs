//! Sequences of operations of two tenants, compared with maps in memory.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenancy_core::files::{FileError, TenantFiles, TenantStore};

use crate::support::{contents, encrypted, in_memory, name, names, on_disk, read};

const NAMES: [&str; 6] = ["x", "X", "d/x", "d/y z", "ä", "d.x"];

#[derive(Debug, Clone)]
enum Operation {
    Put(usize, usize),
    Stream(usize, usize),
    Create(usize, usize),
    Delete(usize),
    Copy(usize, usize),
    Rename(usize, usize),
    Range(usize, u64, u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let name = 0..NAMES.len();
    let length = prop_oneof![0usize..40, 65_530usize..65_545, 131_060usize..131_080];
    let at = prop_oneof![0u64..50, 65_520u64..65_560, 131_060u64..131_090];
    prop_oneof![
        (name.clone(), length.clone()).prop_map(|(n, l)| Put(n, l)),
        (name.clone(), length.clone()).prop_map(|(n, l)| Stream(n, l)),
        (name.clone(), length).prop_map(|(n, l)| Create(n, l)),
        name.clone().prop_map(Delete),
        (name.clone(), name.clone()).prop_map(|(a, b)| Copy(a, b)),
        (name.clone(), name.clone()).prop_map(|(a, b)| Rename(a, b)),
        (name, at.clone(), at).prop_map(|(n, a, b)| Range(n, a, b)),
    ]
}

type Model = BTreeMap<&'static str, Vec<u8>>;

/// Carries out one operation on both, and compares what they say.
async fn step(store: &TenantStore, model: &mut Model, seed: u64, operation: &Operation) {
    use Operation::*;
    match *operation {
        Put(n, length) | Stream(n, length) => {
            let bytes = contents(seed, length);
            if matches!(operation, Put(..)) {
                store.put(&name(NAMES[n]), bytes.clone()).await.unwrap();
            } else {
                let pieces = bytes
                    .chunks(9973)
                    .map(|piece| Ok::<_, FileError>(piece.to_vec()));
                let pieces = futures_util::stream::iter(pieces);
                let written = store.put_stream(&name(NAMES[n]), pieces).await.unwrap();
                assert_eq!(written, length as u64);
            }
            model.insert(NAMES[n], bytes);
        }
        Create(n, length) => {
            let bytes = contents(seed, length);
            let created = store.create(&name(NAMES[n]), bytes.clone()).await;
            if model.contains_key(NAMES[n]) {
                assert!(matches!(created, Err(FileError::AlreadyExists)));
            } else {
                created.unwrap();
                model.insert(NAMES[n], bytes);
            }
        }
        Delete(n) => {
            store.delete(&name(NAMES[n])).await.unwrap();
            model.remove(NAMES[n]);
        }
        Copy(from, to) | Rename(from, to) => {
            let renames = matches!(operation, Rename(..));
            let (source, target) = (name(NAMES[from]), name(NAMES[to]));
            let done = match renames {
                true => store.rename(&source, &target).await,
                false => store.copy(&source, &target).await,
            };
            match model.get(NAMES[from]).cloned() {
                None => assert!(matches!(done, Err(FileError::NotFound))),
                Some(bytes) => {
                    done.unwrap();
                    if renames {
                        model.remove(NAMES[from]);
                    }
                    model.insert(NAMES[to], bytes);
                }
            }
        }
        Range(n, start, end) => {
            let read = store.range(&name(NAMES[n]), start..end).await;
            match model.get(NAMES[n]) {
                None => assert!(matches!(read, Err(FileError::NotFound)), "{read:?}"),
                Some(bytes) => {
                    let end = end.min(bytes.len() as u64);
                    match bytes.get(start as usize..end as usize) {
                        Some(expected) if start < end => assert!(read.unwrap() == expected),
                        _ => assert!(matches!(read, Err(FileError::Range)), "{read:?}"),
                    }
                }
            }
        }
    }
}

async fn compare(stores: [TenantStore; 2], operations: &[(usize, Operation)]) {
    let mut models = [Model::new(), Model::new()];
    for (seed, (tenant, operation)) in operations.iter().enumerate() {
        step(
            &stores[*tenant],
            &mut models[*tenant],
            seed as u64,
            operation,
        )
        .await;
    }
    for (store, model) in stores.iter().zip(&models) {
        let mut expected: Vec<_> = model.keys().copied().collect();
        expected.sort_unstable();
        assert_eq!(names(store).await, expected);
        for (name, bytes) in model {
            assert!(read(store, name).await.unwrap() == *bytes);
        }
    }
}

fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn operations_do_what_they_do_to_two_maps(
        operations in prop::collection::vec((0usize..2, operation()), 1..25)
    ) {
        run(async {
            for place in [in_memory(), on_disk()] {
                let files = TenantFiles::new(place.bucket.clone());
                let scopes = [files.scope(&1).unwrap(), files.scope(&2).unwrap()];
                compare(scopes, &operations).await;
                let it = encrypted(place).await;
                compare([it.a.clone(), it.b.clone()], &operations).await;
            }
        });
    }
}
