//! Plan, execute, report.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::erasure::{ErasureError, StepKind};

use crate::world::{A, World, block_on, erasure};

#[test]
fn an_erasure_takes_all_rows_of_the_tenant_and_none_of_others() {
    let world = World::new();
    let others = world.others();
    let before = world.rows_of_a();
    assert!(before > 200);
    let report = block_on(world.erase(&erasure())).unwrap();
    world.assert_erased();
    assert_eq!(world.others(), others);
    assert_eq!(report.items(StepKind::Rows), u64::try_from(before).unwrap());
    assert_eq!(report.items(StepKind::Anonymised), 12);
    assert!(report.is_finished());
}

#[test]
fn it_goes_in_batches_of_any_size() {
    for batch in [1, 25] {
        let world = World::new();
        let others = world.others();
        let before = world.rows_of_a();
        let report = block_on(world.erase(&erasure().batch(batch))).unwrap();
        world.assert_erased();
        assert_eq!(world.others(), others, "batches of {batch}");
        assert_eq!(report.items(StepKind::Rows), u64::try_from(before).unwrap());
    }
}

#[test]
fn a_plan_changes_nothing_and_says_what_will_be_done() {
    let world = World::new();
    let (others, of_a) = (world.others(), world.of_a());
    let plan = block_on(world.plan(&erasure())).unwrap();
    assert_eq!((world.others(), world.of_a()), (others, of_a));
    assert_eq!(
        world.number("SELECT count(*) AS number FROM tenancy.erasures"),
        0
    );

    let text = plan.to_string();
    assert!(!plan.is_empty() && plan.unfinished().is_none());
    assert_eq!(
        text,
        "public.audit_log      12  rows anonymised\n\
         public.projects       30  rows deleted\n\
         public.tasks          90  rows deleted\n\
         public.pages          32  rows deleted\n\
         public.documents       8  rows deleted\n\
         public.events         50  rows deleted\n\
         public.\"odd \"\"table\"   5  rows deleted\n\
         public.organisations   1  rows deleted\n\
         public.users          40  rows deleted\n"
    );
}

#[test]
fn erasing_twice_does_no_harm_and_finds_nothing() {
    let world = World::new();
    let others = world.others();
    let first = block_on(world.erase(&erasure())).unwrap();
    let second = block_on(world.erase(&erasure())).unwrap();
    assert_eq!(second.items(StepKind::Rows), 0);
    assert_eq!(second.items(StepKind::Anonymised), 0);
    assert_ne!(first.erasure, second.erasure);
    assert_eq!(world.others(), others);
    assert!(block_on(world.plan(&erasure())).unwrap().is_empty());
}

#[test]
fn the_report_stands_in_the_ledger_and_says_who_when_and_what() {
    let world = World::new();
    let report = block_on(
        world.erase(
            &erasure()
                .leave("countries", "nobody's")
                .copy_remains("dumps"),
        ),
    )
    .unwrap();
    let stored = world.texts("SELECT report AS text FROM tenancy.erasures WHERE kind = 'finish'");
    assert_eq!(stored, [report.to_json().unwrap()]);
    assert_eq!(report.tenant.as_str(), A.to_string());
    assert_eq!(report.actor, "alice@example.org");
    assert_eq!(report.role, world.eraser());
    assert!(report.started < report.finished, "{report:?}");
    assert_eq!(report.verified_tables, 9);
    assert_eq!(report.left[0].table, "public.countries");
    assert!(report.copies.iter().any(|copy| copy == "dumps"));
    let steps = report.steps.iter();
    for step in steps {
        assert!(
            step.started <= step.finished && step.started >= report.started,
            "{step:?}"
        );
    }
    let application = "SELECT string_agg(DISTINCT recorded_by, ' ') AS text FROM tenancy.erasures";
    assert_eq!(world.texts(application), [world.eraser()]);
}

#[test]
fn an_erasure_says_by_whom_and_why() {
    let world = World::new();
    let of_a = world.of_a();
    for (actor, reason) in [("", "why"), ("who", ""), ("who\n", "why")] {
        let error = block_on(world.erase(&erasure().requested_by(actor, reason))).unwrap_err();
        assert!(matches!(error, ErasureError::Purpose(_)), "{error}");
    }
    assert_eq!(world.of_a(), of_a);
}

#[test]
fn an_erasure_runs_in_a_task_of_its_own() {
    let world = World::new();
    let url = world.url_of(&world.eraser());
    let report = block_on(async {
        let task = tokio::spawn(async move {
            let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
            let erasure = erasure();
            let plan = erasure.plan(&mut conn, &A).await.unwrap();
            erasure.execute(&mut conn, &plan, |_| ()).await.unwrap()
        });
        task.await.unwrap()
    });
    world.assert_erased();
    assert!(report.is_finished());
}

#[test]
fn a_synchronous_connection_erases_the_same() {
    let world = World::new();
    let others = world.others();
    let mut conn = world.connect_as(&world.eraser());
    let erasure = erasure().batch(10);
    let plan = erasure.plan_blocking(&mut conn, &A).unwrap();
    let mut told = 0;
    let report = erasure
        .execute_blocking(&mut conn, &plan, |progress| {
            assert!(progress.done > 0 && progress.total.is_none_or(|total| progress.done <= total));
            told += 1;
        })
        .unwrap();
    world.assert_erased();
    assert_eq!(world.others(), others);
    assert_eq!(report.items(StepKind::Rows), plan.rows() - 12);
    assert!(told > 20);
}

#[test]
fn the_root_row_stays_where_it_is_anonymised() {
    let world = World::new();
    world.execute(&format!(
        "GRANT UPDATE (name, owner_id) ON organisations TO {}",
        world.eraser()
    ));
    let kept = erasure().anonymise("organisations", |fields| {
        fields.text("name", "erased").null("owner_id")
    });
    block_on(world.erase(&kept)).unwrap();
    let left = "SELECT id || name || coalesce(owner_id, 0) AS text FROM organisations WHERE id = 1";
    assert_eq!(world.texts(left), ["1erased0"]);
    assert_eq!(world.rows_of_a(), 1);
}
