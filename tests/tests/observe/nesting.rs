//! Spans nest as the code does, also where futures of two tenants take turns on one thread.

use diesel::prelude::*;
use diesel_async::AsyncConnection;
use tenancy_diesel::Retry;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::projects;
use tenancy_tests::{A, B, OrgId};
use tokio::sync::Barrier;
use tracing::instrument::Instrument;

use crate::subscriber::{Listener, Told};

fn parent<'a>(all: &'a [Told], told: &Told) -> &'a Told {
    &all[usize::try_from(told.parent.unwrap()).unwrap() - 1]
}

/// Each statement is in the transaction of its own tenant, and each of these in the request of its own.
fn assert_nested(all: &[Told], tenants: &[OrgId]) {
    for tenant in tenants {
        let tenant = tenant.0.to_string();
        let own = |told: &&Told| told.field("tenancy.tenant") == Some(&tenant);
        let statements: Vec<&Told> = all
            .iter()
            .filter(|told| told.name == "statement")
            .filter(own)
            .collect();
        assert_eq!(statements.len(), 3);
        for statement in statements {
            let transaction = parent(all, statement);
            assert_eq!(transaction.name, "transaction");
            assert_eq!(transaction.field("tenancy.tenant"), Some(tenant.as_str()));
            let request = parent(all, transaction);
            assert_eq!(
                (request.name.as_str(), request.field("of")),
                ("request", Some(tenant.as_str()))
            );
        }
    }
    assert!(all.iter().all(|told| told.closed));
}

#[test]
fn a_synchronous_transaction_holds_its_statements() {
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    listener.during(|| {
        tracing::info_span!(target: "app", "request", of = A.0.to_string()).in_scope(|| {
            let mut conn = shop.scope(A);
            conn.transaction(|conn| {
                for _ in 0..3 {
                    projects::table.count().get_result::<i64>(conn)?;
                }
                QueryResult::Ok(())
            })
            .unwrap();
        });
    });
    assert_nested(&listener.all(), &[A]);
}

/// Waits for the other request after each statement, so that the two take turns.
async fn request(shop: &Shop, tenant: OrgId, retried: bool, turn: &Barrier) {
    let mut conn = shop.async_scope(tenant).await;
    let work = async |conn: &mut tenancy_tests::schema::Scoped<diesel_async::AsyncPgConnection>| {
        for _ in 0..3 {
            let count = projects::table.count();
            diesel_async::RunQueryDsl::get_result::<i64>(count, conn).await?;
            turn.wait().await;
        }
        QueryResult::Ok(())
    };
    if retried {
        conn.build_transaction()
            .retry(Retry::new(), work)
            .await
            .unwrap();
    } else {
        conn.transaction(work).await.unwrap();
    }
}

#[test]
fn asynchronous_transactions_of_two_tenants_interleave_and_keep_apart() {
    let shop = Shop::new(Layers::Both);
    for retried in [false, true] {
        let listener = Listener::default();
        let span = |tenant: OrgId| tracing::info_span!(target: "app", "request", of = tenant.0.to_string());
        listener.during_async(async {
            let turn = Barrier::new(2);
            let a = request(&shop, A, retried, &turn).instrument(span(A));
            let b = request(&shop, B, retried, &turn).instrument(span(B));
            tokio::join!(a, b);
        });
        let all = listener.all();
        assert_nested(&all, &[A, B]);
        let whose: Vec<&str> = (all.iter())
            .filter(|told| told.name == "statement")
            .map(|told| told.field("tenancy.tenant").unwrap())
            .collect();
        let turns = whose.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(turns > 1, "{whose:?}");
    }
}
