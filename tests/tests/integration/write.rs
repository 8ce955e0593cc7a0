//! Writing, on a synchronous connection. Each test compares every row of tenant B before and after.

use diesel::dsl::sql;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::Bool;
use tenancy_diesel::ScopeError;
use tenancy_diesel::prelude::*;
use tenancy_diesel::upsert::{excluded, on_constraint};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::models::{FullProject, NewProject, Project, Status};
use tenancy_tests::schema::{
    billing, comments, countries, documents, files, organisations, parent, projects, settings,
    tasks,
};
use tenancy_tests::{A, B, OrgId};

/// Runs `test` in A's scope with and without policies, and checks that B has not changed.
fn as_a(test: impl Fn(&Shop, &mut tenancy_tests::schema::Scoped<PgConnection>)) {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        test(shop, &mut shop.scope(A));
        assert_eq!(shop.rows_of(B), before);
    });
}

fn new(id: i32, name: &str) -> NewProject {
    NewProject {
        id,
        name: name.to_owned(),
        country: None,
    }
}

#[test]
fn insert_fills_in_the_tenant() {
    as_a(|_, conn| {
        let record = new(9, "record");
        assert_eq!(
            insert_into(projects::table).values(&record).execute(conn),
            Ok(1)
        );
        let tuple = (projects::id.eq(10), projects::name.eq("tuple"));
        let row: FullProject = insert_into(projects::table)
            .values(tuple)
            .get_result(conn)
            .unwrap();
        assert_eq!((row.tenant_id, row.id, row.country), (A, 10, None));
        let returned: (OrgId, String) = insert_into(projects::table)
            .values(new(11, "returned"))
            .returning((projects::tenant_id, projects::name))
            .get_result(conn)
            .unwrap();
        assert_eq!(returned, (A, "returned".to_owned()));
        let model: Project = insert_into(projects::table)
            .values(new(12, "model"))
            .returning(Project::as_returning())
            .get_result(conn)
            .unwrap();
        assert_eq!(model.id, 12);
    });
}

#[test]
fn insert_takes_batches() {
    as_a(|_, conn| {
        let batch = vec![new(20, "v1"), new(21, "v2")];
        assert_eq!(
            insert_into(projects::table).values(&batch).execute(conn),
            Ok(2)
        );
        let batch = vec![new(22, "o1"), new(23, "o2")];
        assert_eq!(
            insert_into(projects::table).values(batch).execute(conn),
            Ok(2)
        );
        let array = [new(24, "a1"), new(25, "a2")];
        assert_eq!(
            insert_into(projects::table)
                .values(&array[..])
                .execute(conn),
            Ok(2)
        );
        let array = [new(26, "b1"), new(27, "b2")];
        assert_eq!(
            insert_into(projects::table).values(&array).execute(conn),
            Ok(2)
        );
        assert_eq!(
            insert_into(projects::table)
                .values([new(28, "c1")])
                .execute(conn),
            Ok(1)
        );
        let tuples = vec![
            (projects::id.eq(30), projects::name.eq("t1")),
            (projects::id.eq(31), projects::name.eq("t2")),
        ];
        let tenants: Vec<OrgId> = insert_into(projects::table)
            .values(tuples)
            .returning(projects::tenant_id)
            .get_results(conn)
            .unwrap();
        assert_eq!(tenants, [A, A]);
        let nothing: Vec<NewProject> = Vec::new();
        assert_eq!(
            insert_into(projects::table).values(&nothing).execute(conn),
            Ok(0)
        );
        let none: Vec<OrgId> = insert_into(projects::table)
            .values(&nothing)
            .returning(projects::tenant_id)
            .get_results(conn)
            .unwrap();
        assert!(none.is_empty());
    });
}

#[test]
fn insert_with_defaults() {
    as_a(|_, conn| {
        delete(settings::table).execute(conn).unwrap();
        assert_eq!(
            insert_into(settings::table).default_values().execute(conn),
            Ok(1)
        );
        assert_eq!(
            settings::table
                .select((settings::tenant_id, settings::theme))
                .first(conn),
            Ok((A, "plain".to_owned()))
        );
        // The key of a table with one row per tenant is the tenant column.
        assert_eq!(
            insert_into(settings::table)
                .values(settings::theme.eq("dark"))
                .on_conflict(settings::tenant_id)
                .do_update()
                .set(settings::theme.eq(excluded(settings::theme)))
                .execute(conn),
            Ok(1)
        );
        assert_eq!(
            settings::table.select(settings::theme).first(conn),
            Ok("dark".to_owned())
        );
        let twice = insert_into(settings::table)
            .values(settings::theme.eq("x"))
            .execute(conn);
        assert!(matches!(
            twice,
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
        ));
    });
}

