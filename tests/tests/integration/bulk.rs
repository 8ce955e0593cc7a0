//! Many rows at once: INSERT .. SELECT, bulk loads through `unnest`, COPY out, and results that are read
//! row by row.

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::result::{DatabaseErrorKind, Error};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{ScopeError, copy_to};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::models::Project;
use tenancy_tests::schema::{
    Scoped, billing, comments, countries, documents, files, other_task, projects, tasks,
};
use tenancy_tests::{A, B};

/// Runs `test` in A's scope with and without policies, and checks that B has not changed.
fn as_a(test: impl Fn(&Shop, &mut Scoped<PgConnection>)) {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        test(shop, &mut shop.scope(A));
        assert_eq!(shop.rows_of(B), before);
    });
}

fn names(conn: &mut Scoped<PgConnection>) -> Vec<(i32, String)> {
    projects::table
        .select((projects::id, projects::name))
        .order(projects::id)
        .load(conn)
        .unwrap()
}

/// The policy speaks first, where there is one.
fn assert_foreign_owner(shop: &Shop, result: QueryResult<usize>) {
    let error = result.unwrap_err();
    if shop.has_policies() {
        assert!(error.to_string().contains("row-level security"), "{error}");
    } else {
        assert_eq!(ScopeError::of(&error), Some(&ScopeError::ForeignOwner));
    }
}

#[test]
fn insert_from_a_select_takes_own_rows_only() {
    as_a(|_, conn| {
        let copied = insert_into(projects::table)
            .values(
                tasks::table
                    .filter(tasks::done.eq(false))
                    .select((tasks::id + 100, tasks::title)),
            )
            .into_columns((projects::id, projects::name))
            .execute(conn);
        assert_eq!(copied, Ok(2), "B has three such tasks");
        assert_eq!(
            names(conn)[3..],
            [(101, "one a".to_owned()), (103, "three a".to_owned())]
        );
        // Diesel's other spelling, with one column, a returning clause and a join.
        let rows: Vec<(tenancy_tests::OrgId, i32)> = comments::table
            .inner_join(tasks::table)
            .filter(comments::id.eq(1))
            .select((comments::id + 10, tasks::id, comments::body))
            .insert_into(comments::table)
            .into_columns((comments::id, comments::task_id, comments::body))
            .returning((comments::tenant_id, comments::id))
            .get_results(conn)
            .unwrap();
        assert_eq!(rows, [(A, 11)]);
    });
}

#[test]
fn insert_from_a_select_goes_to_all_columns_without_a_list() {
    as_a(|_, conn| {
        let copied = billing::projects::table
            .select((
                billing::projects::id + 1,
                billing::projects::name,
                billing::projects::budget,
            ))
            .insert_into(billing::projects::table)
            .execute(conn);
        assert_eq!(copied, Ok(1));
    });
}

#[test]
fn insert_from_a_select_may_read_aliases_unions_and_shared_tables() {
    as_a(|_, conn| {
        let from_shared = scoped(countries::table)
            .filter(countries::code.eq("de"))
            .select((
                50.into_sql::<diesel::sql_types::Integer>(),
                countries::label,
            ))
            .insert_into(projects::table)
            .into_columns((projects::id, projects::name))
            .execute(conn);
        assert_eq!(from_shared, Ok(1));
        let union = tasks::table
            .select((tasks::id + 200, tasks::title))
            .filter(tasks::id.eq(1))
            .union(
                other_task::table
                    .select((other_task::id + 200, other_task::title))
                    .filter(other_task::id.eq_any([2, 9])),
            )
            .insert_into(projects::table)
            .into_columns((projects::id, projects::name))
            .execute(conn);
        assert_eq!(union, Ok(2), "task 9 is B's");
    });
}

#[test]
fn insert_from_a_select_upserts_within_the_tenant() {
    as_a(|_, conn| {
        let merged = insert_into(projects::table)
            .values(projects::table.select((projects::id, projects::name)))
            .into_columns((projects::id, projects::name))
            .on_conflict(projects::id)
            .do_update()
            .set(projects::country.eq("fr"))
            .execute(conn);
        assert_eq!(merged, Ok(3));
    });
}

