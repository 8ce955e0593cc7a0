//! What holds data of the tenant outside of its tables: targets and keys.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tenancy_core::encryption::{
    FixedKey, Keyring, KeyringError, MemoryKeyStore, RootId, RootKey, wait,
};
use tenancy_core::{BoxFuture, CanonicalTenant};
use tenancy_diesel::erasure::{Amount, ErasureError, StepKind, Target, TargetError};

use crate::world::{A, B, World, block_on, erasure};

/// Letters that wait to be sent.
#[derive(Debug)]
struct Outbox {
    name: &'static str,
    letters: Mutex<HashMap<CanonicalTenant, u64>>,
    /// How often it fails before it works.
    fails: Mutex<u32>,
    /// How many letters it forgets to erase.
    keeps: u64,
}

impl Outbox {
    fn new(name: &'static str) -> Self {
        let tenant = |id: i64| CanonicalTenant::of(&id).unwrap();
        Outbox {
            name,
            letters: Mutex::new(HashMap::from([(tenant(A), 7), (tenant(B), 9)])),
            fails: Mutex::new(0),
            keeps: 0,
        }
    }

    fn letters_of(&self, tenant: i64) -> u64 {
        let tenant = CanonicalTenant::of(&tenant).unwrap();
        self.letters
            .lock()
            .unwrap()
            .get(&tenant)
            .copied()
            .unwrap_or(0)
    }
}

impl Target for Outbox {
    fn name(&self) -> &str {
        self.name
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        let count = self
            .letters
            .lock()
            .unwrap()
            .get(tenant)
            .copied()
            .unwrap_or(0);
        Box::pin(async move { Ok(Amount::items(count)) })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move {
            let mut fails = self.fails.lock().unwrap();
            if *fails > 0 {
                *fails -= 1;
                return Err("the post is closed".into());
            }
            let mut letters = self.letters.lock().unwrap();
            let gone = letters.remove(tenant).unwrap_or(0);
            if self.keeps > 0 {
                letters.insert(tenant.clone(), self.keeps);
            }
            Ok(Amount::sized(gone - self.keeps.min(gone), 100))
        })
    }

    fn copies(&self) -> Vec<String> {
        vec!["carbon copies".to_owned()]
    }
}

#[test]
fn targets_are_counted_erased_and_reported() {
    let world = World::new();
    let outbox = Arc::new(Outbox::new("outbox"));
    let erasure = erasure().target(outbox.clone());
    let plan = block_on(world.plan(&erasure)).unwrap();
    assert_eq!(
        plan.targets().collect::<Vec<_>>(),
        [("outbox", Amount::items(7))]
    );
    assert_eq!(outbox.letters_of(A), 7);

    let report = block_on(world.erase(&erasure)).unwrap();
    assert_eq!((outbox.letters_of(A), outbox.letters_of(B)), (0, 9));
    let step = report
        .steps
        .iter()
        .find(|step| step.kind == StepKind::Target)
        .unwrap();
    assert_eq!(
        (step.name.as_str(), step.amount),
        ("outbox", Amount::sized(7, 100))
    );
    assert!(
        report
            .copies
            .iter()
            .any(|copy| copy == "outbox: carbon copies")
    );
}

#[test]
fn a_target_that_fails_stops_the_erasure_and_the_next_run_goes_on() {
    let world = World::new();
    let outbox = Arc::new(Outbox::new("outbox"));
    *outbox.fails.lock().unwrap() = 1;
    let erasure = erasure().target(outbox.clone());
    let error = block_on(world.erase(&erasure)).unwrap_err();
    assert_eq!(error.to_string(), "the target `outbox` failed");
    world.assert_erased();
    assert_eq!(outbox.letters_of(A), 7);
    let report = block_on(world.erase(&erasure)).unwrap();
    assert_eq!(report.items(StepKind::Target), 7);
    assert!(report.items(StepKind::Rows) > 200);
    assert_eq!(outbox.letters_of(A), 0);
}

#[test]
fn a_target_that_still_holds_something_is_no_success() {
    let world = World::new();
    let outbox = Outbox {
        keeps: 2,
        ..Outbox::new("outbox")
    };
    let error = block_on(world.erase(&erasure().target(Arc::new(outbox)))).unwrap_err();
    assert!(
        matches!(error, ErasureError::TargetHolds { items: 2, .. }),
        "{error}"
    );
    let finished = "SELECT count(*) AS number FROM tenancy.erasures WHERE kind = 'finish'";
    assert_eq!(world.number(finished), 0);
}

#[test]
fn targets_have_names_of_their_own() {
    let world = World::new();
    let twice = erasure()
        .target(Arc::new(Outbox::new("outbox")))
        .target(Arc::new(Outbox::new("outbox")));
    let error = block_on(world.plan(&twice)).unwrap_err();
    assert!(matches!(error, ErasureError::TargetTwice { .. }), "{error}");
}

fn keyring() -> Keyring {
    let digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    let root = RootKey::from_hex(&digits.into()).unwrap();
    let root = FixedKey::new(RootId::literal("2026-01"), root);
    Keyring::builder(Arc::new(MemoryKeyStore::new()), root).build()
}

#[test]
fn the_keys_are_shredded_and_those_of_others_stay() {
    let world = World::new();
    let keyring = keyring();
    for tenant in [A, B] {
        wait(keyring.create_tenant(&tenant)).unwrap();
    }
    let report = block_on(world.erase(&erasure().keys(&keyring))).unwrap();
    assert!(report.items(StepKind::Keys) > 0);
    let error = wait(keyring.unlock(&A)).unwrap_err();
    assert!(matches!(error, KeyringError::Encryption(_)), "{error}");
    wait(keyring.unlock(&B)).unwrap();
    let again = block_on(world.erase(&erasure().keys(&keyring))).unwrap();
    assert_eq!(again.items(StepKind::Keys), 0);
}

#[test]
fn a_tenant_without_keys_is_erased_all_the_same() {
    let world = World::new();
    let report = block_on(world.erase(&erasure().keys(&keyring()))).unwrap();
    assert_eq!(report.items(StepKind::Keys), 0);
    world.assert_erased();
}

#[test]
fn a_queue_that_was_used_is_not_forgotten() {
    let world = World::new();
    // What a row of the queue looks like is its own affair: that there is one is enough.
    world.execute(
        "INSERT INTO tenancy.jobs_done (id, tenant) VALUES (gen_random_uuid(), convert_to('1', 'UTF8'))",
    );
    let error = block_on(world.plan(&erasure())).unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, ErasureError::UnknownTables { .. }),
        "{text}"
    );
    assert!(text.contains("tenancy.jobs: has jobs of tenants"), "{text}");

    let plan = block_on(world.plan(&erasure().target(Arc::new(Outbox::new("jobs"))))).unwrap();
    assert_eq!(plan.targets().count(), 1);
    let report = block_on(world.erase(&erasure().leave("tenancy.jobs", "it is drained"))).unwrap();
    assert_eq!(report.left[0].table, "tenancy.jobs");
}
