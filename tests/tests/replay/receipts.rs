//! The receipt as the last step of an erasure.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::Pool;
use tenancy_core::erasure::receipts::{Chain, ReceiptSink, SinkError};
use tenancy_diesel::erasure::PgReceiptSink;

use crate::world::*;

#[test]
fn a_receipt_that_was_lost_after_the_end_of_its_erasure_is_issued_from_the_ledger() {
    let world = World::new();
    let report = world.erase_only(A);
    // Here the program was killed.
    let reports = block_on(async {
        let conn = &mut world.eraser(&world.database).await;
        erasure().finished(conn, &A).await.unwrap()
    });
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0], report);
    let receipt = block_on(world.issuer().issue(&reports[0])).unwrap();
    assert_eq!(receipt.report().unwrap(), report);
    // Twice is once.
    let again = block_on(world.issuer().issue(&reports[0])).unwrap();
    assert_eq!(again, receipt);
    assert_eq!(world.chain().unwrap().receipts().len(), 1);
    let of_b = block_on(async {
        let conn = &mut world.eraser(&world.database).await;
        erasure().finished(conn, &B).await.unwrap()
    });
    assert!(of_b.is_empty());
}

#[test]
fn a_receipt_names_the_database_and_what_was_done() {
    let world = World::new();
    let report = world.erase(A);
    let chain = world.chain().unwrap();
    let read = chain.receipts()[0].report().unwrap();
    assert_eq!(read, report);
    assert_eq!(read.database, world.database.name());
    assert_eq!(read.tenant.as_str(), "1");
}

#[test]
fn a_second_database_keeps_receipts_that_its_role_can_neither_change_nor_remove() {
    let world = World::new();
    let (archive, role) = world.archive();
    let url = archive.url_as(&role);
    block_on(async {
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(&url);
        let pool = Pool::builder().max_size(2).build(manager).await.unwrap();
        let sink = PgReceiptSink::new(pool, "the archive");
        assert!(sink.numbers().await.unwrap().is_empty());
        let issuer = world.issuer_for(Arc::new(sink.clone()));
        for n in 1..=3 {
            let report = format!("{{\"tenant\":\"{n}\"}}\n");
            issuer.issue_text(&format!("e-{n}"), &report).await.unwrap();
        }
        let chain = Chain::load(&sink, &world.trusted).await.unwrap();
        assert_eq!(chain.receipts().len(), 3);
        assert!(matches!(
            sink.append(2, "another").await,
            Err(SinkError::Taken { number: 2 })
        ));
        assert_eq!(sink.read(4).await.unwrap(), None);
        assert_eq!(sink.read(u64::MAX).await.unwrap(), None);
        assert!(matches!(
            sink.append(u64::MAX, "x").await,
            Err(SinkError::Failed { .. })
        ));
    });
    let mut conn = PgConnection::establish(&url).unwrap();
    for forbidden in [
        "UPDATE tenancy.receipts SET receipt = ''",
        "DELETE FROM tenancy.receipts",
        "TRUNCATE tenancy.receipts",
        "INSERT INTO tenancy.receipts (number, receipt, recorded_at) VALUES (9, '', now())",
    ] {
        let refused = conn.batch_execute(forbidden).unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    // Control: the owner can, and then the chain is not sound.
    execute(&archive, "DELETE FROM tenancy.receipts WHERE number = 2");
}
