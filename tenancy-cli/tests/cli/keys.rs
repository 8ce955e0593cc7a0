use std::process::Stdio;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::Value;

use crate::support::{Shop, binary};

impl Shop {
    /// How many sealed values a tenant has, by SQL.
    fn sealed(&self, condition: &str) -> i64 {
        let count = "SELECT count(*) FROM accounts WHERE pin IS NOT NULL AND ";
        diesel::dsl::sql::<BigInt>(&format!("{count}{condition}"))
            .get_result(&mut self.superuser())
            .unwrap()
    }

    /// Keys for the tenant, and its values sealed under them.
    fn with_values(self) -> Self {
        self.run(&["keys", "create", "acme"]).fine();
        self.encrypt(&[]).fine();
        self
    }

    fn encrypt(&self, more: &[&str]) -> crate::support::Run {
        let fill = [
            "keys",
            "encrypt-column",
            "acme",
            "--table",
            "accounts",
            "--plaintext",
            "plain_pin",
            "--sealed",
            "pin",
            "--as",
            "int4",
        ];
        self.run(&[&fill[..], more].concat())
    }
}

#[test]
fn keys_are_created_once_and_listed() {
    let shop = Shop::new();
    assert!(shop.run(&["keys", "list"]).fine().contains("0 tenants"));
    let created = shop
        .run(&["keys", "create", "acme", "--lease", "90"])
        .fine();
    assert_eq!(created, "acme has keys now: generation 1 seals\n");
    let again = shop.run(&["keys", "create", "acme"]).fine();
    assert_eq!(
        again,
        "acme had keys already, which stay: generation 1 seals\n"
    );
    let list = shop.run(&["keys", "list"]).fine();
    for part in ["acme", "active", "2026-01", "90 s", "1 tenant"] {
        assert!(list.contains(part), "{part}\n{list}");
    }
    let line: Value = serde_json::from_str(&shop.run(&["keys", "list", "--json"]).fine()).unwrap();
    assert_eq!(line["tenant"], "acme");
    assert_eq!(line["generations"], serde_json::json!([1]));
}

#[test]
fn a_key_is_rotated_values_are_sealed_anew_and_others_are_not_touched() {
    let shop = Shop::new().with_values();
    shop.run(&["keys", "create", "globex"]).fine();
    assert_eq!(shop.sealed("merchant_id = 'acme'"), 500);

    let dry = shop.run(&["keys", "rotate", "--all", "--dry-run"]).fine();
    assert!(
        dry.contains("acme: generation 1 seals; the next one would be 2"),
        "{dry}"
    );
    let rotated = shop.run(&["keys", "rotate", "acme"]).fine();
    assert!(rotated.contains("generation 2 seals"), "{rotated}");
    let status = shop.run(&["keys", "status", "acme"]).fine();
    assert!(status.contains("500 of generation 1"), "{status}");

    let old = "get_byte(pin, 7) = 1 AND merchant_id = 'acme'";
    shop.run(&["keys", "re-encrypt", "acme", "--dry-run"])
        .ended(0, "Dry run");
    assert_eq!(shop.sealed(old), 500);
    shop.run(&["keys", "re-encrypt", "acme"])
        .ended(0, "Complete");
    assert_eq!(shop.sealed(old), 0);
    let all = shop.run(&["keys", "re-encrypt", "--all"]).fine();
    assert!(all.contains("acme: ") && all.contains("globex: "), "{all}");
}

#[test]
fn a_re_encryption_that_is_interrupted_goes_on_from_there() {
    let shop = Shop::new().with_values();
    shop.run(&["keys", "rotate", "acme"]).fine();
    // The pauses keep it from ending first.
    let slow = [
        "keys",
        "re-encrypt",
        "acme",
        "--rows",
        "1",
        "--pause-ms",
        "300",
    ];
    let mut child = shop
        .command(&binary(), &slow)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let new = "get_byte(pin, 7) = 2";
    while shop.sealed(new) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    let done = shop.sealed(new);
    assert!((1..500).contains(&done), "{done}");
    shop.run(&["keys", "re-encrypt", "acme"])
        .ended(0, "Complete");
    assert_eq!(shop.sealed(new), 500);
}

