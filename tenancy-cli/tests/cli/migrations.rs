use crate::support::Shop;

#[test]
fn migrations_are_listed_run_granted_and_reverted() {
    let shop = Shop::empty().with_superuser();
    shop.run(&["migrations", "pending"])
        .ended(1, "00000000000001 is not applied");
    let ran = shop.run(&["migrations", "run"]).fine();
    assert!(ran.contains("applied 00000000000002"), "{ran}");
    assert!(
        shop.run(&["migrations", "run"])
            .fine()
            .contains("nothing to do")
    );
    shop.run(&["migrations", "pending"])
        .ended(0, "every migration is applied");
    let keys = shop.keys.clone();
    shop.run(&["migrations", "grant-keys", &keys])
        .ended(0, "granted");
    shop.run(&["migrations", "revert"]).ended(2, "--yes");
    shop.run(&["migrations", "revert", "--yes"])
        .ended(0, "reverted 00000000000001");
    shop.run(&["migrations", "pending"])
        .ended(1, "is not applied");
}

#[test]
fn the_application_gets_no_keys_and_no_migrations() {
    let shop = Shop::empty();
    let run = shop
        .run(&["migrations", "run"])
        .ended(4, "permission denied");
    assert!(
        run.err.contains("help: connect as the role that owns"),
        "{}",
        run.err
    );
    let app = shop.app.clone();
    shop.run(&["migrations", "grant-keys", &app])
        .ended(2, "must not reach the keys");
}

#[test]
fn a_revert_that_would_lose_keys_is_refused_and_changes_nothing() {
    let shop = Shop::new().with_superuser();
    shop.run(&["migrations", "revert", "--yes"])
        .ended(4, "failed");
    shop.run(&["migrations", "pending"])
        .ended(0, "every migration is applied");
}

#[test]
fn migrations_are_written_into_the_applications_own_history() {
    let shop = Shop::empty();
    let directory = shop.path("migrations");
    let write = ["migrations", "write", "--directory", &directory];
    assert!(shop.run(&write).fine().contains("up.sql"));
    // They are there already, and equal.
    assert_eq!(shop.run(&write).fine(), "");
    let folder = std::fs::read_dir(&directory).unwrap().next().unwrap();
    std::fs::write(folder.unwrap().path().join("up.sql"), "SELECT 1").unwrap();
    shop.run(&write).ended(2, "differs");
}
