//! Somebody who can write into the queue: SQL that was injected into a scope of A, or the owner of a copy of an
//! envelope. The control of each is a genuine job, which runs.

use diesel::sql_types::Binary;
use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::{DerivedKeys, RootKey};
use tenancy_diesel::jobs::{JobOptions, TenantJob};

use crate::world::*;
use diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

/// Puts bytes into the queue through a scope of A, as injected SQL would.
async fn inject(world: &World, envelope: &[u8]) -> QueryResult<usize> {
    let mut conn = world.scope(A).await;
    diesel::sql_query("INSERT INTO tenancy.jobs (envelope) VALUES ($1)")
        .bind::<Binary, _>(envelope)
        .execute(&mut conn)
        .await
}

/// A genuine envelope of A, which was enqueued and is not in the queue any more.
async fn genuine(world: &World) -> Vec<u8> {
    world.enqueue(A, &Comment::new(1, "of a")).await;
    let envelope = world.envelope();
    world.administer("TRUNCATE tenancy.jobs");
    envelope
}

/// The envelope with another tenant's name in the place of its own, which is as long.
fn renamed(envelope: &[u8], from: OrgId, to: OrgId) -> Vec<u8> {
    let (from, to) = (from.0.to_string(), to.0.to_string());
    let at = envelope
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    let mut renamed = envelope.to_vec();
    renamed[at..at + to.len()].copy_from_slice(to.as_bytes());
    renamed
}

async fn run_all(world: &World) -> (u64, u64) {
    let report = world.worker().await.run_until_idle().await.unwrap();
    (report.done, report.dead)
}

#[test]
fn a_job_that_was_given_the_name_of_another_tenant_does_not_run() {
    run(async {
        let world = World::new().await;
        let envelope = genuine(&world).await;
        inject(&world, &renamed(&envelope, A, B)).await.unwrap();
        assert_eq!(run_all(&world).await, (0, 1));
        assert_eq!(world.comments(), [""; 0]);
        let dead = world.dead().await;
        assert!(dead[0].failure.contains("made up"), "{dead:?}");

        // The control: the same bytes under the name that they were sealed for. They have the same id.
        world.administer("TRUNCATE tenancy.jobs");
        inject(&world, &envelope).await.unwrap();
        assert_eq!(run_all(&world).await, (1, 0));
        assert_eq!(world.comments(), ["A 1 of a"]);
    });
}

#[test]
fn a_job_with_a_changed_byte_does_not_run() {
    run(async {
        let world = World::new().await;
        let envelope = genuine(&world).await;
        let payload = envelope.len() - 200;
        for at in [5, 25, 33, payload, envelope.len() - 1] {
            let mut changed = envelope.clone();
            // The last bit, so that times stay in the range of the database.
            changed[at] ^= 1;
            inject(&world, &changed).await.unwrap();
            // Some of them are not due before the year 1970 and a second.
            let (done, _) = run_all(&world).await;
            assert_eq!(done, 0, "byte {at}");
            world.administer("TRUNCATE tenancy.jobs");
        }
        assert_eq!(world.comments(), [""; 0]);
    });
}

#[test]
fn a_job_that_was_sealed_under_keys_of_the_attackers_own_does_not_run() {
    run(async {
        let world = World::new().await;
        let own = RootKey::generate().unwrap();
        let keys = DerivedKeys::new("attacker", own).await.unwrap();
        let job = TenantJob::seal(
            &keys.tenant(&B).unwrap(),
            &Comment::new(1, "forged"),
            &JobOptions::new(),
        );
        let envelope = job.unwrap().envelope().as_bytes().to_vec();
        inject(&world, &envelope).await.unwrap();
        assert_eq!(run_all(&world).await, (0, 1));
        assert_eq!(world.comments(), [""; 0]);
    });
}

#[test]
fn a_copy_of_a_job_is_not_run_again() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let envelope = world.envelope();
        // While it waits, it is the same row.
        assert!(inject(&world, &envelope).await.is_err());
        assert_eq!(run_all(&world).await, (1, 0));
        world.administer("TRUNCATE comments");
        // After it was run, its id is known.
        inject(&world, &envelope).await.unwrap();
        assert_eq!(run_all(&world).await, (0, 0));
        assert_eq!((world.comments().len(), world.waiting()), (0, 0));

        // The control: a queue that has forgotten it runs it.
        world.administer("TRUNCATE tenancy.jobs_done");
        inject(&world, &envelope).await.unwrap();
        assert_eq!(run_all(&world).await, (1, 0));
    });
}

#[test]
fn a_copy_of_a_job_that_has_expired_is_not_run_by_a_queue_that_has_forgotten_it() {
    use std::time::{Duration, SystemTime};

    run(async {
        let world = World::new().await;
        let mut conn = world.scope(A).await;
        let options = JobOptions::new().expires_at(SystemTime::now() - Duration::from_secs(1));
        let job = tenancy_diesel::jobs::seal(&conn, &Comment::new(1, "of a"), &options).unwrap();
        let envelope = job.envelope().as_bytes().to_vec();
        diesel::sql_query("SELECT 1")
            .execute(&mut conn)
            .await
            .unwrap();
        drop(conn);
        inject(&world, &envelope).await.unwrap();
        assert_eq!(run_all(&world).await, (0, 1));
        assert_eq!(world.comments(), [""; 0]);
    });
}

