use diesel::connection::SimpleConnection;
use diesel::prelude::{ExpressionMethods, PgConnection, QueryDsl, QueryableByName};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection as _, RunQueryDsl as _};
use tenancy_diesel::audit::Audit;
use tenancy_tests::database::Layers;
use tenancy_tests::schema::{self, projects, tasks};
use tenancy_tests::{A, B, pools};

use crate::world::Replicated;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Which the server's own catalog is asked for on the standby: nothing of the check writes.
#[tokio::test(flavor = "multi_thread")]
async fn pools_check_a_standby_as_they_check_a_primary_server() {
    let shop = Replicated::new(Layers::Both);
    pools::bb8(&shop.url(), 1).await;
    pools::deadpool(&shop.url(), 1).await;
    tokio::task::block_in_place(|| pools::r2d2(&shop.url(), 1));

    // The control: a standby of a database without policies is refused.
    let open = Replicated::new(Layers::FilterOnly);
    let pool = pools::raw_bb8(&open.url(), 1).await;
    assert!(schema::TenantPool::builder(pool).build().await.is_err());
}

#[test]
fn the_auditor_finds_the_same_on_a_standby() {
    for layers in [Layers::Both, Layers::FilterOnly] {
        let shop = Replicated::new(layers);
        let found = |mut conn: PgConnection| -> Vec<String> {
            let report = Audit::boot(&schema::REGISTRY).run(&mut conn).unwrap();
            report.errors().map(ToString::to_string).collect()
        };
        let (there, here) = (found(shop.raw()), found(shop.shop.raw()));
        assert_eq!(there, here);
        assert_eq!(there.is_empty(), layers == Layers::Both);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scoped_reads_on_a_standby_see_their_tenant_with_each_layer() {
    for layers in [Layers::Both, Layers::FilterOnly] {
        let shop = Replicated::new(layers);
        let pool = match layers {
            Layers::Both => pools::bb8(&shop.url(), 1).await,
            Layers::FilterOnly => pools::unchecked::bb8(&shop.url(), 1).await,
        };
        // One connection for both in turns, and each statement prepared by the first of them.
        for (tenant, own) in [(A, "a"), (B, "b"), (A, "a"), (B, "b")] {
            let mut conn = pool.scope(tenant).await.unwrap().read_only();
            let names: Vec<String> = projects::table
                .filter(projects::id.le(3))
                .order(projects::id)
                .select(projects::name)
                .load(&mut conn)
                .await
                .unwrap();
            assert_eq!(
                names,
                ["alpha", "beta", "gamma"].map(|n| format!("{n} {own}"))
            );
            let joined: Vec<(String, String)> = projects::table
                .inner_join(tasks::table)
                .filter(tasks::id.eq(1))
                .select((projects::name, tasks::title))
                .load(&mut conn)
                .await
                .unwrap();
            assert_eq!(joined, [(format!("alpha {own}"), format!("one {own}"))]);
            let seen: Vec<i32> = conn
                .transaction(async |conn| {
                    projects::table
                        .filter(projects::id.eq(9))
                        .select(projects::id)
                        .load(conn)
                        .await
                })
                .await
                .unwrap();
            assert_eq!(seen.len(), usize::from(tenant == B), "only B has it");
        }
    }
}

#[test]
fn raw_sql_on_a_standby_is_confined_by_row_level_security() {
    let shop = Replicated::new(Layers::Both);
    let count = |conn: &mut PgConnection| {
        let all = sql_query("SELECT count(*) FROM projects");
        diesel::RunQueryDsl::get_result::<Count>(all, conn)
            .unwrap()
            .count
    };
    let mut conn = shop.raw();
    assert_eq!(count(&mut conn), 0, "without a tenant");
    let names = diesel::Connection::transaction(&mut conn, |conn| {
        conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{}'", A.0))?;
        let names = sql_query("SELECT name FROM projects WHERE id = 1");
        diesel::RunQueryDsl::load::<Name>(names, conn)
    });
    let names: Vec<String> = names.unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["alpha a"]);

    // The control: without policies, everybody's.
    let open = Replicated::new(Layers::FilterOnly);
    assert_eq!(count(&mut open.raw()), 7);
}
