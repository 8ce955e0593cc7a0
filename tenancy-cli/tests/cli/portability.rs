use std::fs;

use serde_json::Value;

use crate::support::{Run, Shop};

impl Shop {
    fn export(&self, more: &[&str]) -> Run {
        let directory = self.path("acme");
        let export = ["export", "acme", "--directory", &directory];
        self.run(&[&export[..], more].concat())
    }

    fn import(&self, directory: &str, more: &[&str]) -> Run {
        let import = ["import", directory, "--tenant", "initech"];
        self.run(&[&import[..], more].concat())
    }

    fn with_sealed_pins(self) -> Self {
        for tenant in ["acme", "initech"] {
            self.run(&["keys", "create", tenant]).fine();
        }
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
        self.run(&fill).fine();
        self
    }
}

#[test]
fn a_tenant_is_exported_and_imported_under_another_id() {
    let shop = Shop::new();
    let out = shop.export(&[]).fine();
    for part in ["public.projects", "5000", "acme: 5501 rows in"] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let manifest = fs::read(shop.path("acme/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["tenant"], "acme");
    shop.import(&shop.path("acme"), &[])
        .ended(0, "initech: 5501 rows in 3 tables");
    assert_eq!(
        (shop.rows_of("initech"), shop.rows_of("globex")),
        (5501, 5501)
    );
    shop.import(&shop.path("acme"), &[])
        .ended(4, "has rows in table");
    shop.export(&[]).ended(2, "never written over");
}

#[test]
fn sealed_values_move_to_the_keys_of_the_other_tenant() {
    let shop = Shop::new().with_sealed_pins();
    shop.export(&[]).fine();
    let directory = shop.path("acme");
    shop.import(&directory, &[]).ended(4, "--source-tenant");
    shop.import(&directory, &["--keys"])
        .ended(4, "--source-tenant");
    shop.import(&directory, &["--keys", "--source-tenant", "acme"])
        .fine();
    let status = shop.run(&["keys", "status", "initech"]).fine();
    assert!(status.contains("500"), "{status}");
    // They open under the keys that they are sealed under.
    shop.run(&["keys", "rotate", "initech"]).fine();
    shop.run(&["keys", "re-encrypt", "initech"])
        .ended(0, "Complete");
}

#[test]
fn opened_values_are_in_the_clear_and_the_tool_says_so() {
    let shop = Shop::new().with_sealed_pins();
    shop.export(&["--keys"]).ended(0, "in the clear");
    let files = fs::read_dir(shop.path("acme/tables")).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(
        texts
            .into_iter()
            .any(|text| text.contains("\"codec\":\"int4\""))
    );
    shop.import(&shop.path("acme"), &[]).ended(4, "--keys");
    shop.import(&shop.path("acme"), &["--keys"]).fine();
}

#[test]
fn a_superuser_neither_exports_nor_imports() {
    let shop = Shop::new();
    shop.export(&[]).fine();
    let shop = shop.with_superuser();
    let elsewhere = shop.path("elsewhere");
    shop.run(&["export", "acme", "--directory", &elsewhere])
        .ended(4, "row-level security does not confine this role");
    shop.import(&shop.path("acme"), &[])
        .ended(4, "row-level security does not confine this role");
    assert_eq!(shop.rows_of("initech"), 0);
}
