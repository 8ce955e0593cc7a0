//! The counters are of the process, so this program has one test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use diesel::connection::SimpleConnection;
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use tenancy_diesel::insert_into;
use tenancy_diesel::observe::Counters;
use tenancy_tests::A;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;

/// What a step adds.
fn added(step: impl FnOnce()) -> Counters {
    let before = Counters::now();
    step();
    Counters::now().since(&before)
}

/// A value that cannot be bound.
#[derive(Debug)]
struct Unbindable;

impl ToSql<Text, Pg> for Unbindable {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Pg>) -> serialize::Result {
        Err("it cannot be bound".into())
    }
}

impl AsExpression<Text> for Unbindable {
    type Expression = diesel::internal::derives::as_expression::Bound<Text, Self>;

    fn as_expression(self) -> Self::Expression {
        diesel::internal::derives::as_expression::Bound::new(self)
    }
}

/// The same on an asynchronous connection, where what travels together is one round trip.
async fn count_together(shop: &Shop) {
    use diesel_async::RunQueryDsl;
    let mut conn = shop.async_scope(A).await;
    for (run, round_trips) in [(1, 2), (2, 1), (3, 1)] {
        let before = Counters::now();
        let query = projects::table.count();
        RunQueryDsl::get_result::<i64>(query, &mut conn)
            .await
            .unwrap();
        let added = Counters::now().since(&before);
        assert_eq!(
            (added.statements, added.round_trips),
            (1, round_trips),
            "{run}"
        );
    }
    let before = Counters::now();
    let taken = insert_into(projects::table).values((projects::id.eq(1), projects::name.eq("x")));
    RunQueryDsl::execute(taken, &mut conn).await.unwrap_err();
    let added = Counters::now().since(&before);
    assert_eq!((added.statements, added.rollbacks), (1, 1));
}

#[test]
fn counters_count() {
    let shop = Shop::new(Layers::Both);
    let mut conn = shop.scope(A);
    let count = |conn: &mut _| projects::table.count().get_result::<i64>(conn).unwrap();
    let one = added(|| assert_eq!(count(&mut conn), 3));
    assert_eq!((one.statements, one.round_trips, one.rollbacks), (1, 3, 0));
    let several = added(|| {
        conn.transaction(|conn| {
            count(conn);
            count(conn);
            QueryResult::Ok(())
        })
        .unwrap();
    });
    assert_eq!((several.statements, several.round_trips), (2, 4));
    let failed = added(|| {
        let taken = (projects::id.eq(1), projects::name.eq("x"));
        insert_into(projects::table)
            .values(taken)
            .execute(&mut conn)
            .unwrap_err();
    });
    assert_eq!(
        (failed.statements, failed.rollbacks, failed.refused),
        (1, 1, 0)
    );
    let given_up = added(|| {
        let result: QueryResult<()> = conn.transaction(|_| Err(Error::RollbackTransaction));
        result.unwrap_err();
    });
    assert_eq!((given_up.statements, given_up.rollbacks), (0, 1));
    let refused = added(|| {
        projects::table
            .filter(projects::name.eq(Unbindable))
            .count()
            .get_result::<i64>(&mut conn)
            .unwrap_err();
    });
    assert_eq!((refused.statements, refused.refused), (1, 1));
    let opened = added(|| drop(shop.scope(A)));
    assert_eq!((opened.scopes, opened.discarded), (1, 0));
    let discarded = added(|| {
        let mut conn = shop.scope(A);
        conn.batch_execute("SET application_name = 'x'").unwrap();
    });
    assert_eq!(
        (discarded.scopes, discarded.statements, discarded.discarded),
        (1, 1, 1)
    );
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(count_together(&shop));
}
