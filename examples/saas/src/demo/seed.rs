//! Two organisations whose data look alike: the same names of projects, other people, other contents.

use axum::body::Bytes;
use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::prelude::*;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::people::{ACCOUNTS, PASSWORD};
use crate::accounts::{self, Token};
use crate::schema::{
    activity, api_tokens, attachments, comments, members, organisations, projects, tasks,
};
use crate::web::Conn;
use crate::{App, BoxError, OrgId, Role, Status, files};

struct Plan {
    slug: &'static str,
    name: &'static str,
    projects: &'static [(&'static str, &'static str, &'static [Step])],
}

/// A task: its title, where it is, days until it is due, and who does it, by place in the list of members.
type Step = (&'static str, Status, Option<i64>, Option<usize>);

use Status::{Doing, Done, Todo};

const PLANS: &[Plan] = &[
    Plan {
        slug: "northwind",
        name: "Northwind Outfitters",
        projects: &[
            (
                "Website relaunch",
                "The new shop front: faster on a phone, readable in the sun, and with the size guide that everybody \
                 asks for.",
                &[
                    ("Write the size guide", Doing, Some(4), Some(2)),
                    ("Photograph the tents", Done, Some(-6), Some(1)),
                    ("Move the old addresses", Todo, Some(9), Some(1)),
                    ("Check contrast in sunlight", Doing, Some(-1), Some(0)),
                    ("Choose a typeface", Done, None, Some(3)),
                    ("Cookie-free statistics", Todo, None, None),
                    ("Test with a screen reader", Todo, Some(12), Some(2)),
                ],
            ),
            (
                "Winter catalogue",
                "Sixty-four pages, printed in October.",
                &[
                    ("Collect the product texts", Done, Some(-20), Some(2)),
                    ("Proofs from the printer", Doing, Some(2), Some(0)),
                    ("Order the paper", Done, Some(-15), Some(1)),
                    ("Address list of the stores", Todo, Some(6), Some(3)),
                ],
            ),
            (
                "Onboarding",
                "What a new colleague finds on the first day.",
                &[
                    ("Draw a map of the warehouse", Todo, None, Some(2)),
                    ("Short film about knots", Doing, Some(15), Some(3)),
                    ("List of who knows what", Done, None, Some(0)),
                ],
            ),
        ],
    },
    Plan {
        slug: "lumen",
        name: "Lumen Lighting",
        projects: &[
            (
                "Website relaunch",
                "One page for each lamp, with its light curve and spare parts.",
                &[
                    ("Draw the light curves", Doing, Some(3), Some(2)),
                    ("Photograph the prototypes", Todo, Some(8), Some(1)),
                    ("Contract with the host", Done, Some(-9), Some(0)),
                    ("Prices for architects", Doing, Some(-2), Some(0)),
                    ("Spare parts by serial number", Todo, None, Some(3)),
                ],
            ),
            (
                "Harbour hotel",
                "Four hundred lamps for the lobby and the rooms, dimmed by the tide table.",
                &[
                    ("Measure the lobby", Done, Some(-12), Some(1)),
                    ("Samples for the client", Doing, Some(1), Some(2)),
                    ("Fire certificate", Todo, Some(5), Some(0)),
                    ("Ask about the chandelier", Todo, None, None),
                ],
            ),
        ],
    },
];

const WHAT: &str = "Agree on what is enough, do it, and let somebody else look at it.";

const TALK: [&str; 3] = [
    "I have put a first version into the files. The second half still needs numbers.",
    "Looks good to me. Can we show it to somebody who has never seen it?",
    "Done on Tuesday, unless the samples are late again.",
];

/// Fills the database as the application does: each organisation in its own scope.
pub(super) async fn run(app: &App) -> Result<(), BoxError> {
    // One hash for all: it is the same password, and hashing takes long on purpose.
    let hash = app.passwords().hash(PASSWORD.to_owned()).await?;
    let mut users = Vec::new();
    let mut conn = app.pool().shared().await?;
    for account in ACCOUNTS {
        let id = accounts::sign_up(&mut conn, account.email, account.name, &hash).await?;
        users.push((account, id.ok_or("the database was not empty")?));
    }
    drop(conn);

    for plan in PLANS {
        let org = OrgId::random();
        app.keyring().create_tenant(&org).await?;
        let people: Vec<_> = users
            .iter()
            .filter_map(|(account, id)| {
                let (_, role) = account
                    .organisations
                    .iter()
                    .find(|(slug, _)| *slug == plan.slug)?;
                Some((*id, account.name, account.email, *role))
            })
            .collect();
        let files = app
            .pool()
            .with_scope(org, async |conn: &mut Conn| fill(conn, plan, &people).await)
            .await?;
        for (id, contents) in files {
            files::put(app, &org, id, contents).await?;
        }
    }
    Ok(())
}

type Person = (Uuid, &'static str, &'static str, Role);

async fn fill(
    conn: &mut Conn,
    plan: &Plan,
    people: &[Person],
) -> Result<Vec<(Uuid, Bytes)>, BoxError> {
    insert_into(organisations::table)
        .values((
            organisations::slug.eq(plan.slug),
            organisations::name.eq(plan.name),
        ))
        .execute(conn)
        .await?;
    let mut ids = Vec::new();
    for (user, name, email, role) in people {
        let id: Uuid = insert_into(members::table)
            .values((
                members::user_id.eq(user),
                members::name.eq(name),
                members::email.eq(email),
                members::role.eq(role),
            ))
            .returning(members::id)
            .get_result(conn)
            .await?;
        ids.push((id, *name));
    }
    let mut files = Vec::new();
    for (name, description, steps) in plan.projects {
        let project: Uuid = insert_into(projects::table)
            .values((
                projects::name.eq(name),
                projects::description.eq(description),
            ))
            .returning(projects::id)
            .get_result(conn)
            .await?;
        for (place, step) in steps.iter().enumerate() {
            let task = add_task(conn, project, step, &ids).await?;
            if place < TALK.len() {
                talk(conn, task, place, &ids).await?;
            }
            if place == 0 {
                files.push(attach(conn, plan, task, step.0, &ids).await?);
            }
        }
        let (_, who) = ids[files.len() % ids.len()];
        say(conn, ago(2 + files.len(), 4), who, "created project", name).await?;
    }
    token(conn, ids[0].1).await?;
    Ok(files)
}

async fn add_task(
    conn: &mut Conn,
    project: Uuid,
    (title, status, due, who): &Step,
    ids: &[(Uuid, &str)],
) -> QueryResult<Uuid> {
    let due: Option<Date> = due.map(|days| OffsetDateTime::now_utc().date() + Duration::days(days));
    let assignee = who.and_then(|place| ids.get(place)).map(|(id, _)| *id);
    insert_into(tasks::table)
        .values((
            tasks::project_id.eq(project),
            tasks::title.eq(title),
            tasks::status.eq(status),
            tasks::due_on.eq(due),
            tasks::assignee_id.eq(assignee),
            tasks::description.eq(WHAT),
        ))
        .returning(tasks::id)
        .get_result(conn)
        .await
}

async fn talk(conn: &mut Conn, task: Uuid, place: usize, ids: &[(Uuid, &str)]) -> QueryResult<()> {
    for (turn, body) in TALK.iter().enumerate().skip(place) {
        let (author_id, author) = ids[(place + turn) % ids.len()];
        insert_into(comments::table)
            .values((
                comments::task_id.eq(task),
                comments::author_id.eq(author_id),
                comments::author.eq(author),
                comments::body.eq(body),
                comments::created_at.eq(ago(3 - turn, place * 7 + turn * 3)),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn attach(
    conn: &mut Conn,
    plan: &Plan,
    task: Uuid,
    title: &str,
    ids: &[(Uuid, &str)],
) -> QueryResult<(Uuid, Bytes)> {
    let contents = format!(
        "{}\n\n{title}\n\nA first version, for comments.\n",
        plan.name
    );
    let (_, who) = ids[1 % ids.len()];
    let id: Uuid = insert_into(attachments::table)
        .values((
            attachments::task_id.eq(task),
            attachments::file_name.eq("first version.txt"),
            attachments::bytes.eq(i64::try_from(contents.len()).unwrap_or_default()),
            attachments::uploaded_by.eq(who),
        ))
        .returning(attachments::id)
        .get_result(conn)
        .await?;
    say(
        conn,
        ago(0, 5),
        who,
        "attached",
        &format!("first version.txt to {title}"),
    )
    .await?;
    Ok((id, contents.into()))
}

async fn token(conn: &mut Conn, who: &str) -> Result<(), BoxError> {
    let token = Token::generate()?;
    let secret = token.expose();
    insert_into(api_tokens::table)
        .values((
            api_tokens::name.eq("Nightly statistics"),
            api_tokens::token.eq(Encrypted::new(secret.to_owned())),
            api_tokens::last_four.eq(secret.get(secret.len() - 4..).unwrap_or_default()),
            api_tokens::created_by.eq(who),
        ))
        .execute(conn)
        .await?;
    say(
        conn,
        ago(1, 2),
        who,
        "created API token",
        "Nightly statistics",
    )
    .await?;
    Ok(())
}

/// A moment some days and hours ago, so that the demonstration has a past.
fn ago(days: usize, hours: usize) -> OffsetDateTime {
    let hours = i64::try_from(days * 24 + hours).unwrap_or_default();
    OffsetDateTime::now_utc() - Duration::hours(hours) - Duration::minutes(17 * hours)
}

async fn say(
    conn: &mut Conn,
    at: OffsetDateTime,
    actor: &str,
    action: &str,
    subject: &str,
) -> QueryResult<()> {
    insert_into(activity::table)
        .values((
            activity::at.eq(at),
            activity::actor.eq(actor),
            activity::action.eq(action),
            activity::subject.eq(subject),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