#[test]
fn upsert_decides_within_the_tenant() {
    as_a(|_, conn| {
        let row = |name: &str| (projects::id.eq(1), projects::name.eq(name.to_owned()));
        assert_eq!(
            insert_into(projects::table)
                .values(row("x"))
                .on_conflict_do_nothing()
                .execute(conn),
            Ok(0)
        );
        assert_eq!(
            insert_into(projects::table)
                .values(row("x"))
                .on_conflict(projects::id)
                .do_nothing()
                .execute(conn),
            Ok(0)
        );
        let name: String = insert_into(projects::table)
            .values(row("upserted"))
            .on_conflict(projects::id)
            .do_update()
            .set(projects::name.eq(excluded(projects::name)))
            .returning(projects::name)
            .get_result(conn)
            .unwrap();
        assert_eq!(name, "upserted");
        assert_eq!(
            insert_into(projects::table)
                .values(row("again"))
                .on_conflict((projects::id,))
                .do_update()
                .set(projects::name.eq("again"))
                .filter(projects::country.is_null())
                .execute(conn),
            Ok(0)
        );
        // B's only key is free in A.
        assert_eq!(
            insert_into(projects::table)
                .values((projects::id.eq(9), projects::name.eq("own 9")))
                .on_conflict(projects::id)
                .do_update()
                .set(projects::name.eq("never"))
                .execute(conn),
            Ok(1)
        );
    });
}

/// A document's id is unique across tenants, so a conflict with B's row is possible. The filter of DO
/// UPDATE keeps it out even without policies.
#[test]
fn upsert_on_a_key_without_the_tenant_cannot_reach_the_other_row() {
    use diesel::connection::SimpleConnection;
    let conflict = (documents::id.eq(101), documents::title.eq("taken"));
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        let mut conn = shop.scope(A);
        let skipped = insert_into(documents::table)
            .values(conflict)
            .on_conflict_do_nothing()
            .execute(&mut conn);
        assert_eq!(skipped, Ok(0));
        let by_constraint = insert_into(documents::table)
            .values(conflict)
            .on_conflict(on_constraint("documents_id_key"))
            .do_update()
            .set(documents::title.eq("taken"))
            .execute(&mut conn);
        // The tenant predicate of DO UPDATE is evaluated first, so the policy has nothing to refuse.
        assert_eq!(by_constraint, Ok(0));
        assert_eq!(shop.rows_of(B), before);
    });
    // The control: the same statement without this library.
    let shop = Shop::new(Layers::FilterOnly);
    let before = shop.rows_of(B);
    shop.raw()
        .batch_execute(&format!(
            "INSERT INTO documents VALUES ('{}', 101, 'taken')
             ON CONFLICT ON CONSTRAINT documents_id_key DO UPDATE SET title = 'taken'",
            A.0
        ))
        .unwrap();
    assert_ne!(shop.rows_of(B), before);
}

#[test]
fn upsert_by_a_constraint_and_with_joined_conditions() {
    as_a(|_, conn| {
        let upsert = || {
            insert_into(projects::table)
                .values((projects::id.eq(1), projects::name.eq("by constraint")))
                .on_conflict(on_constraint("projects_pkey"))
                .do_update()
                .set(projects::name.eq(excluded(projects::name)))
        };
        let never = upsert()
            .filter(projects::country.eq("de"))
            .filter(projects::name.eq("no"));
        assert_eq!(never.execute(conn), Ok(0));
        let raw_or = upsert()
            .filter(projects::name.eq("no"))
            .filter(sql::<Bool>("true OR true"));
        assert_eq!(raw_or.execute(conn), Ok(0));
        let either = upsert()
            .filter(projects::name.eq("no"))
            .or_filter(projects::country.eq("de"));
        assert_eq!(either.execute(conn), Ok(1));
        let within = upsert().filter(projects::id.eq_any(tasks::table.select(tasks::project_id)));
        assert_eq!(within.execute(conn), Ok(1));
    });
}

