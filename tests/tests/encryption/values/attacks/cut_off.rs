//! Panics and dropped futures: no tenant's keys stay on the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::deserialize::{self, Queryable};
use diesel::pg::Pg;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::Scoped;
use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, sealed};
use super::super::schema::letters;
use super::outside::assert_no_keys_on_this_thread;

type Body = <letters::body as Expression>::SqlType;

/// Panics while a row is read, after its value was opened.
struct Explosive;

impl Queryable<Body, Pg> for Explosive {
    type Row = Encrypted<String>;

    fn build(row: Self::Row) -> deserialize::Result<Self> {
        panic!("on purpose, with {row:?}")
    }
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    desk.write(B, 1, "of b");
    desk
}

#[test]
fn a_panic_while_a_row_is_opened_leaves_no_keys_behind() {
    let desk = desk();
    let bodies = letters::table.select(letters::body);
    let conn = &mut desk.scope(A);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        bodies.load::<Explosive>(conn).map(drop)
    }));
    let message = panicked.unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert_eq!(message, "on purpose, with Encrypted(..)");
    assert_no_keys_on_this_thread(&desk);
    assert_eq!(desk.read(B, 1), Ok("of b".to_owned()));
    assert_eq!(desk.read(A, 1), Ok("of a".to_owned()));
}

#[tokio::test(flavor = "current_thread")]
async fn a_panic_in_an_asynchronous_load_leaves_no_keys_behind() {
    let desk = desk();
    let mut conn = desk.async_scope(A).await;
    let task = tokio::spawn(async move {
        let bodies = letters::table.select(letters::body);
        diesel_async::RunQueryDsl::load::<Explosive>(bodies, &mut conn)
            .await
            .map(drop)
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_no_keys_on_this_thread(&desk);
    assert_eq!(desk.read(B, 1), Ok("of b".to_owned()));
}

#[tokio::test(flavor = "current_thread")]
async fn a_dropped_future_leaves_neither_keys_nor_a_value_of_its_tenant() {
    let desk = desk();
    let keys_of_a = desk.keyring.unlock(&A).await.unwrap();
    let keys_of_b = desk.keyring.unlock(&B).await.unwrap();
    for polls in 0..6 {
        let mut raw = AsyncPgConnection::establish(&desk.vault.url())
            .await
            .unwrap();
        {
            let scope = Scoped::open(&mut raw, A).unwrap();
            let mut conn = scope.with_keys(keys_of_a.clone()).unwrap();
            let mut future = Box::pin(async {
                let write = update(letters::table.find(1)).set(letters::note.eq(sealed("cut off")));
                diesel_async::RunQueryDsl::execute(write, &mut conn).await?;
                let bodies = letters::table.select(letters::body);
                diesel_async::RunQueryDsl::load::<Encrypted<String>>(bodies, &mut conn).await
            });
            for _ in 0..polls {
                if futures_util::poll!(future.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(future);
        }
        assert_no_keys_on_this_thread(&desk);
        let scope = Scoped::open(&mut raw, B).unwrap();
        let mut conn = scope.with_keys(keys_of_b.clone()).unwrap();
        let bodies = letters::table.select((letters::body, letters::note));
        type Row = (Encrypted<String>, Option<Encrypted<String>>);
        match diesel_async::RunQueryDsl::load::<Row>(bodies, &mut conn).await {
            Ok(rows) => {
                assert_eq!(rows.len(), 1, "after {polls} polls");
                assert_eq!(rows[0].0.expose(), "of b");
                assert!(rows[0].1.is_none());
            }
            Err(error) => assert!(matches!(error, Error::BrokenTransactionManager), "{error}"),
        }
    }
    assert_eq!(desk.read(A, 1), Ok("of a".to_owned()));
}
