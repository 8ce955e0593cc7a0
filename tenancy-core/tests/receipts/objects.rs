use std::sync::Arc;

use tenancy_core::erasure::receipts::*;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::object_store::{ObjectStore, ObjectStoreExt};

use crate::support::*;

#[test]
fn a_bucket_keeps_a_chain_below_its_prefix() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let key = SigningKey::generate().unwrap();
    let trusted = TrustedKeys::from(key.public());
    let sink = Objects::new(store.clone(), "receipts/shop");
    let issuer = Issuer::new(key, Arc::new(sink.clone()));
    for n in 1..=12 {
        issue(&issuer, &format!("erasure-{n}")).unwrap();
    }
    assert_eq!(load(&sink, &trusted).unwrap().receipts().len(), 12);
    assert_eq!(wait(sink.numbers()).unwrap(), (1..=12).collect::<Vec<_>>());
    // Neighbours, and what is below, are no receipts of it.
    for other in ["receipts/shop2", "receipts/shop/more", "receipts"] {
        let other = Objects::new(store.clone(), other);
        wait(other.append(99, "x\n")).unwrap();
    }
    wait(store.put(&Path::from("receipts/shop/README"), "x".into())).unwrap();
    assert_eq!(load(&sink, &trusted).unwrap().receipts().len(), 12);
}

#[test]
fn an_object_is_never_written_over_and_not_read_without_end() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let sink = Objects::new(store, "receipts");
    wait(sink.append(1, "first\n")).unwrap();
    assert!(matches!(
        wait(sink.append(1, "second\n")),
        Err(SinkError::Taken { number: 1 })
    ));
    assert_eq!(wait(sink.read(1)).unwrap().unwrap(), b"first\n");
    assert_eq!(wait(sink.read(2)).unwrap(), None);
    wait(sink.append(2, &"x".repeat(2 * MAX_RECEIPT_BYTES))).unwrap();
    let long = wait(sink.read(2)).unwrap().unwrap();
    assert_eq!(long.len(), MAX_RECEIPT_BYTES + 1);
    wait(sink.append(3, "")).unwrap();
    assert_eq!(wait(sink.read(3)).unwrap().unwrap(), b"");
}