#[test]
fn upsert_on_a_partial_index_names_its_predicate() {
    Shop::each(|shop| {
        let before = shop.rows_of(B);
        diesel::connection::SimpleConnection::batch_execute(
            &mut shop.superuser(),
            "CREATE UNIQUE INDEX ON tasks (tenant_id, points) WHERE NOT done",
        )
        .unwrap();
        let title: String = insert_into(tasks::table)
            .values((
                tasks::id.eq(50),
                tasks::project_id.eq(1),
                tasks::title.eq("partial"),
                tasks::points.eq(3),
            ))
            .on_conflict(tasks::points)
            .filter_target(tasks::done.eq(false))
            .do_update()
            .set(tasks::title.eq(excluded(tasks::title)))
            .returning(tasks::title)
            .get_result(&mut shop.scope(A))
            .unwrap();
        assert_eq!(title, "partial");
        assert_eq!(shop.rows_of(B), before);
    });
}

/// A sub-query in an assignment reads A's rows, also where B has more of them or only B has one.
#[test]
fn sub_queries_in_assignments_are_scoped() {
    as_a(|_, conn| {
        let name_of_last = projects::table
            .order(projects::id.desc())
            .select(projects::name)
            .limit(1)
            .single_value()
            .assume_not_null();
        let titles: Vec<String> = update(tasks::table.find(1))
            .set(tasks::title.eq(name_of_last))
            .returning(tasks::title)
            .get_results(conn)
            .unwrap();
        assert_eq!(titles, ["gamma a"]);
        let of_b = parent::table
            .filter(parent::id.eq(9))
            .select(parent::id)
            .single_value();
        let parents: Vec<Option<i32>> = update(projects::table.find(3))
            .set(projects::parent_id.eq(of_b))
            .returning(projects::parent_id)
            .get_results(conn)
            .unwrap();
        assert_eq!(parents, [None]);
        // Correlated with the row that is updated.
        let longest = comments::table
            .filter(comments::task_id.eq(tasks::id))
            .select(diesel::dsl::max(comments::body))
            .single_value();
        let updated = update(tasks::table.filter(tasks::id.eq_any([1, 9])))
            .set((
                tasks::title.eq(longest.assume_not_null()),
                tasks::points.eq(5),
            ))
            .returning((tasks::id, tasks::title))
            .get_results::<(i32, String)>(conn)
            .unwrap();
        assert_eq!(updated, [(1, "first a".to_owned())]);
    });
}

#[test]
fn update_by_another_tenants_key_touches_nothing() {
    as_a(|_, conn| {
        assert_eq!(
            update(projects::table.find(9))
                .set(projects::name.eq("stolen"))
                .execute(conn),
            Ok(0)
        );
        assert_eq!(
            update(projects::table)
                .set(projects::country.eq("fr"))
                .execute(conn),
            Ok(3)
        );
        assert_eq!(
            update(
                projects::table
                    .filter(projects::id.eq(1))
                    .or_filter(projects::id.gt(0))
            )
            .set(projects::country.eq(None::<String>))
            .execute(conn),
            Ok(3)
        );
        let names: Vec<String> = update(projects::table)
            .filter(projects::id.eq(2))
            .set((projects::name.eq("set"), projects::country.eq("de")))
            .returning(projects::name)
            .get_results(conn)
            .unwrap();
        assert_eq!(names, ["set"]);
        let row: FullProject = update(projects::table.find(3))
            .set(Project {
                id: 3,
                name: "changeset".to_owned(),
            })
            .get_result(conn)
            .unwrap();
        assert_eq!((row.tenant_id, row.name.as_str()), (A, "changeset"));
        let boxed = update(projects::table)
            .set(projects::name.eq("boxed"))
            .into_boxed();
        assert_eq!(boxed.filter(projects::id.eq(3)).execute(conn), Ok(1));
        assert_eq!(
            update(tasks::table.filter(tasks::status.eq(Status::Open)))
                .set(tasks::points.eq(tasks::points + 1))
                .execute(conn),
            Ok(2)
        );
        assert_eq!(
            update(organisations::table)
                .set(organisations::name.eq("new"))
                .execute(conn),
            Ok(1)
        );
        assert_eq!(
            update(billing::projects::table.find(1))
                .set(billing::projects::budget.eq(5))
                .execute(conn),
            Ok(1)
        );
    });
}