#[test]
fn a_value_that_does_not_open_is_listed_and_ends_with_1() {
    let shop = Shop::new().with_values();
    shop.run(&["keys", "rotate", "acme"]).fine();
    shop.execute("UPDATE accounts SET pin = set_byte(pin, 70, get_byte(pin, 70) # 1) WHERE id = 7");
    let dry = shop.run(&["keys", "re-encrypt", "acme", "--dry-run"]);
    dry.ended(1, "accounts.pin, id = 7: it does not open");
    shop.run(&["keys", "re-encrypt", "acme"])
        .ended(1, "Not complete: 1 values");
}

#[test]
fn a_generation_in_use_is_not_destroyed() {
    let shop = Shop::new().with_values();
    shop.run(&["keys", "rotate", "acme"]).fine();
    let destroy = ["keys", "destroy-generation", "acme", "1"];
    shop.run(&[&destroy[..], &["--dry-run"]].concat())
        .ended(1, "500 values");
    let run = shop.run(&destroy).ended(4, "500 values");
    assert!(run.err.contains("tenancy keys re-encrypt"), "{}", run.err);
    shop.run(&["keys", "destroy-generation", "acme", "0"])
        .ended(2, "0 is not in");
}

#[test]
fn the_key_of_a_generation_is_destroyed_after_two_leases() {
    let shop = Shop::new();
    shop.run(&["keys", "create", "acme", "--lease", "1"]).fine();
    shop.run(&["keys", "rotate", "acme"]).fine();
    let run = shop.run(&["keys", "destroy-generation", "acme", "1"]);
    assert!(run.err.contains("waiting"), "{}", run.err);
    assert!(run.fine().contains("The key of generation 1 was destroyed"));
    let status = shop.run(&["keys", "status", "acme"]).fine();
    assert!(
        status.contains("destroyed") && status.contains("floor 2"),
        "{status}"
    );
}

#[test]
fn keys_move_to_another_root_and_the_old_one_opens_them_no_more() {
    let shop = Shop::new().with_values();
    let new = ["--root", "2026-07=env:SHOP_OTHER_ROOT"];
    let both = [&new[..], &["--previous-root", "2026-01=env:SHOP_ROOT"]].concat();
    let run = shop.run(&[&["keys", "rewrap", "acme"][..], &new].concat());
    let run = run.ended(4, "another root key");
    assert!(run.err.contains("--previous-root"), "{}", run.err);
    let rewrap =
        |more: &[&str]| shop.run(&[&["keys", "rewrap", "--all"][..], &both, more].concat());
    let dry = rewrap(&["--dry-run"]).fine();
    assert!(
        dry.contains("acme: would move from 2026-01 to 2026-07"),
        "{dry}"
    );
    assert!(
        rewrap(&[])
            .fine()
            .contains("acme: is wrapped anew under 2026-07")
    );
    assert!(
        rewrap(&[])
            .fine()
            .contains("acme: was already under 2026-07")
    );
    shop.run(&["keys", "rotate", "acme"])
        .ended(4, "another root key");
    shop.run(&[&["keys", "rotate", "acme"][..], &new].concat())
        .fine();
}

