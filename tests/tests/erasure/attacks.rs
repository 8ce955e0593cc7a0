//! How an erasure could reach other tenants, and what keeps it from that.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tenancy_diesel::erasure::{Erasure, ErasureError};
use tenancy_diesel::{Registry, SqlTenantId};

use tenancy_tests::sealed;

use crate::world::{A, REGISTRY, World, block_on, erasure, policies};

async fn connect(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url).await.unwrap()
}

async fn plan_as(url: &str) -> Result<(), ErasureError> {
    let plan = erasure().plan(&mut connect(url).await, &A).await;
    plan.map(|_| ())
}

fn refused(world: &World, url: &str) -> String {
    let of_a = world.of_a();
    let error = block_on(plan_as(url)).unwrap_err();
    assert_eq!(world.of_a(), of_a);
    match error {
        ErasureError::NotConfined { findings } => findings
            .iter()
            .map(|finding| format!("{finding}\n"))
            .collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_superuser_and_a_role_with_bypassrls_are_refused() {
    let world = World::new();
    let text = refused(&world, &world.superuser_url());
    assert!(text.contains("superuser"), "{text}");

    let eraser = world.eraser();
    world.execute(&format!(
        "CREATE ROLE {eraser}_free LOGIN BYPASSRLS IN ROLE {eraser}"
    ));
    let text = refused(&world, &world.url_of(&format!("{eraser}_free")));
    world.execute(&format!("DROP ROLE {eraser}_free"));
    assert!(text.contains("BYPASSRLS"), "{text}");
}

#[test]
fn a_session_that_begins_with_a_tenant_is_refused() {
    let world = World::new();
    let url = world.url_of(&world.eraser());
    let separator = if url.contains('?') { '&' } else { '?' };
    let text = refused(
        &world,
        &format!("{url}{separator}options=-c%20app.tenant_id%3D2"),
    );
    assert!(text.contains("app.tenant_id"), "{text}");

    let database = world
        .texts("SELECT current_database()::text AS text")
        .remove(0);
    let setting = format!(
        "ALTER ROLE {} IN DATABASE {database} SET app.tenant_id = '2'",
        world.eraser()
    );
    world.execute(&setting);
    let text = refused(&world, &url);
    assert!(text.contains("app.tenant_id"), "{text}");
}

/// The control: what the setting would do without the tenant in each statement.
#[test]
fn a_delete_without_a_condition_follows_the_setting_of_the_session() {
    let world = World::new();
    let url = world.url_of(&world.eraser());
    block_on(async {
        let mut conn = connect(&url).await;
        let delete = "SET app.tenant_id = '2'; DELETE FROM \"odd \"\"table\"";
        conn.batch_execute(delete).await.unwrap();
    });
    let left = "SELECT string_agg(DISTINCT tenant_id::text, ' ') AS text FROM \"odd \"\"table\"";
    assert_eq!(world.texts(left), ["1 12"]);
}

#[test]
fn the_tenant_is_the_argument_also_where_the_session_was_set_to_another() {
    let world = World::new();
    let others = world.others();
    block_on(async {
        let mut conn = world.connect().await;
        conn.batch_execute("SET app.tenant_id = '2'").await.unwrap();
        let plan = erasure().plan(&mut conn, &A).await.unwrap();
        erasure().execute(&mut conn, &plan, |_| ()).await.unwrap();
    });
    world.assert_erased();
    assert_eq!(world.others(), others);
}

#[test]
fn a_table_without_row_level_security_is_refused() {
    let world = World::new();
    world.execute("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY");
    let text = refused(&world, &world.url_of(&world.eraser()));
    assert!(text.contains("public.tasks"), "{text}");
}

#[test]
fn a_policy_that_shows_more_is_refused() {
    let world = World::new();
    world.execute("DROP POLICY tenancy_guard ON tasks; CREATE POLICY more ON tasks USING (true)");
    let text = refused(&world, &world.url_of(&world.eraser()));
    assert!(text.contains("public.tasks"), "{text}");
}

#[test]
fn policies_that_are_lost_between_plan_and_execution_stop_it() {
    let world = World::new();
    let of_a = world.of_a();
    let error = block_on(async {
        let mut conn = world.connect().await;
        let plan = erasure().plan(&mut conn, &A).await.unwrap();
        world.execute("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY");
        erasure()
            .execute(&mut conn, &plan, |_| ())
            .await
            .unwrap_err()
    });
    assert!(matches!(error, ErasureError::NotConfined { .. }), "{error}");
    assert_eq!(world.of_a(), of_a);
}

/// B's rows that point to A's: only a foreign key without the tenant lets them.
const CASCADES: &str = "
    ALTER TABLE tasks ADD COLUMN document_id int8 REFERENCES documents ON DELETE CASCADE;
    CREATE INDEX ON tasks (document_id);
    UPDATE tasks SET document_id = 1001 WHERE id = 5 AND tenant_id = 1;";
const B_POINTS_TO_A: &str = "UPDATE tasks SET document_id = 1001 WHERE id = 5 AND tenant_id = 2";

#[test]
fn a_cascade_that_would_reach_another_tenant_is_rolled_back() {
    for batch in [1, 5_000] {
        let world = World::new();
        world.execute(CASCADES);
        world.execute(B_POINTS_TO_A);
        let others = world.others();
        let error = block_on(world.erase(&erasure().batch(batch))).unwrap_err();
        let ErasureError::ReachesOthers { table, constraints } = &error else {
            panic!("{error}")
        };
        assert_eq!(table, "public.documents");
        assert_eq!(constraints, &["tasks_document_id_fkey of public.tasks"]);
        assert_eq!(world.others(), others);
        assert!(!error.to_string().contains("1001"));
    }
}

/// The control: PostgreSQL follows the foreign key, past row-level security.
#[test]
fn a_bare_delete_of_the_eraser_cascades_to_another_tenant() {
    let world = World::new();
    world.execute(CASCADES);
    world.execute(B_POINTS_TO_A);
    let others = world.others();
    let url = world.url_of(&world.eraser());
    block_on(async {
        let mut conn = connect(&url).await;
        let delete = "BEGIN; SET LOCAL app.tenant_id = '1'; DELETE FROM documents; COMMIT";
        conn.batch_execute(delete).await.unwrap();
    });
    assert_ne!(world.others(), others);
}

#[test]
fn a_cascade_that_reaches_nobody_else_is_no_hindrance() {
    for batch in [1, 5_000] {
        let world = World::new();
        world.execute(CASCADES);
        let others = world.others();
        block_on(world.erase(&erasure().batch(batch))).unwrap();
        world.assert_erased();
        assert_eq!(world.others(), others);
    }
}

#[test]
fn an_action_that_would_change_another_tenants_row_is_rolled_back() {
    for action in ["SET NULL", "SET DEFAULT"] {
        let world = World::new();
        world.execute(&CASCADES.replace("CASCADE", action));
        world.execute(B_POINTS_TO_A);
        let others = world.others();
        let error = block_on(world.erase(&erasure())).unwrap_err();
        assert!(
            matches!(error, ErasureError::ReachesOthers { .. }),
            "{error}"
        );
        assert_eq!(world.others(), others);
    }
}

#[test]
fn a_cascade_through_a_table_between_is_rolled_back() {
    let world = World::new();
    world.execute(
        "CREATE TABLE shared_links (id int8 PRIMARY KEY, document_id int8 REFERENCES documents ON DELETE CASCADE);
         INSERT INTO shared_links VALUES (1, 1001);",
    );
    let error = block_on(world.erase(&erasure().leave("shared_links", "they are everybody's")))
        .unwrap_err();
    assert!(
        matches!(error, ErasureError::ReachesOthers { .. }),
        "{error}"
    );
    assert_eq!(
        world.number("SELECT count(*) AS number FROM shared_links"),
        1
    );
}

#[test]
fn where_the_server_does_not_count_cascades_are_refused() {
    let world = World::new();
    world.execute(CASCADES);
    let url = world.url_of(&world.eraser());
    let database = world
        .texts("SELECT current_database()::text AS text")
        .remove(0);
    world.execute(&format!("ALTER DATABASE {database} SET track_counts = off"));
    let error = block_on(plan_as(&url)).unwrap_err();
    assert!(matches!(error, ErasureError::CannotWatch), "{error}");
}

#[test]
fn rows_that_stay_and_point_to_the_tenants_are_named() {
    let world = World::new();
    world.execute(&CASCADES.replace("ON DELETE CASCADE", ""));
    world.execute(B_POINTS_TO_A);
    let others = world.others();
    let error = block_on(world.erase(&erasure())).unwrap_err();
    let ErasureError::StillReferenced {
        table,
        constraint,
        by,
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(
        [table, constraint, by],
        ["public.documents", "tasks_document_id_fkey", "tasks"]
    );
    assert!(!error.to_string().contains("1001"));
    assert_eq!(world.others(), others);
    // It goes on when the row is gone.
    world.execute("UPDATE tasks SET document_id = NULL WHERE tenant_id = 2");
    block_on(world.erase(&erasure())).unwrap();
    world.assert_erased();
}

#[test]
fn rows_that_keep_coming_stop_it_after_some_rounds() {
    let world = World::new();
    // Whoever deletes an event gets another one.
    world.execute(
        "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
             INSERT INTO events VALUES (OLD.tenant_id, OLD.id + 1000, OLD.day); RETURN OLD; END $$;
         CREATE TRIGGER again AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION again();",
    );
    let others = world.others();
    let error = block_on(world.erase(&erasure())).unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(
            error,
            ErasureError::KeepsComing { .. } | ErasureError::StillReferenced { .. }
        ),
        "{text}"
    );
    assert!(text.contains("events"), "{text}");
    assert_eq!(world.others(), others);
    assert_eq!(
        world.number("SELECT count(*) AS number FROM tenancy.erasures WHERE kind = 'finish'"),
        0
    );
}

#[test]
fn rows_that_come_meanwhile_are_erased_too() {
    let world = World::new();
    let others = world.others();
    let mut came = 0;
    let report = block_on(async {
        let mut conn = world.connect().await;
        let plan = erasure().plan(&mut conn, &A).await.unwrap();
        let come = |_: &_| {
            came += 1;
            // A task and the project that it needs, while tables are emptied; later there is no organisation.
            if came < 3 {
                world.execute(&format!(
                    "INSERT INTO projects VALUES (1, {came}00, 'late'); INSERT INTO tasks VALUES (1, {came}00, {came}00, 'late')"
                ));
            }
        };
        erasure().execute(&mut conn, &plan, come).await.unwrap()
    });
    world.assert_erased();
    assert_eq!(world.others(), others);
    assert!(came > 3 && report.is_finished());
}

#[test]
fn ids_that_begin_like_the_tenants_are_others() {
    // 12 begins with 1.
    let world = World::new();
    block_on(world.erase(&erasure())).unwrap();
    assert_eq!(
        world.number("SELECT count(*) AS number FROM users WHERE tenant_id = 12"),
        40
    );
}

#[test]
fn an_id_that_no_tenant_has_is_refused_and_one_that_is_not_there_finds_nothing() {
    let world = World::new();
    block_on(async {
        let mut conn = world.connect().await;
        for id in [0i64, -1] {
            let error = erasure().plan(&mut conn, &id).await.unwrap_err();
            assert!(matches!(error, ErasureError::Tenant(_)), "{error}");
        }
        assert!(erasure().plan(&mut conn, &999i64).await.unwrap().is_empty());
    });
}

#[test]
fn an_id_of_another_type_or_variable_is_refused() {
    static OTHER: Registry = Registry::new("shop.merchant", "int8", &[]);
    let world = World::new();
    block_on(async {
        let mut conn = world.connect().await;
        let error = erasure().plan(&mut conn, &1i32).await.unwrap_err();
        assert!(matches!(error, ErasureError::OtherSchema), "{error}");
        let error = Erasure::new(&OTHER).plan(&mut conn, &A).await.unwrap_err();
        assert!(matches!(error, ErasureError::OtherSchema), "{error}");
    });
    assert_eq!(i64::VARIABLE, "app.tenant_id");
}

#[test]
fn a_connection_in_a_transaction_is_refused() {
    let world = World::new();
    block_on(async {
        let mut conn = world.connect().await;
        conn.begin_test_transaction().await.unwrap();
        let error = erasure().plan(&mut conn, &A).await.unwrap_err();
        assert!(matches!(error, ErasureError::InTransaction), "{error}");
    });
}

#[test]
fn operators_in_the_path_of_the_role_answer_nothing() {
    let world = World::new();
    let eraser = world.eraser();
    let database = world
        .texts("SELECT current_database()::text AS text")
        .remove(0);
    // An equality that holds for everything. The auditor refuses the path; the statements do not ask it.
    world.execute(&format!(
        "CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO {eraser};
         CREATE FUNCTION planted.yes(int8, int8) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
         CREATE OPERATOR planted.= (LEFTARG = int8, RIGHTARG = int8, FUNCTION = planted.yes);
         ALTER ROLE {eraser} IN DATABASE {database} SET search_path = planted, pg_catalog, public;"
    ));
    let text = refused(&world, &world.url_of(&eraser));
    assert!(text.contains("search_path"), "{text}");
}

#[test]
fn the_application_reaches_neither_the_ledger_nor_an_erasure() {
    let world = World::new();
    let app = world.app_role();
    for privilege in ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"] {
        let sql = format!(
            "SELECT has_table_privilege('{app}', 'tenancy.erasures', '{privilege}')::int4::int8 AS number"
        );
        assert_eq!(world.number(&sql), 0);
    }
    let error = block_on(plan_as(&world.url())).unwrap_err();
    assert!(matches!(error, ErasureError::Privileges { .. }), "{error}");
}

#[test]
fn the_eraser_changes_no_record_of_the_ledger() {
    let world = World::new();
    block_on(world.erase(&erasure())).unwrap();
    block_on(async {
        let mut conn = world.connect().await;
        for sql in [
            "UPDATE tenancy.erasures SET items = 0",
            "DELETE FROM tenancy.erasures",
            "TRUNCATE tenancy.erasures",
            "INSERT INTO tenancy.erasures (erasure, tenant, kind, report, recorded_by) \
             VALUES (gen_random_uuid(), '1', 'finish', '{}', 'somebody')",
        ] {
            let error = conn.batch_execute(sql).await.unwrap_err().to_string();
            assert!(error.contains("permission denied"), "{error}");
        }
    });
}

#[test]
fn what_the_role_lacks_is_named() {
    let world = World::new();
    let eraser = world.eraser();
    world.execute(&format!(
        "REVOKE DELETE ON tasks FROM {eraser}; REVOKE UPDATE (actor_name) ON audit_log FROM {eraser}"
    ));
    let error = block_on(world.plan(&erasure())).unwrap_err();
    let ErasureError::Privileges { missing } = error else {
        panic!("{error}")
    };
    assert_eq!(
        missing,
        [
            "GRANT DELETE ON \"public\".\"tasks\" TO ..",
            "GRANT UPDATE (\"actor_name\") ON \"public\".\"audit_log\" TO .."
        ]
    );
    world.execute(&format!(
        "REVOKE INSERT (report) ON tenancy.erasures FROM {eraser}"
    ));
    let error = block_on(world.plan(&erasure())).unwrap_err();
    assert!(error.to_string().contains("grant_erasures"), "{error}");
}

#[test]
fn without_the_ledger_nothing_is_erased() {
    let world = World::new();
    world.execute("DROP TABLE tenancy.erasures");
    let error = block_on(world.plan(&erasure())).unwrap_err();
    assert!(matches!(error, ErasureError::NotMigrated), "{error}");
}

#[test]
fn anonymised_rows_must_not_point_to_rows_that_go() {
    let world = World::new();
    let erasure = Erasure::new(&REGISTRY)
        .requested_by("alice", "ticket 1")
        .anonymise("audit_log", |fields| fields.null("actor_email"));
    let error = block_on(world.plan(&erasure)).unwrap_err();
    assert!(
        matches!(error, ErasureError::KeepsReference { .. }),
        "{error}"
    );
}

#[test]
fn neither_the_tenant_nor_the_key_of_a_row_is_anonymised() {
    let world = World::new();
    for column in ["tenant_id", "id", "nothing"] {
        let erasure = Erasure::new(&REGISTRY)
            .anonymise("audit_log", |fields| fields.null("project_id").null(column));
        let error = block_on(world.plan(&erasure)).unwrap_err();
        assert!(
            matches!(error, ErasureError::Column { .. }),
            "{column}: {error}"
        );
    }
}

#[test]
fn sealed_policies_show_the_eraser_nothing_without_a_sealer() {
    let world = World::new();
    let (app, eraser) = (world.app_role().to_owned(), world.eraser());
    let sealer = sealed::sealer();
    let mut conn = world.superuser();
    let owner = world.server().create_login_role("erasure_owner").unwrap();
    world.execute(&format!(
        "ALTER SCHEMA tenancy OWNER TO {owner};
         ALTER TABLE tenancy.sealing_keys OWNER TO {owner};
         ALTER FUNCTION tenancy.sealed_tenant(text, boolean) OWNER TO {owner};"
    ));
    sealed::create_key(&mut conn, &sealer);
    for role in [&app, &eraser] {
        tenancy_migrations::grant_sealed(&mut conn, role).unwrap();
    }
    world.execute(policies(&app, &eraser).sealed().generate(&REGISTRY).up());
    // The migration of the policies takes all privileges away before it gives its own.
    world.execute(&crate::world::grant_fields(&eraser));
    let (others, of_a) = (world.others(), world.of_a());
    let error = block_on(world.plan(&erasure())).unwrap_err();
    assert!(matches!(error, ErasureError::Database(_)), "{error}");
    assert_eq!(world.of_a(), of_a);
    block_on(world.erase(&erasure().sealer(&sealer))).unwrap();
    world.assert_erased();
    assert_eq!(world.others(), others);
}