#[test]
fn raw_predicates_keep_to_themselves() {
    as_a(|_, conn| {
        // Without parentheses, the OR would win over the tenant predicate.
        assert_eq!(
            update(tasks::table.filter(sql::<Bool>("points = 1 OR points > 1")))
                .set(tasks::done.eq(true))
                .execute(conn),
            Ok(3)
        );
        assert_eq!(
            delete(comments::table.filter(sql::<Bool>("TRUE OR TRUE"))).execute(conn),
            Ok(2)
        );
        assert_eq!(
            delete(tasks::table)
                .filter(sql::<Bool>("FALSE OR FALSE"))
                .or_filter(sql::<Bool>("points > 0 OR TRUE"))
                .execute(conn),
            Ok(3)
        );
    });
}

#[test]
fn delete_by_another_tenants_key_touches_nothing() {
    as_a(|_, conn| {
        assert_eq!(delete(projects::table.find(9)).execute(conn), Ok(0));
        assert_eq!(
            delete(tasks::table.filter(tasks::id.gt(2))).execute(conn),
            Ok(1)
        );
        let bodies: Vec<String> = delete(comments::table)
            .returning(comments::body)
            .get_results(conn)
            .unwrap();
        assert_eq!(bodies, ["first a"]);
        assert_eq!(
            delete(tasks::table)
                .filter(tasks::id.eq(1))
                .or_filter(tasks::id.eq(9))
                .execute(conn),
            Ok(1)
        );
        let gone: FullProject = delete(projects::table.find(3)).get_result(conn).unwrap();
        assert_eq!(gone.tenant_id, A);
        assert_eq!(delete(billing::invoices::table).execute(conn), Ok(2));
    });
}

#[test]
fn models_are_updated_saved_and_deleted() {
    as_a(|shop, conn| {
        let mut project: Project = Project::query()
            .filter(projects::id.eq(3))
            .first(conn)
            .unwrap();
        assert_eq!(
            update(&project)
                .set(projects::country.eq("xx"))
                .execute(conn),
            Ok(1)
        );
        project.name = "saved".to_owned();
        let saved: Project = (&project).save_changes(conn).unwrap();
        assert_eq!((saved.id, saved.name.as_str()), (3, "saved"));
        assert_eq!(delete(&project).execute(conn), Ok(1));
        assert_eq!((&project).save_changes(conn), Err(Error::NotFound));
        // A model of B in A's scope finds only A's row of that key, or none.
        let only_b: Project = Project::query()
            .filter(projects::id.eq(9))
            .first(&mut shop.scope(B))
            .unwrap();
        assert_eq!(delete(&only_b).execute(conn), Ok(0));
        assert_eq!(
            update(&only_b).set(projects::name.eq("x")).execute(conn),
            Ok(0)
        );
    });
}

/// Diesel's prelude beside ours hides none of the methods.
mod both_preludes {
    use diesel::prelude::*;
    use tenancy_diesel::prelude::*;
    use tenancy_tests::models::{Project, Task};
    use tenancy_tests::schema::{Scoped, tasks};

    pub(super) fn save(
        project: &Project,
        conn: &mut Scoped<PgConnection>,
    ) -> QueryResult<(Project, i64)> {
        let tasks = Task::belonging_to(project).count().get_result(conn)?;
        update(tasks::table)
            .set(tasks::done.eq(false))
            .execute(conn)?;
        Ok((project.save_changes(conn)?, tasks))
    }
}

#[test]
fn both_preludes_together() {
    as_a(|_, conn| {
        let project: Project = Project::query()
            .filter(projects::id.eq(1))
            .first(conn)
            .unwrap();
        assert_eq!(both_preludes::save(&project, conn), Ok((project, 2)));
    });
}

