//! Results that are read row by row.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel_async::RunQueryDsl as _;
use futures_util::{StreamExt, TryStreamExt};
use tenancy_diesel::encryption::{Encrypted, EncryptionError};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

use super::desk::{Desk, reason, sealed};
use super::models::Letter;
use super::schema::letters;

/// More than are held back until COMMIT.
const MANY: i32 = 300;

/// Letters of both tenants, `MANY` each.
fn desk() -> Desk {
    let desk = Desk::new();
    for (tenant, name) in [(A, "a"), (B, "b")] {
        let rows = (0..MANY).map(|id| (id, sealed(&format!("{name} {id}"))));
        let load = insert_into(letters::table).unnest((letters::id, letters::body), rows);
        let loaded = RunQueryDsl::execute(load, &mut desk.scope(tenant));
        assert_eq!(loaded, Ok(MANY as usize));
    }
    desk
}

fn expected(name: &str) -> Vec<String> {
    (0..MANY).map(|id| format!("{name} {id}")).collect()
}

#[test]
fn load_iter_opens_in_both_modes_and_in_a_transaction() {
    let desk = desk();
    let conn = &mut desk.scope(A);
    let query = || {
        letters::table
            .order(letters::id)
            .select(Letter::as_select())
    };
    let body = |letter: QueryResult<Letter>| letter.unwrap().body.into_inner();
    let collected = query()
        .load_iter::<Letter, DefaultLoadingMode>(conn)
        .unwrap();
    assert_eq!(collected.map(body).collect::<Vec<_>>(), expected("a"));
    let streamed = query()
        .load_iter::<Letter, PgRowByRowLoadingMode>(conn)
        .unwrap();
    assert_eq!(streamed.map(body).collect::<Vec<_>>(), expected("a"));
    conn.transaction(|conn| {
        let streamed = query().load_iter::<Letter, PgRowByRowLoadingMode>(conn)?;
        assert_eq!(streamed.map(body).collect::<Vec<_>>(), expected("a"));
        QueryResult::Ok(())
    })
    .unwrap();
}

/// Between two rows of A's, this thread opens one of B's.
#[test]
fn rows_of_two_tenants_are_read_in_turns_on_one_thread() {
    let desk = desk();
    let (a, b) = (&mut desk.scope(A), &mut desk.scope(B));
    let query = || letters::table.order(letters::id).select(letters::body);
    a.transaction(|a| {
        b.transaction(|b| {
            let of_a = query().load_iter::<Encrypted<String>, PgRowByRowLoadingMode>(a)?;
            let of_b = query().load_iter::<Encrypted<String>, PgRowByRowLoadingMode>(b)?;
            let mut rows = 0;
            for (id, (a, b)) in of_a.zip(of_b).enumerate() {
                assert_eq!(a?.into_inner(), format!("a {id}"));
                assert_eq!(b?.into_inner(), format!("b {id}"));
                rows += 1;
            }
            assert_eq!(rows, MANY);
            QueryResult::Ok(())
        })
    })
    .unwrap();
}

#[tokio::test]
async fn load_stream_opens_more_rows_than_are_held_back() {
    let desk = desk();
    let conn = &mut desk.async_scope(A).await;
    let query = letters::table.order(letters::id).select(letters::body);
    for limit in [10, i64::from(MANY)] {
        let stream = query
            .limit(limit)
            .load_stream::<Encrypted<String>>(conn)
            .await
            .unwrap();
        let found: Vec<Encrypted<String>> = stream.try_collect().await.unwrap();
        let found: Vec<_> = found.into_iter().map(Encrypted::into_inner).collect();
        assert_eq!(found, expected("a")[..limit as usize]);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn two_streams_of_two_tenants_interleave_on_one_thread() {
    let desk = desk();
    let (mut a, mut b) = (desk.async_scope(A).await, desk.async_scope(B).await);
    let query = letters::table
        .order(letters::id)
        .select((letters::tenant_id, letters::body));
    type Row = (OrgId, Encrypted<String>);
    let mut of_a = query.load_stream::<Row>(&mut a).await.unwrap();
    let mut of_b = query.load_stream::<Row>(&mut b).await.unwrap();
    let mut found = [Vec::new(), Vec::new()];
    loop {
        let (from_a, from_b) = (of_a.next().await, of_b.next().await);
        if from_a.is_none() && from_b.is_none() {
            break;
        }
        for (row, (tenant, found)) in [from_a, from_b]
            .into_iter()
            .zip([A, B].into_iter().zip(&mut found))
        {
            let (of, body) = row.unwrap().unwrap();
            assert_eq!(of, tenant);
            found.push(body.into_inner());
        }
    }
    assert_eq!(found, [expected("a"), expected("b")]);
}

/// One row that does not open is one error; the rows around it are read.
#[tokio::test]
async fn a_row_that_does_not_open_is_an_error_at_its_place() {
    let desk = desk();
    desk.vault
        .sql("UPDATE letters SET body = set_byte(body, 64, get_byte(body, 64) # 1) WHERE id = 200");
    let query = || letters::table.order(letters::id).select(letters::body);
    let rows: Vec<QueryResult<Encrypted<String>>> = {
        let conn = &mut desk.async_scope(A).await;
        query().load_stream(conn).await.unwrap().collect().await
    };
    let mut sync = desk.scope(A);
    let by_row: Vec<QueryResult<Encrypted<String>>> = sync
        .transaction(|conn| {
            let rows = query().load_iter::<Encrypted<String>, PgRowByRowLoadingMode>(conn)?;
            QueryResult::Ok(rows.collect())
        })
        .unwrap();
    for rows in [rows, by_row] {
        assert_eq!(rows.len(), MANY as usize);
        for (id, row) in rows.into_iter().enumerate() {
            match id {
                200 => assert_eq!(reason(row), EncryptionError::Tampered),
                _ => assert_eq!(row.unwrap().into_inner(), format!("a {id}")),
            }
        }
    }
    let all = RunQueryDsl::load::<Encrypted<String>>(query(), &mut sync);
    assert_eq!(reason(all), EncryptionError::Tampered);
}