#[test]
fn a_job_without_a_tenant_or_of_no_known_form_is_no_row() {
    run(async {
        let world = World::new().await;
        let envelope = genuine(&world).await;
        let change = |at: usize, byte: u8| {
            let mut changed = envelope.clone();
            changed[at] = byte;
            changed
        };
        let kind = "comment".len();
        for (what, bytes) in [
            ("nothing", Vec::new()),
            ("plaintext", b"{\"id\":1,\"body\":\"of a\"}".repeat(9)),
            ("no magic", change(0, 0)),
            ("another format", change(1, 2)),
            ("no tenant", change(35, 0)),
            ("a tenant that is too long", change(35, 255)),
            ("no kind", change(34, 0)),
            ("a kind that is none", change(36, b' ')),
            ("a stump", envelope[..36 + kind + 36].to_vec()),
            (
                "a payload that is too short",
                envelope[..36 + kind + 36 + 79].to_vec(),
            ),
            ("a time of no calendar", change(18, 0x7F)),
            ("a time before all", change(18, 0xFF)),
            ("an expiry of no calendar", change(26, 0x7F)),
            ("too much", [envelope.clone(), vec![0; 1 << 21]].concat()),
        ] {
            let refused = inject(&world, &bytes).await;
            assert!(refused.is_err(), "{what}");
        }
        // The control.
        inject(&world, &envelope).await.unwrap();
        assert_eq!(world.waiting(), 1);
    });
}

#[test]
fn rows_that_no_program_can_read_keep_no_other_job_waiting() {
    run(async {
        let world = World::new().await;
        let envelope = genuine(&world).await;
        let tenant_at = 36 + "comment".len();
        for (at, byte) in [
            (tenant_at, 0xFF),     // no UTF-8
            (tenant_at + 3, 0x01), // a control character
            (tenant_at, b'g'),     // no UUID
        ] {
            let mut changed = envelope.clone();
            changed[at] = byte;
            // Ids of their own, so that all of them are rows.
            changed[2] = at as u8;
            changed[3] = byte;
            inject(&world, &changed).await.unwrap();
        }
        // A time that the database can write, and this format cannot.
        let mut late = envelope.clone();
        late[26..34].copy_from_slice(&300_000_000_000_000u64.to_be_bytes());
        inject(&world, &late).await.unwrap();
        world.enqueue(B, &Comment::new(1, "of b")).await;
        assert_eq!(run_all(&world).await, (1, 4));
        assert_eq!(world.comments(), ["B 1 of b"]);
        let dead = world.dead().await;
        assert_eq!(
            dead.iter().filter(|letter| letter.tenant.is_none()).count(),
            2
        );
    });
}

#[test]
fn what_a_row_says_is_what_its_envelope_says() {
    run(async {
        let world = World::new().await;
        world.enqueue(A, &Comment::new(1, "of a")).await;
        let claim = format!(
            "convert_from(tenant, 'UTF8') = '{}' AND kind = 'comment' AND expires_at IS NULL
             AND due_at = '1970-01-01 00:00:00Z'",
            A.0
        );
        assert_eq!(
            world.number(&format!("SELECT count(*) FROM tenancy.jobs WHERE {claim}")),
            1
        );
        // Nobody can write it otherwise, not even the owner.
        for column in ["tenant", "id", "kind", "expires_at", "due_at"] {
            let sql = format!("UPDATE tenancy.jobs SET {column} = NULL");
            let refused =
                diesel::connection::SimpleConnection::batch_execute(&mut world.superuser(), &sql);
            assert!(refused.is_err(), "{column}");
        }
        let mut conn = world.scope(A).await;
        for column in [
            "attempts",
            "held_until",
            "holder",
            "failure",
            "dead_at",
            "enqueued_at",
        ] {
            let sql = format!(
                "INSERT INTO tenancy.jobs (envelope, {column}) SELECT ''::bytea, NULL WHERE false"
            );
            let refused = diesel::sql_query(sql).execute(&mut conn).await.unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{refused}"
            );
        }
    });
}

#[test]
fn what_the_database_reads_from_an_envelope_is_what_the_program_reads() {
    use std::time::{Duration, UNIX_EPOCH};

    run(async {
        let world = World::new().await;
        let conn = world.scope(B).await;
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        for (not_before, expires) in [
            (0, 1),
            (1_700_000_000_123, 1_700_000_000_999),
            (253_402_300_799_998, 253_402_300_799_999),
        ] {
            let options = JobOptions::new()
                .not_before(at(not_before))
                .expires_at(at(expires));
            let job = tenancy_diesel::jobs::seal(&conn, &Comment::new(1, ""), &options).unwrap();
            inject(&world, job.envelope().as_bytes()).await.unwrap();
            let read = world.lines(
                "SELECT id || ' ' || (extract(epoch FROM due_at) * 1000)::int8 || ' '
                     || (extract(epoch FROM expires_at) * 1000)::int8
                 FROM tenancy.jobs",
            );
            assert_eq!(
                read,
                [format!("{} {not_before} {expires}", job.envelope().id())]
            );
            world.administer("TRUNCATE tenancy.jobs");
        }
    });
}
