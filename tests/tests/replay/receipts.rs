//! The receipt as the last step of an erasure.

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
    assert_eq!(reports, [report.clone()]);
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
