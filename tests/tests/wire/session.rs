//! A variable that is set for the session.

use diesel::connection::CacheSize;
use diesel::dsl::sql;
use diesel::result::Error;
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::A;
use tenancy_tests::schema::projects;

use crate::line::{Conn, Line, cut_after};

async fn names(conn: &mut Conn) -> QueryResult<Vec<String>> {
    projects::table
        .order(projects::id)
        .limit(3)
        .select(projects::name)
        .load(conn)
        .await
}

/// A scope whose statements begin a round trip each, for nothing of the setup is on its way any more.
async fn scope(line: &Line) -> Conn {
    let conn = line.scope().await.dangerously_set_for_session();
    line.reset();
    conn
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variable_travels_with_the_first_statement_and_the_others_travel_alone() {
    let line = Line::new();
    let mut conn = scope(&line).await;
    names(&mut conn).await.unwrap();
    let sent = line.recorded();
    assert!(
        sent[0].starts_with("Query SET app.tenant_id = "),
        "{sent:?}"
    );
    assert!(sent[1].starts_with("Parse"), "{sent:?}");
    assert_eq!(
        line.trips(),
        2,
        "the second prepares the statement: {sent:?}"
    );

    line.reset();
    names(&mut conn).await.unwrap();
    let sent = line.recorded();
    assert!(
        sent.iter().all(|message| !message.starts_with("Query")),
        "{sent:?}"
    );
    assert_eq!(line.trips(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_statement_costs_the_messages_of_a_bare_one() {
    let line = Line::new();
    let mut conn = scope(&line).await;
    names(&mut conn).await.unwrap();
    line.reset();
    names(&mut conn).await.unwrap();
    let scoped = line.recorded().len();

    let mut raw = line.raw().await;
    let bare = async |raw: &mut AsyncPgConnection| {
        diesel::select(7.into_sql::<Integer>())
            .load::<i32>(raw)
            .await
            .unwrap()
    };
    bare(&mut raw).await;
    line.reset();
    bare(&mut raw).await;
    assert_eq!(scoped, line.recorded().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variable_is_reset_when_the_scope_ends_before_anything_else_is_sent() {
    let line = Line::new();
    let mut raw = line.raw().await;
    line.reset();
    {
        let mut conn = Scoped::open(&mut raw, A)
            .unwrap()
            .dangerously_set_for_session();
        let count = projects::table.count().get_result::<i64>(&mut conn).await;
        assert_eq!(count, Ok(3));
    }
    let tenant = diesel::select(sql::<Text>("current_setting('app.tenant_id')"))
        .get_result::<String>(&mut raw)
        .await;
    assert_eq!(tenant.as_deref(), Ok(""));
    let sent = line.recorded();
    let at = |text: &str| sent.iter().position(|message| message.contains(text));
    let reset = at("Query RESET app.tenant_id").unwrap();
    assert!(Some(reset) < at("current_setting"), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_sent_nothing_resets_nothing() {
    let line = Line::new();
    let mut raw = line.raw().await;
    line.reset();
    drop(
        Scoped::open(&mut raw, A)
            .unwrap()
            .dangerously_set_for_session(),
    );
    diesel::select(sql::<Text>("'a'"))
        .get_result::<String>(&mut raw)
        .await
        .unwrap();
    let sent = line.recorded();
    assert!(
        sent.iter().all(|message| !message.contains("RESET")),
        "{sent:?}"
    );
}

/// Wherever a statement is cut off, nothing is sent on the connection afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_cut_off_gives_the_connection_up() {
    let line = Line::new();
    let mut cut = 0;
    for polls in 1..4 {
        let mut raw = line.raw().await;
        let was_cut = {
            let mut conn = Scoped::open(&mut raw, A)
                .unwrap()
                .dangerously_set_for_session();
            let count = projects::table.count().get_result::<i64>(&mut conn);
            cut_after(polls, count).await.is_none()
        };
        if was_cut {
            cut += 1;
            let after = raw.transaction(async |_| QueryResult::Ok(())).await;
            let is_broken = matches!(after, Err(Error::BrokenTransactionManager));
            assert!(is_broken, "after {polls} polls: {after:?}");
        }
    }
    assert!(cut > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_statement_cache_the_variable_is_set_once_too() {
    let line = Line::new();
    let mut conn = scope(&line).await;
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    for _ in 0..3 {
        assert_eq!(names(&mut conn).await.unwrap().len(), 3);
    }
    let sent = line.recorded();
    let sets = sent.iter().filter(|message| message.contains("SET app"));
    assert_eq!(sets.count(), 1, "{sent:?}");
}
