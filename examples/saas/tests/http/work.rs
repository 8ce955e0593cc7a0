//! Projects, tasks, tokens, reports, the audit.

use std::collections::HashMap;
use std::io::Read;

use axum::http::StatusCode;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use hmac::{Hmac, KeyInit, Mac};
use saas::{policies, schema};
use sha2::Sha256;
use tar::Archive;
use tenancy_diesel::audit::Audit;

use crate::support::{ADA, DARIO, between, run};

#[test]
fn what_people_write_stays_text() {
    run(|site| async move {
        let owner = site.founder("writing").await;
        let evil = "%3Cscript%3Ealert(1)%3C/script%3E%26%22";
        let form = format!("name={evil}&description={evil}");
        let board = owner
            .post("/o/writing/projects", &form)
            .await
            .location()
            .to_owned();
        owner
            .post(
                &format!("{board}/tasks"),
                &format!("title={evil}&assignee=&due_on="),
            )
            .await;
        let task = format!(
            "/o/writing/tasks/{}",
            site.ids("tasks", "writing").remove(0)
        );
        owner
            .post(&format!("{task}/comments"), &format!("body={evil}"))
            .await;
        for page in [
            "/o/writing",
            "/o/writing/projects",
            "/o/writing/audit",
            &board,
            &task,
        ] {
            let page = owner.get(page).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text().contains("&lt;script&gt;"), "{}", page.text());
            assert!(!page.text().contains("<script"), "{}", page.text());
        }
    });
}

#[test]
fn a_task_moves_over_the_board() {
    run(|site| async move {
        let owner = site.founder("moving").await;
        let form = "name=Roof&description=";
        let board = owner
            .post("/o/moving/projects", form)
            .await
            .location()
            .to_owned();
        let form = "title=Slates&assignee=&due_on=2031-05-01";
        owner.post(&format!("{board}/tasks"), form).await;
        let task = format!("/o/moving/tasks/{}", site.ids("tasks", "moving").remove(0));
        let form = "title=Slates&description=Count+them&status=done&assignee=&due_on=";
        owner.post(&task, form).await;
        let page = owner.get(&task).await;
        assert!(page.text().contains("Count them"));
        let image = owner.get(&format!("{board}/progress.svg")).await;
        assert_eq!(image.header("content-type"), "image/svg+xml");
        assert!(
            image.text().contains("1 of 1 tasks done"),
            "{}",
            image.text()
        );
        owner.post(&format!("{task}/comments"), "body=Forty").await;
        owner.post(&format!("{task}/delete"), "").await;
        assert_eq!(owner.get(&task).await.status, StatusCode::NOT_FOUND);
        let image = owner.get(&format!("{board}/progress.svg")).await;
        assert!(
            image.text().contains("0 of 0 tasks done"),
            "{}",
            image.text()
        );
    });
}

#[test]
fn forms_that_are_not_filled_in_are_shown_again() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        let before = site.rows_of("northwind");
        for (path, form) in [
            ("projects", "name=+&description="),
            ("settings/tokens", "name="),
            ("settings", "name="),
        ] {
            let reply = ada.post(&format!("/o/northwind/{path}"), form).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(reply.text().contains("role=\"alert\""), "{path}");
        }
        let reply = ada.post("/o/northwind/projects", "nonsense=1").await;
        assert!(reply.status.is_client_error());
        assert_eq!(site.rows_of("northwind"), before);
    });
}

#[test]
fn a_token_is_shown_once_and_stored_encrypted() {
    run(|site| async move {
        let owner = site.founder("tokens").await;
        let page = owner.post("/o/tokens/settings/tokens", "name=Robot").await;
        let secret = between(page.text(), "<code class=\"secret\">", "<").to_owned();
        assert_eq!(secret.len(), 64);
        let later = owner.get("/o/tokens/settings").await;
        assert!(!later.text().contains(&secret), "shown again");
        assert!(later.text().contains(&secret[60..]), "the last four");
        let stored = site.rows_of("tokens").join("\n");
        let in_hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(stored.contains("Robot") && !stored.contains(&secret) && !stored.contains(&in_hex));
        let id = site.ids("api_tokens", "tokens").remove(0);
        owner
            .post(&format!("/o/tokens/settings/tokens/{id}/revoke"), "")
            .await;
        assert!(site.ids("api_tokens", "tokens").is_empty());
    });
}

#[test]
fn a_report_is_counted_in_the_background_from_own_rows() {
    run(|site| async move {
        let owner = site.founder("counting").await;
        let form = "name=Only+project&description=";
        let board = owner
            .post("/o/counting/projects", form)
            .await
            .location()
            .to_owned();
        let form = "title=Late&assignee=&due_on=2001-01-01";
        owner.post(&format!("{board}/tasks"), form).await;
        let report = owner
            .post("/o/counting/reports", "")
            .await
            .location()
            .to_owned();
        let page = owner.finished(&report).await;
        let row = between(page.text(), "<tbody>", "</tbody>");
        let number = |n| format!("<td class=\"number\">{n}</td>");
        let expected = format!(
            "<tr><td>Only project</td>{}{}{}{}</tr>",
            number(1),
            number(0),
            number(0),
            number(1)
        );
        assert_eq!(row, expected);
    });
}

#[test]
fn the_auditor_finds_no_error_and_the_page_says_so() {
    run(|site| async move {
        let dario = site.signed_in(DARIO).await;
        let page = dario.get("/o/lumen/audit").await;
        assert!(
            page.text().contains(" 0 errors were found"),
            "{}",
            page.text()
        );
        let mut conn = AsyncPgConnection::establish(&site.url()).await.unwrap();
        let audit = Audit::new(&schema::REGISTRY).policies(policies::options());
        let report = audit.run_async(&mut conn).await.unwrap();
        // What the server itself has to mend is not the application's.
        let ours = report
            .errors()
            .filter(|finding| finding.rule.id() != "server-flaw");
        assert_eq!(ours.count(), 0, "{report}");
    });
}

#[test]
fn a_token_signs_the_manifest_of_an_export() {
    run(|site| async move {
        let owner = site.founder("signing").await;
        let page = owner.post("/o/signing/settings/tokens", "name=Robot").await;
        let secret = between(page.text(), "<code class=\"secret\">", "<").to_owned();
        let export = owner.get("/o/signing/export").await;
        let mut files = HashMap::new();
        for entry in Archive::new(export.body.as_ref()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            assert!(
                !contents.windows(64).any(|text| text == secret.as_bytes()),
                "{path}"
            );
            files.insert(path, contents);
        }
        let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        hmac.update(&files["export/manifest.json"]);
        let signature = hmac.finalize().into_bytes();
        let expected: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = site.ids("api_tokens", "signing").remove(0);
        assert_eq!(
            files[&format!("export/signatures/{id}")],
            expected.as_bytes()
        );
    });
}

#[test]
fn an_export_holds_own_rows_alone() {
    run(|site| async move {
        let dario = site.signed_in(DARIO).await;
        let export = dario.get("/o/lumen/export").await;
        assert_eq!(export.status, StatusCode::OK);
        let archive = String::from_utf8_lossy(&export.body);
        assert!(archive.contains("export/manifest.json"), "{archive}");
        assert!(
            archive.contains("A first version, for comments."),
            "the files"
        );
        let mut found = 0;
        for table in ["projects", "tasks", "members", "comments", "attachments"] {
            for id in site.ids(table, "northwind") {
                assert!(!archive.contains(&id), "{table}");
            }
            for id in site.ids(table, "lumen") {
                assert!(archive.contains(&id), "{table}");
                found += 1;
            }
        }
        assert!(found > 20, "{found}");
    });
}
