//! Keys: what UNIQUE, FOREIGN KEY and EXCLUDE do with rows that are not shown.
//!
//! PostgreSQL checks a constraint against all rows, whatever filter and policies say. What protects is a key
//! that leads with the tenant. So each test has the safe key, and as the control the same key without the
//! tenant.

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error};
use tenancy_diesel::prelude::*;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{comments, documents, files, projects, tasks};
use tenancy_tests::{A, B};

use crate::harness::{Scope, assert_silent, told};

/// The keys of the fixture, which lead with the tenant.
const AS_IT_IS: &str = "SELECT";

/// Runs a statement of A with both layers and with the filter alone, after `setup`.
fn of_a<R>(setup: &str, mut test: impl FnMut(&Shop, &mut Scope) -> R) -> [R; 2] {
    [Layers::Both, Layers::FilterOnly].map(|layers| {
        let shop = Shop::new(layers);
        shop.superuser().batch_execute(setup).unwrap();
        test(&shop, &mut shop.scope(A))
    })
}

fn insert_project(_: &Shop, conn: &mut Scope) -> QueryResult<usize> {
    insert_into(projects::table)
        .values((projects::id.eq(50), projects::name.eq("only b")))
        .execute(conn)
}

fn kind(result: &QueryResult<usize>) -> &DatabaseErrorKind {
    match result {
        Err(Error::DatabaseError(kind, _)) => kind,
        other => panic!("the server did not refuse: {other:?}"),
    }
}

#[test]
fn a_unique_key_with_the_tenant_does_not_tell_that_the_other_tenant_has_the_value() {
    for inserted in of_a(AS_IT_IS, insert_project) {
        assert_eq!(inserted, Ok(1));
    }
    let global = "CREATE UNIQUE INDEX ON projects (name)";
    for refused in of_a(global, insert_project) {
        assert!(matches!(kind(&refused), DatabaseErrorKind::UniqueViolation));
    }
}

/// What a globally unique key tells is that the value is taken, and no more: the error has no other column of
/// B's row.
#[test]
fn the_error_of_a_unique_key_holds_own_values_alone() {
    let taken = |_: &Shop, conn: &mut Scope| {
        insert_into(documents::table)
            .values((documents::id.eq(101), documents::title.eq("ours")))
            .execute(conn)
    };
    for refused in of_a(AS_IT_IS, taken) {
        assert!(matches!(kind(&refused), DatabaseErrorKind::UniqueViolation));
        assert_silent("a unique key", &told(&refused.unwrap_err()));
    }
}

/// `ON CONFLICT DO NOTHING` is the same oracle without an error.
#[test]
fn do_nothing_on_a_key_with_the_tenant_does_not_tell_either() {
    let skip = |_: &Shop, conn: &mut Scope| {
        insert_into(projects::table)
            .values((projects::id.eq(50), projects::name.eq("only b")))
            .on_conflict_do_nothing()
            .execute(conn)
    };
    assert_eq!(of_a(AS_IT_IS, skip), [Ok(1), Ok(1)]);
    let global = "CREATE UNIQUE INDEX ON projects (name)";
    assert_eq!(of_a(global, skip), [Ok(0), Ok(0)], "the control tells");
}

/// The condition of DO UPDATE is evaluated on the row that is met, before the policies are asked. The tenant's
/// predicate stands first, so nothing else is evaluated on B's row.
#[test]
fn the_condition_of_an_upsert_is_not_evaluated_on_the_other_tenants_row() {
    let upsert = |_: &Shop, conn: &mut Scope| {
        insert_into(files::table)
            .values((
                files::id.eq(101),
                files::document_id.eq(1),
                files::name.eq("ours"),
            ))
            .on_conflict(files::id)
            .do_update()
            .set(files::name.eq("ours"))
            .filter(files::name.like("plan-b\\"))
            .execute(conn)
    };
    assert_eq!(of_a(AS_IT_IS, upsert), [Ok(0), Ok(0)]);
    let by_hand = "INSERT INTO files VALUES (101, 1, 'ours') ON CONFLICT (id)
                   DO UPDATE SET name = 'ours' WHERE files.name LIKE 'plan-b\\'";
    let control = diesel::sql_query(by_hand).execute(&mut Shop::new(Layers::FilterOnly).raw());
    assert!(told(&control.unwrap_err()).contains("LIKE pattern"));
}

#[test]
fn a_foreign_key_with_the_tenant_cannot_point_at_the_other_tenants_row() {
    let point = |_: &Shop, conn: &mut Scope| {
        insert_into(tasks::table)
            .values((
                tasks::id.eq(50),
                tasks::project_id.eq(9),
                tasks::title.eq("x"),
            ))
            .execute(conn)
    };
    for refused in of_a(AS_IT_IS, point) {
        assert!(matches!(
            kind(&refused),
            DatabaseErrorKind::ForeignKeyViolation
        ));
        assert_silent("a foreign key", &told(&refused.unwrap_err()));
    }
    let global = "ALTER TABLE tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey;
                  DELETE FROM tasks WHERE project_id < 9;
                  DELETE FROM projects WHERE id < 9;
                  ALTER TABLE projects ADD UNIQUE (id);
                  ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects (id)";
    assert_eq!(
        of_a(global, point),
        [Ok(1), Ok(1)],
        "the control points at B's project"
    );
}

