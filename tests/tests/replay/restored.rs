use std::fs;
use std::pin::pin;

use tenancy_diesel::erasure::{ReplayError, ReplayState, StepKind};

use crate::world::*;

#[test]
fn what_was_erased_after_the_backup_is_erased_in_it_again_and_nothing_else() {
    let world = World::new();
    let others = rows(&world.database, B);
    world.erase(C);
    let dump = world.dump("before");
    world.erase(A);

    let restored = world.restore(&dump);
    // Control: the backup brought A back.
    assert_eq!(rows(&restored, A).len(), 21);
    assert_eq!(rows(&restored, C).len(), 0);

    let replay = block_on(world.plan(&restored)).unwrap();
    let [of_a] = replay.tenants() else {
        panic!("{replay:?}");
    };
    assert_eq!((of_a.receipt, of_a.state), (2, ReplayState::Missing));
    assert_eq!(of_a.plan.rows(), 21);
    assert_eq!((replay.known(), replay.of_other_databases()), (1, 0));
    // A plan changes nothing.
    assert_eq!(rows(&restored, A).len(), 21);

    let reports = world.replay(&restored, false);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].items(StepKind::Rows), 21);
    assert!(rows(&restored, A).is_empty());
    assert_eq!(rows(&restored, B), others);

    let replay = block_on(world.plan(&restored)).unwrap();
    assert!(replay.tenants().is_empty());
    assert_eq!(replay.known(), 2);
    assert!(world.replay(&restored, true).is_empty());
}

#[test]
fn receipts_that_are_not_sound_erase_nothing() {
    let world = World::new();
    let dump = world.dump("before");
    world.erase(A);
    world.erase(C);
    let restored = world.restore(&dump);
    let files: Vec<_> = fs::read_dir(world.sink_path()).unwrap().collect();
    assert_eq!(files.len(), 2);
    let first = world.sink_path().join(format!("{:020}.receipt", 1));
    let text = fs::read_to_string(&first).unwrap();
    // B's id in a receipt of A.
    fs::write(&first, text.replace("\"tenant\":\"1\"", "\"tenant\":\"2\"")).unwrap();
    assert!(world.chain().is_err());
    fs::remove_file(&first).unwrap();
    assert!(world.chain().is_err());
    // Control.
    fs::write(&first, text).unwrap();
    assert!(world.chain().is_ok());
    assert_eq!(world.replay(&restored, false).len(), 2);
    assert_eq!(rows(&restored, B).len(), 21);
}

#[test]
fn receipts_of_another_database_erase_nothing() {
    let world = World::new();
    let dump = world.dump("before");
    let mut report = world.erase_only(A);
    report.database = "another".to_owned();
    block_on(world.issuer().issue(&report)).unwrap();
    let restored = world.restore(&dump);
    let replay = block_on(world.plan(&restored)).unwrap();
    assert!(replay.tenants().is_empty());
    assert_eq!(replay.of_other_databases(), 1);
    assert!(world.replay(&restored, true).is_empty());
    assert_eq!(rows(&restored, A).len(), 21);
}

#[test]
fn rows_that_are_there_although_the_ledger_has_the_erasure_wait_for_a_word() {
    let world = World::new();
    world.erase(A);
    // The table was restored alone; or a new tenant got the id.
    execute(
        &world.database,
        "INSERT INTO organisations VALUES (1, 'again')",
    );
    let replay = block_on(world.plan(&world.database)).unwrap();
    assert_eq!(replay.tenants()[0].state, ReplayState::Again);
    assert!(world.replay(&world.database, false).is_empty());
    assert_eq!(rows(&world.database, A).len(), 1);
    assert_eq!(world.replay(&world.database, true).len(), 1);
    assert!(rows(&world.database, A).is_empty());
}

#[test]
fn a_backup_from_the_middle_of_an_erasure_is_erased_to_its_end() {
    let world = World::new();
    // Cut off after the first batch.
    block_on(async {
        let conn = &mut world.eraser(&world.database).await;
        let plan = erasure().plan(conn, &A).await.unwrap();
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
        let erasure = erasure();
        let mut run = pin!(erasure.execute(conn, &plan, move |_| {
            let _ = tell.take().map(|tell| tell.send(()));
        }));
        tokio::select! {
            biased;
            _ = told => {}
            report = &mut run => panic!("{report:?}"),
        }
    });
    let left = rows(&world.database, A).len();
    assert!((1..21).contains(&left), "{left}");
    let dump = world.dump("middle");
    world.erase(A);
    let restored = world.restore(&dump);
    assert_eq!(rows(&restored, A).len(), left);
    let reports = world.replay(&restored, false);
    assert_eq!(reports.len(), 1);
    assert!(rows(&restored, A).is_empty());
    assert_eq!(rows(&restored, B).len(), 21);
}

#[test]
fn a_replay_that_was_cut_off_is_done_again_to_its_end() {
    let world = World::new();
    let dump = world.dump("before");
    world.erase(A);
    world.erase(C);
    let restored = world.restore(&dump);
    block_on(async {
        let replay = world.plan(&restored).await.unwrap();
        let conn = &mut world.eraser(&restored).await;
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
        let erasure = erasure();
        let mut batches = 0;
        let mut run = pin!(replay.execute(&erasure, conn, move |_| {
            batches += 1;
            // In the middle of the second tenant.
            if batches == 12 {
                let _ = tell.take().map(|tell| tell.send(()));
            }
        }));
        tokio::select! {
            biased;
            _ = told => {}
            report = &mut run => panic!("{report:?}"),
        }
    });
    world.replay(&restored, false);
    assert!(rows(&restored, A).is_empty() && rows(&restored, C).is_empty());
    assert_eq!(rows(&restored, B).len(), 21);
}

#[test]
fn a_receipt_of_a_tenant_that_cannot_be_one_stops_everything() {
    let world = World::new();
    let dump = world.dump("before");
    let report = world.erase(A);
    let text = report
        .to_json()
        .unwrap()
        .replace("\"tenant\":\"1\"", "\"tenant\":\"one\"");
    let text = text.replace(&report.erasure, "another");
    block_on(world.issuer().issue_text("another", &format!("{text}\n"))).unwrap();
    let restored = world.restore(&dump);
    let refused = block_on(world.plan(&restored)).unwrap_err();
    assert!(
        matches!(refused, ReplayError::Tenant { number: 2 }),
        "{refused:?}"
    );
}
