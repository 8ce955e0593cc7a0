//! Files, as they come and go.

use axum::http::StatusCode;

use crate::support::{Browser, Site, between, run};

/// A task of an organisation that no other test knows.
async fn task(site: &Site, slug: &str) -> (Browser, String) {
    let owner = site.founder(slug).await;
    let project = owner
        .post(&format!("/o/{slug}/projects"), "name=P&description=")
        .await;
    let board = project.location().to_owned();
    owner
        .post(&format!("{board}/tasks"), "title=T&assignee=&due_on=")
        .await;
    let task = site.ids("tasks", slug).remove(0);
    (owner, format!("/o/{slug}/tasks/{task}"))
}

#[test]
fn a_page_that_somebody_uploads_is_saved_and_never_shown() {
    run(|site| async move {
        let (owner, task) = task(site, "uploading").await;
        let html = b"<script>alert(1)</script>";
        let reply = owner
            .upload(&format!("{task}/files"), "../../a%2fb.html", html)
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        let page = owner.get(&task).await;
        let file = between(page.text(), "href=\"/o/uploading/files/", "\"");
        let file = owner.get(&format!("/o/uploading/files/{file}")).await;
        assert_eq!(file.body, html.as_slice());
        assert_eq!(file.header("content-type"), "application/octet-stream");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let disposition = file.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"a_2fb.html\""),
            "{disposition}"
        );
    });
}

#[test]
fn a_file_goes_with_its_row_and_its_contents() {
    run(|site| async move {
        let (owner, task) = task(site, "removing").await;
        owner
            .upload(&format!("{task}/files"), "a.txt", b"contents")
            .await;
        let file = format!(
            "/o/removing/files/{}",
            site.ids("attachments", "removing").remove(0)
        );
        assert_eq!(owner.get(&file).await.status, StatusCode::OK);
        owner.post(&format!("{file}/delete"), "").await;
        assert_eq!(owner.get(&file).await.status, StatusCode::NOT_FOUND);
    });
}

/// The erasure at the end counts what the store still has.
#[test]
fn contents_go_with_the_file_the_task_or_the_project() {
    run(|site| async move {
        for (slug, left) in [
            ("kept", 1),
            ("of-file", 0),
            ("of-task", 0),
            ("of-project", 0),
        ] {
            let (owner, task) = task(site, slug).await;
            owner
                .upload(&format!("{task}/files"), "a.txt", b"contents")
                .await;
            let gone = match slug {
                "of-file" => format!("files/{}", site.ids("attachments", slug).remove(0)),
                "of-task" => format!("tasks/{}", site.ids("tasks", slug).remove(0)),
                "of-project" => format!("projects/{}", site.ids("projects", slug).remove(0)),
                _ => "nothing".to_owned(),
            };
            owner.post(&format!("/o/{slug}/{gone}/delete"), "").await;
            let report = owner
                .post(&format!("/o/{slug}/erase"), &format!("slug={slug}"))
                .await;
            let line = format!("<td>files</td><td class=\"number\">{left}</td>");
            assert!(report.text().contains(&line), "{slug}: {}", report.text());
        }
    });
}

#[test]
fn an_empty_file_and_one_that_is_too_large_leave_nothing() {
    run(|site| async move {
        let (owner, task) = task(site, "refusing").await;
        let files = format!("{task}/files");
        let reply = owner.upload(&files, "a.txt", b"").await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let reply = owner.upload(&files, "a.txt", &vec![0; 9 << 20]).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(site.ids("attachments", "refusing").is_empty());
    });
}
