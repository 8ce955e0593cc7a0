//! Files of tasks: a row for each, and its contents in the store of files, under the organisation's part of it.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router};
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use tenancy_axum::Tenant;
use tenancy_diesel::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::icons::{Icon, icon};
use super::layout::{moment, size};
use super::tasks::{Task, show_again};
use crate::schema::attachments;
use crate::web::{Answer, Conn, Failure, Id, Member, SignedIn, Tx};
use crate::{App, OrgId, files};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/{task}/files", post(upload))
        .route("/files/{file}", get(download))
        .route("/files/{file}/delete", post(remove))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = attachments, check_for_backend(Pg))]
pub(crate) struct Attachment {
    id: Uuid,
    task_id: Uuid,
    file_name: String,
    bytes: i64,
    uploaded_by: String,
    created_at: OffsetDateTime,
}

impl Attachment {
    async fn find(conn: &mut Conn, id: Uuid) -> QueryResult<Self> {
        attachments::table
            .find(id)
            .select(Attachment::as_select())
            .first(conn)
            .await
    }
}

/// The files of a task.
pub(super) async fn attached(conn: &mut Conn, task: Uuid) -> QueryResult<Vec<Attachment>> {
    attachments::table
        .filter(attachments::task_id.eq(task))
        .order((attachments::created_at, attachments::id))
        .select(Attachment::as_select())
        .load(conn)
        .await
}

/// The body comes first and may be slow: no connection is held meanwhile.
async fn upload(
    State(app): State<App>,
    user: SignedIn,
    Tenant(org): Tenant<OrgId>,
    Id(task): Id,
    mut tx: Tx,
    mut form: Multipart,
) -> Answer {
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(refused)? {
        if field.name() == Some("file") {
            let name = file_name(&field);
            file = Some((name, field.bytes().await.map_err(refused)?));
        }
    }
    let (name, contents) = file.ok_or(Failure::BadRequest)?;
    let member = Member::load(org, &user, &mut tx).await?;
    let conn = tx.conn().await?;
    let task = Task::find(conn, task).await?;
    if contents.is_empty() {
        return show_again(&member, conn, task.id, "Choose a file that is not empty.").await;
    }
    let id: Uuid = insert_into(attachments::table)
        .values((
            attachments::task_id.eq(task.id),
            attachments::file_name.eq(&name),
            attachments::bytes.eq(i64::try_from(contents.len()).unwrap_or(i64::MAX)),
            attachments::uploaded_by.eq(&member.name),
        ))
        .returning(attachments::id)
        .get_result(conn)
        .await?;
    member.log(conn, "attached", &name).await?;
    // Before the row is committed: a row without contents cannot be, contents without a row nobody sees.
    files::put(&app, &org, id, contents).await?;
    Ok(Redirect::to(&member.at(&format!("/tasks/{}", task.id))).into_response())
}

async fn download(State(app): State<App>, member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let file = Attachment::find(tx.conn().await?, id).await?;
    // The connection goes back before the contents come.
    drop(tx);
    let contents = files::get(&app, &member.org_id, id).await?;
    let contents = contents.ok_or(Failure::NotFound)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CONTENT_DISPOSITION, disposition(&file.file_name)?),
    ];
    Ok((headers, contents).into_response())
}

async fn remove(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let file = Attachment::find(conn, id).await?;
    delete(&file).execute(conn).await?;
    member.log(conn, "removed file", &file.file_name).await?;
    let contents = Extension(member.discarded(vec![id]));
    let task = member.at(&format!("/tasks/{}", file.task_id));
    Ok((contents, Redirect::to(&task)).into_response())
}

fn refused(error: MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        _ => Failure::BadRequest,
    }
}

/// The name that people see. The store does not know it, so no name can lead anywhere.
fn file_name(field: &Field<'_>) -> String {
    let name = field.file_name().unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    match kept.trim() {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// Saves the file under its name instead of showing it: what somebody uploaded must not run as a page of ours.
fn disposition(name: &str) -> Result<HeaderValue, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fallback: String = name
        .chars()
        .map(|c| {
            if c.is_ascii() && plain(c as u8) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let text = format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}");
    HeaderValue::try_from(text).map_err(|error| Failure::Broken(error.into()))
}

pub(super) fn files_view(member: &Member, task: Uuid, files: &[Attachment]) -> Markup {
    let address = member.at(&format!("/tasks/{task}/files"));
    html! {
        section.panel aria-label="Files" {
            header { h2 { "Files" } }
            ul.rows {
                @for file in files {
                    @let address = member.at(&format!("/files/{}", file.id));
                    li {
                        (icon(Icon::File))
                        div.grow {
                            a href=(address) { (file.file_name) }
                            small { (size(file.bytes)) ", by " (file.uploaded_by) ", " (moment(file.created_at)) }
                        }
                        form method="post" action={ (address) "/delete" } {
                            button.quiet.slim { "Remove" span.hidden { " " (file.file_name) } }
                        }
                    }
                }
            }
            form.attach method="post" action=(address) enctype="multipart/form-data" {
                label { span.hidden { "File to attach" } input type="file" name="file" required; }
                button.quiet { "Attach" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_stays_inside_of_its_header() {
        let header = disposition("a\"; filename=b.html\r\nX: y").unwrap();
        let text = header.to_str().unwrap();
        assert_eq!(text.matches('"').count(), 2, "{text}");
        assert!(!text.contains('\r') && !text.contains("X: "), "{text}");
        let header = disposition("Entwürfe 1.pdf").unwrap();
        assert_eq!(
            header.to_str().unwrap(),
            "attachment; filename=\"Entw_rfe_1.pdf\"; filename*=UTF-8''Entw%C3%BCrfe%201.pdf"
        );
    }
}
