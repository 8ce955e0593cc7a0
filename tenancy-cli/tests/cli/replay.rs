//! Erasures with receipts, and their replay on a database that lacks them, as a restored backup does.

use std::fs;

use crate::support::{Run, Shop, tenancy};

const WHO: [&str; 4] = ["--by", "alice", "--reason", "ticket 9"];

/// The place outside of the databases.
struct Outside {
    folder: tempfile::TempDir,
}

impl Outside {
    fn new() -> Self {
        let outside = Outside {
            folder: tempfile::tempdir().unwrap(),
        };
        let (secret, public) = (outside.path("key"), outside.path("pub"));
        tenancy(&[
            "receipt", "keygen", "--secret", &secret, "--public", &public,
        ])
        .fine();
        fs::create_dir(outside.path("sink")).unwrap();
        outside
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn erase(&self, shop: &Shop, tenant: &str) -> Run {
        let (sink, key) = (self.path("sink"), format!("file:{}", self.path("key")));
        let erase = ["erase", "--tenant", tenant, "--yes", tenant];
        shop.run(&[&erase[..], &WHO, &["--sink", &sink, "--signing-key", &key]].concat())
    }

    fn replay(&self, shop: &Shop, more: &[&str]) -> Run {
        let (sink, public) = (self.path("sink"), self.path("pub"));
        let replay = ["replay", "--sink", &sink, "--public-key", &public];
        shop.run(&[&replay[..], more].concat())
    }

    fn list(&self) -> String {
        let (sink, public) = (self.path("sink"), self.path("pub"));
        tenancy(&["receipt", "list", "--sink", &sink, "--public-key", &public]).fine()
    }
}

#[test]
fn what_a_restored_backup_brought_back_is_erased_again() {
    let outside = Outside::new();
    let shop = Shop::new().with_eraser();
    let out = outside.erase(&shop, "acme").fine();
    assert!(out.contains("receipt 1, "), "{out}");
    assert!(outside.list().contains("acme"));
    outside
        .replay(&shop, &[])
        .ended(0, "0 tenants to be erased again, 1 as");

    // The database as it was before.
    let restored = Shop::new().with_eraser();
    let name = shop.database.name();
    outside
        .replay(&restored, &[])
        .ended(0, "1 receipt of other databases");
    let of = ["--database", name];
    let plan = outside.replay(&restored, &of);
    plan.ended(1, "erased after the backup");
    assert_eq!(restored.rows_of("acme"), 5501);

    outside
        .replay(&restored, &[&of[..], &["--yes"]].concat())
        .ended(2, "--by");
    let key = format!("file:{}", outside.path("key"));
    let yes = [&of[..], &WHO, &["--yes", "--signing-key", &key]].concat();
    let out = outside.replay(&restored, &yes).fine();
    assert!(
        out.contains("1 tenant erased again") && out.contains("receipt 2, "),
        "{out}"
    );
    assert_eq!(
        (restored.rows_of("acme"), restored.rows_of("globex")),
        (0, 5501)
    );
    outside
        .replay(&restored, &of)
        .ended(0, "0 tenants to be erased again");
}

#[test]
fn receipts_that_were_tampered_with_erase_nothing() {
    let outside = Outside::new();
    let shop = Shop::new().with_eraser();
    outside.erase(&shop, "acme").fine();
    let restored = Shop::new().with_eraser();
    let file = outside.path(&format!("sink/{:020}.receipt", 1));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"acme\"", "\"globex\"")).unwrap();
    let yes = [&["--database", shop.database.name(), "--yes"][..], &WHO].concat();
    outside
        .replay(&restored, &yes)
        .ended(4, "the receipts are not sound, so nothing was erased");
    assert_eq!(
        (restored.rows_of("acme"), restored.rows_of("globex")),
        (5501, 5501)
    );
    // Nor is anything erased whose receipt could not follow.
    outside
        .erase(&shop, "globex")
        .ended(4, "receipt 1 is not valid");
    assert_eq!(shop.rows_of("globex"), 5501);
}

#[test]
fn a_receipt_that_is_missing_is_issued_by_the_next_run() {
    let outside = Outside::new();
    let shop = Shop::new().with_eraser();
    let without = ["erase", "--tenant", "acme", "--yes", "acme"];
    shop.run(&[&without[..], &WHO].concat()).fine();
    let out = outside.erase(&shop, "acme").fine();
    assert!(
        out.contains("receipt 1, ") && out.contains("receipt 2, "),
        "{out}"
    );
    assert!(outside.list().contains("2 receipts"));
}
