use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::Value;
use tenancy_diesel::PolicyOptions;

use crate::support::{REGISTRY, Run, Shop};

impl Shop {
    /// With an eraser, through the program's own commands.
    pub(crate) fn with_eraser(self) -> Self {
        let eraser = self.server.create_login_role("eraser").unwrap();
        let policies = PolicyOptions::new()
            .app_role(&self.app)
            .eraser_role(&eraser);
        self.execute(policies.generate(REGISTRY).up());
        self.execute(&format!("GRANT USAGE ON SCHEMA public TO {eraser}"));
        let superuser = self.database.url();
        let grant = [
            "migrations",
            "grant-eraser",
            &eraser,
            "--database-url",
            &superuser,
        ];
        self.run(&grant).fine();
        let url = self.database.url_as(&eraser);
        self.set("TENANCY_ERASER_DATABASE_URL", url)
    }

    pub(crate) fn rows_of(&self, merchant: &str) -> i64 {
        let count = format!(
            "SELECT (SELECT count(*) FROM projects WHERE merchant_id = '{merchant}') \
             + (SELECT count(*) FROM accounts WHERE merchant_id = '{merchant}') \
             + (SELECT count(*) FROM merchants WHERE id = '{merchant}')"
        );
        diesel::dsl::sql::<BigInt>(&format!("({count})"))
            .get_result(&mut self.superuser())
            .unwrap()
    }

    fn erase(&self, more: &[&str]) -> Run {
        let erase = ["erase", "--tenant", "acme"];
        self.run(&[&erase[..], more].concat())
    }
}

const WHO: [&str; 4] = ["--by", "alice", "--reason", "ticket 9"];

#[test]
fn a_dry_run_counts_and_changes_nothing() {
    let shop = Shop::new().with_eraser();
    let out = shop.erase(&["--dry-run"]).fine();
    assert_eq!(
        out,
        "public.accounts    500  rows deleted\n\
         public.projects   5000  rows deleted\n\
         public.merchants     1  rows deleted\n"
    );
    assert_eq!((shop.rows_of("acme"), shop.rows_of("globex")), (5501, 5501));
}

#[test]
fn a_tenant_is_erased_and_the_report_is_written() {
    let shop = Shop::new().with_eraser();
    let file = shop.path("report.json");
    let out = shop
        .erase(
            &[
                &WHO[..],
                &["--yes", "acme", "--rows", "999", "--report", &file],
            ]
            .concat(),
        )
        .fine();
    assert!(out.contains("public.projects: 5000 rows deleted"), "{out}");
    assert!(out.contains("still holds data: backups"), "{out}");
    assert_eq!((shop.rows_of("acme"), shop.rows_of("globex")), (0, 5501));
    let text = std::fs::read_to_string(&file).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["tenant"], "acme");
    assert_eq!(report["actor"], "alice");

    let again = shop.erase(&[&WHO[..], &["--yes", "acme", "--report", &file]].concat());
    again.ended(2, "nothing was erased");
    let again = shop.erase(&[&WHO[..], &["--yes", "acme"]].concat());
    again.ended(0, "there is nothing of this tenant");
}

#[test]
fn the_keys_go_with_the_rows() {
    let shop = Shop::new().with_eraser();
    shop.run(&["keys", "create", "acme"]).fine();
    shop.run(&["keys", "create", "globex"]).fine();
    let out = shop
        .erase(&[&WHO[..], &["--yes", "acme", "--keys"]].concat())
        .fine();
    assert!(out.contains("keys shredded"), "{out}");
    shop.run(&["keys", "create", "acme"]).ended(4, "");
    let list = shop.run(&["keys", "list"]).fine();
    assert!(list.contains("shredded"), "{list}");
}

#[test]
fn nothing_is_erased_without_the_id_twice_a_name_and_a_reason() {
    let shop = Shop::new().with_eraser();
    shop.erase(&WHO).ended(2, "give the id of the tenant again");
    shop.erase(&[&WHO[..], &["--yes", "globex"]].concat())
        .ended(2, "the two ids of the tenant differ");
    shop.erase(&["--yes", "acme"]).ended(2, "--by");
    shop.erase(&["--yes", "acme", "--by", "alice", "--reason", " "])
        .ended(2, "the reason is missing");
    assert_eq!(shop.rows_of("acme"), 5501);
}

#[test]
fn other_roles_and_unknown_tables_are_refused() {
    let shop = Shop::new().with_eraser();
    shop.execute("CREATE TABLE notes (merchant_id text)");
    shop.erase(&["--dry-run"])
        .ended(4, "public.notes: has the column merchant_id");
    let left = ["--dry-run", "--leave", "notes=nobody's"];
    let out = shop.erase(&left).fine();
    assert!(out.contains("left: nobody's"), "{out}");
    let superuser = shop.database.url();
    let shop = shop.set("TENANCY_ERASER_DATABASE_URL", superuser);
    shop.erase(&left).ended(4, "superuser");
    let shop = shop.set("TENANCY_ERASER_DATABASE_URL", "");
    shop.erase(&left).ended(2, "TENANCY_ERASER_DATABASE_URL");
}
