//! Receipts, as whoever keeps them looks at them: without a database.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tenancy_core::CanonicalTenant;
use tenancy_core::erasure::Report;

use crate::support::{Run, tenancy};

struct Office {
    folder: TempDir,
}

impl Office {
    /// A key and three receipts.
    fn new() -> Self {
        let office = Office {
            folder: TempDir::new().unwrap(),
        };
        office.keygen("receipt").fine();
        fs::create_dir(office.path("sink")).unwrap();
        for (i, tenant) in ["acme", "globex", "acme"].into_iter().enumerate() {
            office.write_report(&format!("e-{i}"), tenant);
            office.issue(&format!("e-{i}"), "receipt").fine();
        }
        office
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn receipt(&self, number: u64) -> String {
        self.path(&format!("sink/{number:020}.receipt"))
    }

    fn keygen(&self, name: &str) -> Run {
        tenancy(&[
            "receipt",
            "keygen",
            "--secret",
            &self.path(&format!("{name}.key")),
            "--public",
            &self.path(&format!("{name}.pub")),
        ])
    }

    fn write_report(&self, erasure: &str, tenant: &str) {
        let tenant = CanonicalTenant::from_text(tenant).unwrap();
        let mut report = Report::new(erasure, tenant, "2026-11-25T22:40:12Z");
        report.finished = "2026-11-25T22:41:12Z".to_owned();
        fs::write(self.path(erasure), report.to_json().unwrap()).unwrap();
    }

    fn issue(&self, report: &str, key: &str) -> Run {
        let source = format!("file:{}", self.path(&format!("{key}.key")));
        let (report, sink) = (self.path(report), self.path("sink"));
        let issue = ["receipt", "issue", &report, "--sink", &sink];
        tenancy(&[&issue[..], &["--signing-key", &source]].concat())
    }

    fn list(&self, more: &[&str]) -> Run {
        let (sink, public) = (self.path("sink"), self.path("receipt.pub"));
        let list = ["receipt", "list", "--sink", &sink, "--public-key", &public];
        tenancy(&[&list[..], more].concat())
    }

    fn verify(&self, number: u64, public: &str) -> Run {
        let file = self.receipt(number);
        tenancy(&[
            "receipt",
            "verify",
            &file,
            "--public-key",
            &self.path(public),
        ])
    }
}

fn change(file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from));
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn receipts_are_listed_and_each_is_verified() {
    let office = Office::new();
    let list = office.list(&[]).fine();
    for part in [
        "acme",
        "globex",
        "e-2",
        "2026-11-25T22:41:12Z",
        "3 receipts",
    ] {
        assert!(list.contains(part), "{part}\n{list}");
    }
    let json = office.list(&["--json"]).fine();
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["report"]["tenant"], "globex");
    let verified = office.verify(2, "receipt.pub").fine();
    assert!(
        verified.contains("valid, receipt 2") && verified.contains("tenant globex"),
        "{verified}"
    );
    // The digits themselves do as well.
    let digits = fs::read_to_string(office.path("receipt.pub")).unwrap();
    let file = office.receipt(1);
    tenancy(&["receipt", "verify", &file, "--public-key", digits.trim()]).fine();
}

#[test]
fn a_receipt_that_was_changed_or_signed_by_another_ends_with_1() {
    let office = Office::new();
    office.keygen("other").fine();
    office
        .verify(1, "other.pub")
        .ended(1, "which is not among the public keys that are trusted");
    change(&office.receipt(1), "acme", "aces");
    office.verify(1, "receipt.pub").ended(1, "NOT VALID");
    office.verify(2, "receipt.pub").fine();
    office.list(&[]).ended(1, "receipt 1 is not valid");
}

#[test]
fn a_receipt_that_was_removed_ends_with_1() {
    let office = Office::new();
    let last = office.list(&["--json"]).fine();
    let last: serde_json::Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    let digest = last["digest"].as_str().unwrap();
    office.list(&["--contains", digest]).fine();
    fs::remove_file(office.receipt(3)).unwrap();
    // Nothing in the chain tells of its end; the digest that was noted elsewhere does.
    office.list(&[]).fine();
    office
        .list(&["--contains", digest])
        .ended(1, "No receipt has the digest");
    fs::remove_file(office.receipt(1)).unwrap();
    office.list(&[]).ended(1, "receipt 1 is missing");
}

#[test]
fn a_report_has_one_receipt_and_a_key_that_nobody_trusts_adds_none() {
    let office = Office::new();
    let again = office.issue("e-1", "receipt").fine();
    assert!(again.starts_with("receipt 2, "), "{again}");
    office.write_report("e-1", "another");
    office
        .issue("e-1", "receipt")
        .ended(4, "of the same erasure and has another report");
    office.keygen("other").fine();
    office.write_report("e-3", "initech");
    // What is there already is of a key that the new one does not know of.
    office.issue("e-3", "other").ended(4, "is not valid");
    let list = office.list(&[]).fine();
    assert!(list.contains("3 receipts"), "{list}");
    let text = fs::read_to_string(office.path("e-3")).unwrap();
    let unfinished = text.replace("2026-11-25T22:41:12Z", "");
    fs::write(office.path("e-3"), unfinished).unwrap();
    office.issue("e-3", "receipt").ended(4, "not finished");
    fs::write(office.path("e-3"), "{}").unwrap();
    office.issue("e-3", "receipt").ended(2, "is no report");
}

#[test]
fn keys_are_never_written_over_and_the_secret_half_is_its_owners_alone() {
    let office = Office::new();
    let before = fs::read(office.path("receipt.key")).unwrap();
    office.keygen("receipt").ended(2, "receipt.key");
    assert_eq!(fs::read(office.path("receipt.key")).unwrap(), before);
    // A public half that is in the way leaves no secret half behind.
    fs::write(office.path("half.pub"), "").unwrap();
    office.keygen("half").ended(2, "no key was made");
    assert!(!Path::new(&office.path("half.key")).exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(office.path("receipt.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o400);
    }
}

#[test]
fn what_is_missing_is_named() {
    let office = Office::new();
    let file = office.receipt(1);
    tenancy(&["receipt", "verify", &file]).ended(2, "TENANCY_RECEIPT_PUBLIC_KEY");
    let public = office.path("receipt.pub");
    tenancy(&["receipt", "list", "--public-key", &public]).ended(2, "TENANCY_RECEIPT_SINK");
    let nowhere = office.path("nowhere");
    tenancy(&[
        "receipt",
        "list",
        "--sink",
        &nowhere,
        "--public-key",
        &public,
    ])
    .ended(2, "receipts could not be read");
    tenancy(&["receipt", "verify", &nowhere, "--public-key", &public]).ended(2, "cannot be read");
    tenancy(&["receipt", "verify", &file, "--public-key", &file]).ended(2, "public key");
}