#[test]
fn insert_from_a_select_into_a_via_table_asks_for_the_owner() {
    as_a(|shop, conn| {
        let own = documents::table
            .select((documents::id + 500, documents::id, documents::title))
            .insert_into(files::table)
            .into_columns((files::id, files::document_id, files::name))
            .execute(conn);
        assert_eq!(own, Ok(1));
        let foreign = documents::table
            .select((documents::id + 600, documents::id + 100, documents::title))
            .insert_into(files::table)
            .into_columns((files::id, files::document_id, files::name))
            .execute(conn);
        assert_foreign_owner(shop, foreign);
    });
}

#[test]
fn unnest_fills_in_the_tenant() {
    as_a(|_, conn| {
        let rows = (1000..3000).map(|id| (id, format!("bulk {id}"), (id % 2 == 0).then_some("de")));
        let loaded = insert_into(projects::table)
            .unnest((projects::id, projects::name, projects::country), rows)
            .execute(conn);
        assert_eq!(loaded, Ok(2000));
        let german: i64 = projects::table
            .filter(projects::id.ge(1000))
            .filter(projects::country.eq("de"))
            .count()
            .get_result(conn)
            .unwrap();
        assert_eq!(german, 1000);
        let tenants: Vec<tenancy_tests::OrgId> = projects::table
            .select(projects::tenant_id)
            .distinct()
            .load(conn)
            .unwrap();
        assert_eq!(tenants, [A]);
    });
}

#[test]
fn unnest_of_no_rows_inserts_nothing() {
    as_a(|_, conn| {
        let none: [(i32, &str); 0] = [];
        let loaded = insert_into(projects::table)
            .unnest((projects::id, projects::name), none)
            .execute(conn);
        assert_eq!(loaded, Ok(0));
    });
}

#[test]
fn unnest_takes_one_column_a_custom_type_and_what_follows_an_insert() {
    use tenancy_tests::models::Status;
    as_a(|_, conn| {
        let ids: Vec<i32> = insert_into(tasks::table)
            .unnest(
                (tasks::id, tasks::project_id, tasks::title, tasks::status),
                [(70, 1, "x", Status::Done), (71, 2, "y", Status::Open)],
            )
            .returning(tasks::id)
            .get_results(conn)
            .unwrap();
        assert_eq!(ids, [70, 71]);
        let merged = insert_into(projects::table)
            .unnest((projects::id, projects::name), [(1, "merged"), (60, "new")])
            .on_conflict(projects::id)
            .do_update()
            .set(projects::name.eq(diesel::upsert::excluded(projects::name)))
            .execute(conn);
        assert_eq!(merged, Ok(2));
    });
}

#[test]
fn unnest_into_a_via_table_asks_for_the_owner() {
    as_a(|shop, conn| {
        let load = |conn: &mut Scoped<PgConnection>, owner: i32| {
            insert_into(files::table)
                .unnest(
                    (files::id, files::document_id, files::name),
                    [(801, 1, "own"), (802, owner, "other")],
                )
                .execute(conn)
        };
        assert_foreign_owner(shop, load(conn, 101));
        assert_eq!(load(conn, 1), Ok(2));
    });
}

/// `COPY .. FROM` is refused by PostgreSQL under row-level security; a unique violation in a bulk load
/// names A's own values at most.
#[test]
fn unnest_meets_keys_of_its_own_tenant_only() {
    as_a(|_, conn| {
        let key_of_b = insert_into(projects::table)
            .unnest((projects::id, projects::name), [(9, "only b")])
            .execute(conn);
        assert_eq!(key_of_b, Ok(1), "the key and the name are free in A");
        let own = insert_into(projects::table)
            .unnest((projects::id, projects::name), [(1, "taken")])
            .execute(conn);
        assert!(matches!(
            own,
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
        ));
    });
}

