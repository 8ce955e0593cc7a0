//! Each layer alone: row-level security without the filter, and what happens outside of a scope.

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};
use tenancy_diesel::ScopeError;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{REGISTRY, countries, projects};
use tenancy_tests::{A, B, OrgId};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(
    conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
    sql: &str,
) -> i64 {
    diesel::sql_query(sql).get_result::<Count>(conn).unwrap().n
}

fn scoped_tables() -> impl Iterator<Item = String> {
    REGISTRY
        .tables
        .iter()
        .filter(|t| t.class.is_scoped())
        .map(|t| format!("{}.{}", t.schema.unwrap_or("public"), t.name))
}

#[test]
fn a_raw_connection_without_a_tenant_sees_nothing() {
    let shop = Shop::new(Layers::Both);
    let control = Shop::new(Layers::FilterOnly);
    for table in scoped_tables() {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        assert_eq!(count(&mut shop.raw(), &sql), 0, "{table}");
        assert!(
            count(&mut control.raw(), &sql) > 0,
            "{table}: the control sees rows"
        );
    }
}

#[test]
fn raw_sql_in_a_scope_is_confined_by_row_level_security() {
    let shop = Shop::new(Layers::Both);
    let before = shop.rows_of(B);
    let mut conn = shop.scope(A);
    for table in scoped_tables() {
        let all = count(
            &mut shop.superuser(),
            &format!("SELECT count(*) AS n FROM {table}"),
        );
        let own = count(&mut conn, &format!("SELECT count(*) AS n FROM {table}"));
        assert!(own > 0 && own < all, "{table}: {own} of {all}");
    }
    assert_eq!(
        diesel::sql_query("UPDATE projects SET name = name || '!'").execute(&mut conn),
        Ok(3)
    );
    let foreign =
        diesel::sql_query("INSERT INTO projects (tenant_id, id, name) VALUES ($1, 77, 'x')")
            .bind::<diesel::sql_types::Uuid, _>(B)
            .execute(&mut conn);
    assert!(foreign.is_err());
    assert_eq!(
        diesel::sql_query("DELETE FROM comments").execute(&mut conn),
        Ok(2)
    );
    assert_eq!(shop.rows_of(B), before);
}

#[test]
fn the_variable_switched_by_raw_sql_gives_no_rows_through_the_filter() {
    let shop = Shop::new(Layers::Both);
    let mut conn = shop.scope(A);
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{}'", B.0))?;
        assert_eq!(
            count(conn, "SELECT count(*) AS n FROM projects"),
            4,
            "raw SQL has RLS alone"
        );
        assert_eq!(
            projects::table.count().get_result(conn),
            Ok(0i64),
            "the layers must agree"
        );
        QueryResult::Ok(())
    })
    .unwrap();
}

/// `Default` gives the sealed table, on purpose and documented. Row-level security stops it.
#[test]
fn the_sealed_table_on_a_raw_connection_finds_nothing() {
    let shop = Shop::new(Layers::Both);
    let sealed = <projects::table as Default>::default();
    let rows: Vec<String> = sealed.select(projects::name).load(&mut shop.raw()).unwrap();
    assert!(rows.is_empty());
    let control: Vec<String> = sealed
        .select(projects::name)
        .load(&mut Shop::new(Layers::FilterOnly).raw())
        .unwrap();
    assert_eq!(control.len(), 7, "the control without policies leaks");
}

/// Columns are Diesel's own, and `copy_to` takes columns. Row-level security stops it, and `copy_from`
/// is refused by PostgreSQL.
#[test]
fn a_copy_of_columns_on_a_raw_connection_finds_nothing() {
    use std::io::Read;
    let copied = |shop: &Shop| {
        let mut text = String::new();
        diesel::copy_to((projects::id, projects::name))
            .load_raw(&mut shop.raw())
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text.lines().count()
    };
    assert_eq!(copied(&Shop::new(Layers::Both)), 0);
    assert_eq!(
        copied(&Shop::new(Layers::FilterOnly)),
        7,
        "the control without policies leaks"
    );
}

#[test]
fn an_id_that_no_tenant_has_opens_no_scope() {
    let shop = Shop::new(Layers::Both);
    for id in [uuid::Uuid::nil(), uuid::Uuid::max()] {
        let refused = Scoped::open(shop.raw(), OrgId(id));
        assert!(matches!(refused, Err(ScopeError::InvalidTenant(_))));
    }
    assert!(matches!(
        Scoped::open(shop.raw(), 0i64),
        Err(ScopeError::InvalidTenant(_))
    ));
    assert!(Scoped::open(shop.raw(), "a'; DROP TABLE x".to_owned()).is_err());
}

/// What the types cannot refuse, because `wrap` was used to carry a query from one schema into another,
/// is refused before anything is sent.
#[test]
fn a_query_of_another_tenant_type_is_refused_at_rendering() {
    use tenancy_tests::ids::small;
    let shop = Shop::new(Layers::FilterOnly);
    let mut carried = None;
    let _ = projects::table
        .select(projects::id)
        .wrap(|inner| carried = Some(inner));
    let mut conn: small::Scoped<_> = Scoped::open(shop.raw(), 7).unwrap();
    let error = small::notes::table
        .wrap(|_| carried.unwrap())
        .load::<i32>(&mut conn)
        .unwrap_err();
    assert!(matches!(
        ScopeError::of(&error),
        Some(ScopeError::OtherTenantType {
            table: "projects",
            ..
        })
    ));
}

#[test]
fn a_scope_shows_its_tenant_to_the_database_and_takes_it_back() {
    let shop = Shop::new(Layers::Both);
    let mut raw = shop.raw();
    #[derive(diesel::QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Nullable<Text>)]
        value: Option<String>,
    }
    let setting = |conn: &mut PgConnection| {
        diesel::sql_query("SELECT current_setting('app.tenant_id', true) AS value")
            .get_result::<Setting>(conn)
            .unwrap()
            .value
    };
    assert_eq!(setting(&mut raw), None);
    let inside: Setting =
        diesel::sql_query("SELECT current_setting('app.tenant_id', true) AS value")
            .get_result(&mut Scoped::open(&mut raw, A).unwrap())
            .unwrap();
    assert_eq!(inside.value, Some(A.0.to_string()));
    assert_eq!(setting(&mut raw).as_deref(), Some(""));
    assert_eq!(countries::table.count().get_result(&mut raw), Ok(3i64));
}

#[test]
fn an_unknown_error_is_not_taken_for_ours() {
    assert_eq!(ScopeError::of(&Error::NotFound), None);
    let wrapped: Error = ScopeError::RolledBack.into();
    assert_eq!(ScopeError::of(&wrapped), Some(&ScopeError::RolledBack));
}
