//! The fields of a statement's span, and what is never in them.

use std::cell::Cell;

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};
use tenancy_diesel::{insert_into, update};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{billing, countries, projects, tasks};
use tenancy_tests::{A, B};
use tracing::Level;

use crate::subscriber::{Listener, Told};

#[test]
fn a_statement_has_the_fields_of_the_conventions() {
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    let count: i64 = listener.during(|| {
        let mut conn = shop.scope(A).in_namespace("shop");
        projects::table
            .filter(projects::name.eq("alpha a"))
            .count()
            .get_result(&mut conn)
            .unwrap()
    });
    assert_eq!(count, 1);
    let [told] = &listener.statements()[..] else {
        panic!("{:?}", listener.all());
    };
    let tenant = A.0.to_string();
    let expected = [
        ("otel.name", "SELECT projects"),
        ("otel.kind", "client"),
        ("db.system.name", "postgresql"),
        ("db.namespace", "shop"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "projects"),
        (
            "db.query.text",
            "SELECT COUNT(*) FROM (SELECT * FROM \"projects\" WHERE \"tenant_id\" = $1) AS \"projects\" \
             WHERE (\"projects\".\"name\" = $2)",
        ),
        ("tenancy.tenant", &tenant),
    ];
    for (field, value) in expected {
        assert_eq!(told.field(field), Some(value), "{field}");
    }
    assert_eq!(told.fields.len(), expected.len(), "{told:?}");
    assert!(told.closed);
}

#[test]
fn asynchronous_statements_have_them_too() {
    use diesel_async::RunQueryDsl;
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    listener.during_async(async {
        let mut conn = shop.async_scope(A).await;
        for _ in 0..2 {
            let ids = billing::projects::table.select(billing::projects::id);
            let ids = RunQueryDsl::load::<i32>(ids, &mut conn).await;
            assert_eq!(ids, Ok(vec![1]));
        }
        let name = projects::name.eq("renamed");
        let renamed = update(projects::table.find(1)).set(name);
        assert_eq!(RunQueryDsl::execute(renamed, &mut conn).await, Ok(1));
    });
    let names: Vec<_> = (listener.statements().iter())
        .map(|told| (told.field("otel.name").unwrap().to_owned(), told.closed))
        .collect();
    let select = ("SELECT billing.projects".to_owned(), true);
    assert_eq!(
        names,
        [select.clone(), select, ("UPDATE projects".to_owned(), true)]
    );
}

const SECRETS: [&str; 5] = [
    "s3cret bound",
    "s3cret new",
    "s3cret raw",
    "s3cret batch",
    "4711",
];

/// Everything that was told, as one text.
fn everything(told: &[Told]) -> String {
    told.iter().map(|told| format!("{told:?}\n")).collect()
}

#[test]
fn no_value_and_no_other_tenant_is_told() {
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    listener.during(|| {
        let mut conn = shop.scope(A);
        let bound =
            projects::table.filter(projects::name.eq(SECRETS[0]).or(projects::tenant_id.eq(B)));
        bound.count().get_result::<i64>(&mut conn).unwrap();
        let new = || {
            insert_into(projects::table)
                .values((projects::id.eq(4711), projects::name.eq(SECRETS[1])))
        };
        new().execute(&mut conn).unwrap();
        // The server's error has the values in it, the span does not.
        let twice = new().execute(&mut conn).unwrap_err();
        assert!(format!("{twice:?}").contains("duplicate key"));
        sql_query(format!(
            "SELECT 'x' WHERE '{}' = '{}' OR 4711 = 1",
            SECRETS[2], B.0
        ))
        .execute(&mut conn)
        .unwrap();
        conn.batch_execute(&format!("DO $$ BEGIN PERFORM '{}'; END $$", SECRETS[3]))
            .unwrap();
        let fragment = diesel::dsl::sql::<Bool>("name = E'it\\'s s3cret raw'");
        projects::table
            .filter(fragment)
            .count()
            .get_result::<i64>(&mut conn)
            .unwrap();
    });
    let all = listener.all();
    let text = everything(&all);
    for secret in SECRETS.into_iter().chain([B.0.to_string().as_str()]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // The control: all six were told, and whose they are.
    assert_eq!(listener.statements().len(), 6);
    assert!(
        all.iter()
            .all(|told| told.field("tenancy.tenant") == Some(&A.0.to_string()))
    );
    let raw = all[3].field("db.query.text").unwrap();
    assert_eq!(raw, "SELECT ? WHERE ? = ? OR ? = ?");
}

#[test]
fn an_error_is_told_by_its_kind() {
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    listener.during(|| {
        let mut conn = shop.scope(A);
        let taken = (projects::id.eq(1), projects::name.eq("x"));
        insert_into(projects::table)
            .values(taken)
            .execute(&mut conn)
            .unwrap_err();
        let broken = diesel::dsl::sql::<Bool>("1 / (id - id) = 1");
        let broken = projects::table
            .filter(broken)
            .count()
            .get_result::<i64>(&mut conn);
        broken.unwrap_err();
        let missing = tasks::table
            .find(99)
            .select(tasks::title)
            .first::<String>(&mut conn);
        missing.unwrap_err();
    });
    let kinds: Vec<Option<String>> = (listener.statements().iter())
        .map(|told| told.field("error.type").map(str::to_owned))
        .collect();
    // No row is an answer, not an error of the statement.
    let expected = [Some("unique_violation"), Some("database_error"), None];
    assert_eq!(kinds, expected.map(|kind| kind.map(str::to_owned)));
}

thread_local! {
    static RENDERED: Cell<u32> = const { Cell::new(0) };
}

/// Counts how often a query is rendered.
#[derive(QueryId)]
struct Counted<Q>(Q);

impl<Q: Query> Query for Counted<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Counted<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        RENDERED.set(RENDERED.get() + 1);
        self.0.walk_ast(pass)
    }
}

#[test]
fn nothing_is_rendered_for_nobody() {
    let shop = Shop::new(Layers::Both);
    let mut conn = shop.scope(A);
    let mut renderings = || {
        RENDERED.set(0);
        let query = projects::table.select(projects::name).wrap(Counted);
        query.load::<String>(&mut conn).unwrap();
        RENDERED.get()
    };
    // The first run is judged and prepared; the next ones are alike.
    renderings();
    let alone = renderings();
    let uninterested = Listener::of_less_than(Level::DEBUG);
    assert_eq!(uninterested.during(&mut renderings), alone);
    assert!(uninterested.all().is_empty());
    let interested = Listener::default();
    assert!(interested.during(&mut renderings) > alone);
    assert_eq!(renderings(), alone);
}

#[test]
fn shared_tables_and_lifted_ones_are_named() {
    let shop = Shop::new(Layers::Both);
    let listener = Listener::default();
    listener.during(|| {
        let mut conn = shop.scope(A);
        countries::table
            .count()
            .get_result::<i64>(&mut conn)
            .unwrap();
        let one = diesel::select(diesel::dsl::sql::<Text>("'nothing'"));
        one.get_result::<String>(&mut conn).unwrap();
    });
    let told = listener.statements();
    assert_eq!(told[0].field("otel.name"), Some("SELECT countries"));
    assert_eq!(told[1].field("otel.name"), Some("SELECT"));
    assert_eq!(told[1].field("db.collection.name"), None);
    assert_eq!(told[1].field("db.query.text"), Some("SELECT ?"));
}