/// The error says the same of B's row as of none.
#[test]
fn a_foreign_key_does_not_tell_that_the_other_tenant_has_the_row() {
    let told_of = |project: i32| {
        of_a(AS_IT_IS, |_, conn| {
            let task = (
                tasks::id.eq(50),
                tasks::project_id.eq(project),
                tasks::title.eq("x"),
            );
            let refused = insert_into(tasks::table).values(task).execute(conn);
            told(&refused.unwrap_err()).replace(&project.to_string(), "?")
        })
    };
    assert_eq!(told_of(9), told_of(777));
    let owned_by = |document: i32| {
        of_a(AS_IT_IS, |_, conn| {
            let file = (
                files::id.eq(50),
                files::document_id.eq(document),
                files::name.eq("x"),
            );
            let refused = insert_into(files::table).values(file).execute(conn);
            told(&refused.unwrap_err()).replace(&document.to_string(), "?")
        })
    };
    assert_eq!(owned_by(101), owned_by(777));
    let by_hand = |document: i32| {
        let sql = format!("INSERT INTO files VALUES (50, {document}, 'x')");
        diesel::sql_query(sql).execute(&mut Shop::new(Layers::FilterOnly).raw())
    };
    assert_eq!(by_hand(101), Ok(1), "the control tells");
    assert!(by_hand(777).is_err());
}

/// B's task points at A's project; when A deletes it, B's task and comments go too.
#[test]
fn a_cascade_does_not_reach_the_other_tenants_rows() {
    let delete_project = |shop: &Shop, conn: &mut Scope| {
        let before = shop.rows_of(B);
        assert_eq!(delete(projects::table.find(2)).execute(conn), Ok(1));
        shop.rows_of(B) == before
    };
    assert_eq!(of_a(AS_IT_IS, delete_project), [true, true]);
    let global = "ALTER TABLE tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey;
                  UPDATE projects SET parent_id = NULL;
                  UPDATE projects SET id = id + 100 WHERE name LIKE '% b';
                  ALTER TABLE projects ADD UNIQUE (id);
                  DELETE FROM tasks WHERE project_id = 9;
                  ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects (id)
                      ON DELETE CASCADE";
    assert_eq!(
        of_a(global, delete_project),
        [false, false],
        "the control reaches B"
    );
}

/// An exclusion constraint says with which row the new one conflicts.
#[test]
fn an_exclusion_constraint_with_the_tenant_does_not_show_the_other_tenants_value() {
    let overlap = |_: &Shop, conn: &mut Scope| {
        insert_into(comments::table)
            .values((
                comments::id.eq(50),
                comments::task_id.eq(1),
                comments::body.eq("[150,160)"),
            ))
            .execute(conn)
    };
    let key = |tenant: &str| {
        format!(
            "CREATE EXTENSION btree_gist;
             CREATE FUNCTION span(text) RETURNS int4range IMMUTABLE LANGUAGE sql
                 AS $$SELECT $1::int4range$$;
             TRUNCATE comments;
             INSERT INTO comments SELECT id, 1, 1, CASE name WHEN 'org b' THEN '[100,777)' ELSE '[1,7)' END
             FROM organisations;
             ALTER TABLE comments ADD CONSTRAINT apart
                 EXCLUDE USING gist ({tenant} span(body) WITH &&)"
        )
    };
    let with_tenant = of_a(&key("tenant_id WITH =,"), overlap);
    assert_eq!(with_tenant, [Ok(1), Ok(1)]);
    let [both, filter_alone] = of_a(&key(""), overlap).map(|result| told(&result.unwrap_err()));
    assert!(
        filter_alone.contains("[100,777)"),
        "the control shows B's value: {filter_alone}"
    );
    assert!(
        both.contains("apart") && !both.contains("777"),
        "with policies PostgreSQL leaves the values out: {both}"
    );
}

/// `Failing row contains (..)` shows a whole row.
#[test]
fn a_check_constraint_shows_no_row_of_the_other_tenant() {
    let raise = |_: &Shop, conn: &mut Scope| {
        update(tasks::table)
            .set(tasks::points.eq(tasks::points + 1))
            .execute(conn)
    };
    let only_b_is_high = "ALTER TABLE tasks ADD CHECK (points < 10)";
    assert_eq!(of_a(only_b_is_high, raise), [Ok(3), Ok(3)]);
    let shop = Shop::new(Layers::FilterOnly);
    shop.superuser().batch_execute(only_b_is_high).unwrap();
    let control = diesel::sql_query("UPDATE tasks SET points = points + 1")
        .execute(&mut shop.raw())
        .unwrap_err();
    assert!(
        told(&control).contains("only b"),
        "the control shows B's row"
    );
}