#[test]
fn shredding_asks_for_the_tenant_again_and_writes_a_receipt() {
    let shop = Shop::new().with_values();
    shop.run(&["keys", "create", "globex"]).fine();
    let receipt = shop.path("receipt.json");

    let dry = shop.run(&["keys", "shred", "acme", "--dry-run"]).fine();
    assert!(
        dry.contains("acme: 500 values could no longer be opened"),
        "{dry}"
    );
    shop.run(&["keys", "shred", "acme"])
        .ended(2, "has to be confirmed; nothing was destroyed");
    shop.run(&["keys", "shred", "acme", "--yes-shred", "globex"])
        .ended(2, "differ; nothing was destroyed");
    shop.run(&["keys", "shred", "nobody", "--yes-shred", "nobody"])
        .ended(4, "has no keys");
    shop.run(&["keys", "status", "acme"])
        .ended(0, "seals and opens");

    let shred = [
        "keys",
        "shred",
        "acme",
        "--yes-shred",
        "acme",
        "--receipt",
        &receipt,
    ];
    // No root key is needed.
    let shop = shop.set("SHOP_ROOT", "");
    let said = shop.run(&shred).fine();
    for part in [
        "destroyed",
        "Copies may remain",
        "500 values can no longer be opened",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let json: Value = serde_json::from_str(&std::fs::read_to_string(&receipt).unwrap()).unwrap();
    assert_eq!(json["tenant"], "acme");
    assert_eq!(json["lost_values"], 500);
    assert_eq!(json["generations"], serde_json::json!([1]));
    assert!(!json["copies_may_remain_in"].as_array().unwrap().is_empty());

    let list = shop.run(&["keys", "list"]).fine();
    assert!(
        list.contains("shredded") && list.contains("globex"),
        "{list}"
    );
    // Another receipt is not written over the first.
    shop.run(&shred).ended(2, "nothing was destroyed");
    let shop = shop.set("SHOP_ROOT", crate::support::ROOT);
    shop.run(&["keys", "rotate", "acme"])
        .ended(4, "keys were destroyed");
    shop.run(&["keys", "create", "acme"])
        .ended(4, "keys were destroyed");
}

#[test]
fn a_receipt_that_cannot_be_written_destroys_nothing() {
    let shop = Shop::new().with_values();
    let shred = ["keys", "shred", "acme", "--yes-shred", "acme", "--receipt"];
    shop.run(&[&shred[..], &["/nowhere/receipt.json"]].concat())
        .ended(2, "nothing was destroyed");
    // What fails later leaves no empty file behind.
    let receipt = shop.path("receipt.json");
    shop.execute("ALTER TABLE accounts RENAME TO renamed");
    shop.run(&[&shred[..], &[receipt.as_str()]].concat())
        .ended(4, "is not in the database");
    assert!(!std::path::Path::new(&receipt).exists());
    shop.execute("ALTER TABLE renamed RENAME TO accounts");
    shop.run(&["keys", "status", "acme"])
        .ended(0, "seals and opens");
}

#[test]
fn a_plaintext_column_is_sealed_and_compared() {
    let shop = Shop::new();
    shop.run(&["keys", "create", "acme"]).fine();
    shop.encrypt(&["--dry-run"]).ended(0, "Dry run");
    assert_eq!(shop.sealed("true"), 0);
    shop.encrypt(&["--rows", "50"])
        .ended(0, "Complete: 500 values are equal");
    assert_eq!(shop.sealed("merchant_id = 'globex'"), 0);
    shop.execute("UPDATE accounts SET plain_pin = 0 WHERE id = 3 AND merchant_id = 'acme'");
    shop.encrypt(&[])
        .ended(1, "id = 3: the sealed value is not that of the plaintext");
}

#[test]
fn the_wrong_role_for_the_keys_is_refused_with_what_to_do() {
    let shop = Shop::new();
    let app = shop.database.url_as(&shop.app);
    let superuser = shop.database.url();
    let shop = shop.set("TENANCY_KEYS_DATABASE_URL", app);
    shop.run(&["keys", "list"])
        .ended(4, "connects as the application's role");
    let shop = shop.set("TENANCY_KEYS_DATABASE_URL", superuser);
    shop.run(&["keys", "list"]).ended(4, "is a superuser");
    let empty = Shop::empty();
    let run = empty
        .run(&["keys", "list"])
        .ended(4, "key tables do not exist");
    assert!(run.err.contains("tenancy migrations run"), "{}", run.err);
}

#[test]
fn a_root_key_that_cannot_be_read_ends_with_5() {
    let shop = Shop::new().set("SHOP_ROOT", "");
    shop.run(&["keys", "create", "acme"]).ended(5, "root key");
    let file = shop.path("root.key");
    let root = format!("2026-01=file:{file}");
    let create = ["keys", "create", "acme", "--root", &root];
    shop.run(&create).ended(5, "could not be read");
    std::fs::write(&file, format!("{}\n", crate::support::ROOT)).unwrap();
    set_mode(&file, 0o644);
    shop.run(&create).ended(5, "readable by its owner alone");
    set_mode(&file, 0o400);
    shop.run(&create).ended(0, "has keys now");
    shop.run(&["keys", "list", "--root", "nonsense"])
        .ended(0, "1 tenant");
    let shop = shop.set("TENANCY_ROOT", "");
    shop.run(&["keys", "rotate", "acme"])
        .ended(2, "--root 2026-01=file:");
}

#[cfg(unix)]
fn set_mode(file: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_id_that_no_tenant_can_have_ends_with_2() {
    let shop = Shop::new();
    for tenant in ["", " ", "a\tb"] {
        shop.run(&["keys", "create", tenant])
            .ended(2, "no id of a tenant");
    }
    shop.run(&["keys", "status", "nobody"])
        .ended(1, "has no keys");
}
