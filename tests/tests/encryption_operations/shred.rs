use tenancy_diesel::encryption::operations::{Limits, ShredReport, shred, shred_blocking};
use tenancy_diesel::encryption::{Encrypted, EncryptionError, encryption_error};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::schema::{REGISTRY, accounts};
use crate::world::{MODES, Mode, World, block_on};

fn run(world: &World, mode: Mode) -> ShredReport {
    let limits = Limits::new();
    let report = match mode {
        Mode::Blocking => shred_blocking(
            &mut world.scope_without_keys(A),
            &REGISTRY,
            &world.keyring,
            &limits,
        ),
        Mode::Async => block_on(async {
            shred(
                &mut world.async_scope(A).await,
                &REGISTRY,
                &world.keyring,
                &limits,
            )
            .await
        }),
    };
    report.unwrap()
}

#[test]
fn a_shredded_tenant_opens_nothing_and_the_report_counts_what_is_lost() {
    for mode in MODES {
        let world = World::new();
        let (a, b) = (world.stored(A), world.values(B));
        let total = world.remaining(mode).total();
        let mut warm = world.scope(A);

        let report = run(&world, mode);

        assert_eq!(report.lost.total(), total);
        assert_eq!(report.receipt.generations, [1]);
        let text = report.to_string();
        assert!(
            text.contains("accounts.api_key: 7 values, 7 of generation 1"),
            "{text}"
        );
        assert!(!text.contains(&A.0.to_string()), "{text}");
        let error = accounts::table
            .select(accounts::api_key)
            .load::<Encrypted<String>>(&mut warm)
            .unwrap_err();
        assert_eq!(
            encryption_error(&error),
            Some(EncryptionError::TenantShredded)
        );
        // The rows are as they were, and so is the other tenant.
        assert_eq!(world.stored(A), a);
        assert_eq!(world.values(B), b);

        let again = run(&world, mode);
        assert_eq!(again.lost, report.lost);
        assert!(again.receipt.generations.is_empty());
    }
}

#[test]
fn a_database_that_does_not_answer_keeps_the_keys() {
    let world = World::new();
    let values = world.values(A);
    world.execute("ALTER TABLE vault.accounts RENAME TO elsewhere");
    let shredded = shred_blocking(
        &mut world.scope_without_keys(A),
        &REGISTRY,
        &world.keyring,
        &Limits::new(),
    );
    assert!(shredded.is_err());
    world.execute("ALTER TABLE vault.elsewhere RENAME TO accounts");
    assert_eq!(world.values(A), values);
}
