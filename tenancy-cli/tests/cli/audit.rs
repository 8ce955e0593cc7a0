use serde_json::Value;

use crate::support::{Run, Shop};

fn audit(shop: &Shop, more: &[&str]) -> Run {
    shop.run(&[&["audit"][..], more].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The objects that a rule found.
fn found(run: &Run, rule: &str) -> Vec<String> {
    let report = json(run);
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| finding["rule"] == rule)
        .map(|finding| finding["object"]["name"].as_str().unwrap().to_owned())
        .collect()
}

const NO_FORCE: &str = "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY";

#[test]
fn a_flaw_is_found_and_the_mend_that_is_shown_mends_it() {
    let shop = Shop::new().with_superuser();
    let sound = audit(&shop, &["--format", "json"]);
    assert!(found(&sound, "rls-not-forced").is_empty(), "{sound:?}");
    // The exit code says what the summary says.
    let errors = json(&sound)["summary"]["errors"].as_u64().unwrap();
    assert_eq!(sound.code, i32::from(errors > 0));

    shop.execute(NO_FORCE);
    let broken = audit(&shop, &["--format", "json"]);
    assert_eq!(broken.code, 1);
    assert_eq!(found(&broken, "rls-not-forced"), ["public.projects"]);
    let report = json(&broken);
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|f| f["rule"] == "rls-not-forced");
    shop.execute(finding.unwrap()["mend"].as_str().unwrap());
    let mended = audit(&shop, &["--format", "json"]);
    assert!(found(&mended, "rls-not-forced").is_empty(), "{mended:?}");
}

#[test]
fn every_format_has_the_finding() {
    let shop = Shop::new().with_superuser();
    shop.execute(NO_FORCE);
    for (format, begins, has) in [
        (
            "text",
            "Audit of database ",
            "error[rls-not-forced] table public.projects",
        ),
        ("json", "{", "\"rls-not-forced\""),
        ("sarif", "{", "\"ruleId\": \"rls-not-forced\""),
        ("html", "<!DOCTYPE html>", "<code>rls-not-forced</code>"),
    ] {
        let run = audit(&shop, &["--format", format]).ended(1, has);
        assert!(run.out.starts_with(begins), "{}", run.out);
        let file = shop.path(format);
        let coloured = ["--format", format, "--output", &file, "--color", "always"];
        let written = shop.command(
            &crate::support::binary(),
            &[&["audit"][..], &coloured].concat(),
        );
        assert_eq!({ written }.output().unwrap().status.code(), Some(1));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), run.out);
    }
    let run = audit(
        &shop,
        &["--format", "sarif", "--sarif-uri", "src/schema.rs"],
    );
    let location = &json(&run)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "src/schema.rs");
}

#[test]
fn a_baseline_accepts_until_a_day() {
    let shop = Shop::new().with_superuser();
    shop.execute(NO_FORCE);
    let file = shop.path("baseline.toml");
    let entry = |expires: &str| {
        format!(
            "[[accepted]]\nrule = \"rls-not-forced\"\nobject = \"public.projects\"\n\
             reason = \"moves in Q3\"\nexpires = {expires}\n"
        )
    };
    let with = |text: &str| {
        std::fs::write(&file, text).unwrap();
        audit(&shop, &["--format", "json", "--baseline", &file])
    };
    let run = with(&entry("2999-01-01"));
    assert_eq!(json(&run)["summary"]["accepted"], 1, "{run:?}");
    let run = with(&entry("2020-01-01"));
    assert_eq!(run.code, 1);
    assert_eq!(found(&run, "baseline-expired"), ["public.projects"]);
    let unknown = entry("2999-01-01").replace("rls-not-forced", "rls-not-froced");
    assert_eq!(
        found(&with(&unknown), "baseline-unknown-rule"),
        ["public.projects"]
    );
    with("accepted = 7").ended(2, "baseline");
    with(&entry("2999-01-01").replace("moves in Q3", "")).ended(2, "has no reason");
    audit(&shop, &["--baseline", "/nowhere/baseline.toml"]).ended(2, "cannot be read");
}

#[test]
fn a_severity_decides_what_fails() {
    let shop = Shop::new().with_superuser();
    shop.execute("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    for severity in ["error", "warning", "info"] {
        assert_eq!(audit(&shop, &["--fail-on", severity]).code, 1);
    }
    audit(&shop, &["--fail-on", "never"]).ended(2, "possible values: info, warning, error");
}

#[test]
fn a_table_with_a_hostile_name_is_text_in_the_page() {
    let shop = Shop::new().with_superuser();
    let registry = shop.path("tenancy.json");
    let text = std::fs::read_to_string(&registry).unwrap();
    let name = "<script>alert('1')</script>";
    let text = text.replace("\"name\": \"projects\"", &format!("\"name\": \"{name}\""));
    std::fs::write(&registry, text).unwrap();
    shop.execute(&format!("ALTER TABLE projects RENAME TO \"{name}\"; ALTER TABLE \"{name}\" NO FORCE ROW LEVEL SECURITY"));
    let run = audit(&shop, &["--format", "html"]).ended(1, "&lt;script&gt;alert(&#39;1&#39;)");
    assert!(!run.out.contains("<script"), "{}", run.out);
}

#[test]
fn an_attack_is_made_only_on_the_database_that_was_named() {
    let shop = Shop::new().with_superuser();
    shop.execute(&format!("GRANT TRUNCATE ON projects TO {}", shop.app));
    audit(&shop, &["--attack", "production"]).ended(2, "nothing was attacked");
    let name = shop.database.name().to_owned();
    let run = audit(&shop, &["--format", "json", "--attack", &name]);
    assert_eq!(run.code, 1);
    assert_eq!(found(&run, "attack-truncate"), ["projects"]);
    let quiet = audit(&shop, &["--format", "json"]);
    assert!(found(&quiet, "attack-truncate").is_empty());
    // What it planted is gone.
    shop.execute("DO $$ BEGIN ASSERT (SELECT count(*) FROM merchants) = 2; END $$");
    let app = shop.database.url_as(&shop.app);
    let shop = shop.set("TENANCY_DATABASE_URL", app);
    assert_eq!(audit(&shop, &["--attack", &name]).code, 4);
}

#[test]
fn the_applications_role_may_ask_and_a_registry_is_needed() {
    let shop = Shop::new();
    let run = audit(&shop, &["--format", "json"]);
    assert!(found(&run, "rls-not-forced").is_empty(), "{run:?}");
    let shop = shop.set("TENANCY_REGISTRY", "");
    audit(&shop, &[]).ended(2, "needs to know the application's tables");
}