fn copied<C, Count>(conn: &mut Scoped<PgConnection>, target: C) -> String
where
    C: tenancy_diesel::CopyColumns<projects::table, Count>,
{
    let mut bytes = Vec::new();
    let written = copy_to(target)
        .with_format(CopyFormat::Csv)
        .write_to(conn, &mut bytes)
        .unwrap();
    assert_eq!(written, bytes.len() as u64);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn copy_out_holds_own_rows_only() {
    as_a(|_, conn| {
        assert_eq!(
            copied(conn, (projects::id, projects::name)),
            "1,alpha a\n2,beta a\n3,gamma a\n"
        );
        let whole = copied(conn, projects::table);
        let id = A.0;
        assert_eq!(
            whole,
            format!("{id},1,alpha a,de,\n{id},2,beta a,,1\n{id},3,gamma a,fr,1\n")
        );
    });
}

#[test]
fn copy_out_of_a_qualified_and_of_a_via_table() {
    as_a(|_, conn| {
        let mut invoices = Vec::new();
        copy_to(billing::invoices::table)
            .with_delimiter(';')
            .with_header(true)
            .write_to(conn, &mut invoices)
            .unwrap();
        let id = A.0;
        assert_eq!(
            String::from_utf8(invoices).unwrap(),
            format!("customer;id;project_id;cents\n{id};1;1;10\n{id};2;1;7\n")
        );
        let mut own = Vec::new();
        copy_to((files::id, files::name))
            .with_format(CopyFormat::Csv)
            .with_quote('\'')
            .with_escape('\'')
            .with_null("-")
            .write_to(conn, &mut own)
            .unwrap();
        assert_eq!(String::from_utf8(own).unwrap(), "1,plan-a.pdf\n");
    });
}

#[test]
fn copy_out_runs_in_a_transaction_between_other_statements() {
    as_a(|_, conn| {
        conn.transaction(|conn| {
            for round in 1..=3 {
                let before = names(conn).len();
                let lines = copied(conn, (projects::id, projects::name)).lines().count();
                assert_eq!(lines, before);
                insert_into(projects::table)
                    .values((
                        projects::id.eq(80 + round),
                        projects::name.eq(format!("{round}")),
                    ))
                    .execute(conn)?;
            }
            QueryResult::Ok(())
        })
        .unwrap();
        assert_eq!(names(conn).len(), 6);
    });
}

#[test]
fn copy_out_that_the_server_ends_is_an_error() {
    let shop = Shop::new(Layers::Both);
    shop.superuser()
        .batch_execute(
            "CREATE FUNCTION fails_at(i int4) RETURNS int4 LANGUAGE plpgsql AS
                 $$ BEGIN IF i = 3 THEN RAISE 'no'; END IF; RETURN i; END $$;
             ALTER TABLE projects RENAME TO projects_;
             CREATE VIEW projects WITH (security_invoker) AS
                 SELECT tenant_id, fails_at(id) AS id, name, country, parent_id FROM projects_;
             GRANT SELECT ON projects TO PUBLIC;",
        )
        .unwrap();
    let mut conn = shop.scope(A);
    let mut bytes = Vec::new();
    let cut = copy_to((projects::id, projects::name)).write_to(&mut conn, &mut bytes);
    assert_eq!(
        cut.as_ref().err().and_then(ScopeError::of),
        Some(&ScopeError::CopyCutShort),
        "{cut:?}"
    );
    let alive: i64 = tasks::table.count().get_result(&mut conn).unwrap();
    assert_eq!(alive, 3, "the connection goes on");
}

#[test]
fn copy_out_into_a_writer_that_fails_leaves_the_connection_usable() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    as_a(|_, conn| {
        let rows = (1000..9000).map(|id| (id, format!("row {id}")));
        insert_into(projects::table)
            .unnest((projects::id, projects::name), rows)
            .execute(conn)
            .unwrap();
        let fails = |conn: &mut Scoped<PgConnection>| {
            let result = copy_to(projects::table).write_to(conn, &mut Full);
            assert!(
                matches!(result, Err(Error::DeserializationError(e)) if e.to_string().contains("full"))
            );
        };
        fails(conn);
        assert_eq!(names(conn).len(), 8003);
        let result = conn.transaction(|conn| {
            insert_into(projects::table)
                .values((projects::id.eq(9000), projects::name.eq("before")))
                .execute(conn)?;
            fails(conn);
            // A prepared statement, and one that is not.
            assert_eq!(names(conn).len(), 8004);
            delete(projects::table.filter(projects::id.between(1000, 8999))).execute(conn)
        });
        assert_eq!(result, Ok(8000));
        assert_eq!(names(conn).len(), 4);
    });
}