#[test]
fn a_via_table_accepts_rows_of_own_owners_only() {
    as_a(|shop, conn| {
        let file = |id: i32, document: i32| {
            (
                files::id.eq(id),
                files::document_id.eq(document),
                files::name.eq("new.pdf"),
            )
        };
        assert_eq!(
            insert_into(files::table).values(file(2, 1)).execute(conn),
            Ok(1)
        );
        let refused = [
            insert_into(files::table).values(file(3, 101)).execute(conn),
            insert_into(files::table)
                .values(vec![file(4, 1), file(5, 101)])
                .execute(conn),
            insert_into(files::table)
                .values(file(6, 101))
                .returning(files::id)
                .get_result::<i32>(conn)
                .map(|_| 0),
            insert_into(files::table)
                .values(file(101, 1))
                .on_conflict(files::id)
                .do_update()
                .set(files::name.eq("stolen"))
                .execute(conn),
        ];
        for (i, refused) in refused.into_iter().enumerate() {
            match refused {
                // The conflict is with B's row, which DO UPDATE does not reach.
                Ok(rows) => assert_eq!((i, rows), (3, 0)),
                Err(error) if shop.has_policies() => {
                    assert!(matches!(error, Error::DatabaseError(..)), "{error}");
                }
                Err(error) => assert_eq!(ScopeError::of(&error), Some(&ScopeError::ForeignOwner)),
            }
        }
        let batch = vec![file(7, 1), file(8, 1)];
        let returned = insert_into(files::table)
            .values(batch)
            .returning((files::id, files::name))
            .get_results::<(i32, String)>(conn)
            .unwrap();
        assert_eq!(
            returned,
            [(7, "new.pdf".to_owned()), (8, "new.pdf".to_owned())]
        );
        assert_eq!(
            update(files::table.find(101))
                .set(files::name.eq("x"))
                .execute(conn),
            Ok(0)
        );
        assert_eq!(
            update(files::table).set(files::name.eq("x")).execute(conn),
            Ok(4)
        );
        let moved = update(files::table.find(1))
            .set(files::document_id.eq(101))
            .execute(conn);
        let moved = moved.unwrap_err();
        assert!(matches!(
            ScopeError::of(&moved),
            Some(ScopeError::OwnerUpdated {
                table: "files",
                column: "document_id"
            })
        ));
        assert_eq!(delete(files::table).execute(conn), Ok(4));
    });
}

#[test]
fn a_via_table_takes_defaults() {
    as_a(|shop, conn| {
        diesel::connection::SimpleConnection::batch_execute(
            &mut shop.superuser(),
            "ALTER TABLE files ALTER name SET DEFAULT 'unnamed'",
        )
        .unwrap();
        let file = |id: i32, name: Option<&'static str>| {
            (
                files::id.eq(id),
                files::document_id.eq(1),
                name.map(|name| files::name.eq(name)),
            )
        };
        let names: Vec<String> = insert_into(files::table)
            .values(vec![file(2, None), file(3, Some("named"))])
            .returning(files::name)
            .get_results(conn)
            .unwrap();
        assert_eq!(names, ["unnamed", "named"]);
        assert_eq!(
            insert_into(files::table)
                .values(file(4, None))
                .execute(conn),
            Ok(1)
        );
    });
}

#[test]
fn the_tenants_own_row_can_be_created() {
    Shop::each(|shop| {
        let fresh = OrgId(uuid::Uuid::from_u128(0xf));
        let conn = &mut shop.scope(fresh);
        let id: OrgId = insert_into(organisations::table)
            .values(organisations::name.eq("fresh"))
            .returning(organisations::id)
            .get_result(conn)
            .unwrap();
        assert_eq!(id, fresh);
    });
}

#[test]
fn a_foreign_key_cannot_point_at_another_tenants_row() {
    as_a(|_, conn| {
        let result = insert_into(tasks::table)
            .values((
                tasks::id.eq(50),
                tasks::project_id.eq(9),
                tasks::title.eq("x"),
            ))
            .execute(conn);
        assert!(matches!(
            result,
            Err(Error::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation,
                _
            ))
        ));
    });
}

#[test]
fn shared_tables_are_diesels_business() {
    let shop = Shop::new(Layers::Both);
    let rename = || update(countries::table.find("xx")).set(countries::label.eq("Elsewhere"));
    assert!(
        rename().execute(&mut shop.scope(A)).is_err(),
        "the application role only reads"
    );
    assert_eq!(rename().execute(&mut shop.superuser()), Ok(1));
    let insert = insert_into(countries::table)
        .values((countries::code.eq("it"), countries::label.eq("Italy")));
    assert_eq!(insert.execute(&mut shop.superuser()), Ok(1));
    assert_eq!(
        delete(countries::table)
            .filter(countries::code.eq("it"))
            .execute(&mut shop.superuser()),
        Ok(1)
    );
}