/// A tenant id that looks like SQL stays one literal.
#[test]
fn copy_out_quotes_the_tenant() {
    use tenancy_tests::ids::{Merchant, merchant};
    let server = tenancy_testing::PgServer::shared().unwrap();
    let template = server
        .template("copy merchants", |conn| {
            conn.batch_execute(
                "CREATE TABLE notes_merchant (tenant_id text, id int4, PRIMARY KEY (tenant_id, id));",
            )
        })
        .unwrap();
    let database = template.create().unwrap();
    let mut raw = PgConnection::establish(&database.url()).unwrap();
    for evil in ["' OR true --", r"\' OR true --", "a'b\"c\\d", "ü%_"] {
        for tenant in [evil, "other"] {
            diesel::sql_query("INSERT INTO notes_merchant VALUES ($1, 1) ON CONFLICT DO NOTHING")
                .bind::<diesel::sql_types::Text, _>(tenant)
                .execute(&mut raw)
                .unwrap();
        }
        for conforming in ["on", "off"] {
            raw.batch_execute(&format!("SET standard_conforming_strings = {conforming}"))
                .unwrap();
            let mut conn =
                tenancy_diesel::Scoped::open(&mut raw, Merchant(evil.to_owned())).unwrap();
            let mut bytes = Vec::new();
            copy_to((merchant::notes::id,))
                .write_to(&mut conn, &mut bytes)
                .unwrap();
            assert_eq!(bytes, b"1\n", "{evil}");
        }
    }
}

#[test]
fn row_by_row_reads_own_rows_in_and_outside_of_a_transaction() {
    as_a(|_, conn| {
        let query = || {
            projects::table
                .order(projects::id)
                .select(Project::as_select())
        };
        let collect = |conn: &mut Scoped<PgConnection>| -> Vec<Project> {
            query()
                .load_iter::<Project, PgRowByRowLoadingMode>(conn)
                .unwrap()
                .collect::<QueryResult<_>>()
                .unwrap()
        };
        let expected: Vec<Project> = query()
            .load_iter::<Project, DefaultLoadingMode>(conn)
            .unwrap()
            .collect::<QueryResult<_>>()
            .unwrap();
        assert_eq!(expected.len(), 3);
        assert_eq!(collect(conn), expected);
        conn.transaction(|conn| {
            assert_eq!(collect(conn), expected);
            // A result that is not read to its end.
            let first = query()
                .load_iter::<Project, PgRowByRowLoadingMode>(conn)?
                .next();
            assert_eq!(first, Some(Ok(expected[0].clone())));
            assert_eq!(collect(conn), expected);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn row_by_row_reports_an_error_of_a_later_row_and_loses_the_transaction() {
    let shop = Shop::new(Layers::Both);
    let mut conn = shop.scope(A);
    let result = conn.transaction(|conn| {
        let rows: Vec<QueryResult<i32>> = projects::table
            .select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                "6 / (3 - projects.id)",
            ))
            .load_iter::<i32, PgRowByRowLoadingMode>(conn)?
            .collect();
        assert!(rows[0].is_ok() && rows[2].is_err(), "{rows:?}");
        QueryResult::Ok(())
    });
    assert_eq!(
        result.as_ref().err().and_then(ScopeError::of),
        Some(&ScopeError::RolledBack)
    );
}
