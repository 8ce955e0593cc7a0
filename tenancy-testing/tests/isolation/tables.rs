use tenancy_testing::assert_isolated;
use tenancy_testing::isolation::Attack::{
    Count, Delete, DeleteByKey, ForeignKey, Insert, Move, OwnRow, OwnWrite, Select, SelectByKey,
    Truncate, Update, UpdateByKey, Upsert,
};
use tenancy_testing::isolation::Session::{Empty, Tenant, Unset};

use crate::shop::{attacks_on, changed, probe, report_of, sessions_of, with_policies};

#[test]
fn a_table_without_row_level_security_lets_every_attack_through() {
    let everything = [
        Select,
        Count,
        SelectByKey,
        Update,
        UpdateByKey,
        Delete,
        DeleteByKey,
        Insert,
        Upsert,
        Move,
    ];
    for table in ["projects", "tasks", "documents", "settings"] {
        let report = report_of(&format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
        assert_eq!(attacks_on(&report, table), everything, "{report}");
        for attack in [Select, Update, Delete, Insert] {
            assert_eq!(sessions_of(&report, table, attack), [Unset, Tenant, Empty]);
        }
    }
}

#[test]
fn a_root_table_is_attacked_as_well() {
    let report = report_of("ALTER TABLE organisations DISABLE ROW LEVEL SECURITY");
    for attack in [
        Select,
        Count,
        SelectByKey,
        Update,
        UpdateByKey,
        Insert,
        Upsert,
        Move,
    ] {
        sessions_of(&report, "organisations", attack);
    }
}

#[test]
fn a_table_that_is_owned_through_another_is_attacked_as_well() {
    let report = report_of("ALTER TABLE files DISABLE ROW LEVEL SECURITY");
    let found = attacks_on(&report, "files");
    for attack in [
        Select,
        Count,
        SelectByKey,
        Update,
        UpdateByKey,
        Delete,
        Insert,
        Upsert,
        Move,
    ] {
        assert!(found.contains(&attack), "{attack:?}: {report}");
    }
}

#[test]
fn a_policy_for_everybody_is_found() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (true);",
    ));
    assert!(
        attacks_on(&report, "documents").contains(&Select),
        "{report}"
    );
}

#[test]
fn a_policy_for_select_alone_is_told_from_the_others() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (own(tenant_id)); CREATE POLICY q ON t FOR SELECT USING (true);",
    ));
    assert_eq!(
        attacks_on(&report, "documents"),
        [Select, Count, SelectByKey],
        "{report}"
    );
}

#[test]
fn an_update_that_reads_nothing_is_found_where_the_select_policy_hides_the_rest() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (own(tenant_id));
         CREATE POLICY q ON t FOR UPDATE USING (true) WITH CHECK (own(tenant_id) OR true);",
    ));
    let found = attacks_on(&report, "documents");
    assert!(found.contains(&Update), "{report}");
    assert!(
        !found.contains(&Delete) && !found.contains(&Select),
        "{report}"
    );
}

#[test]
fn a_delete_that_reads_nothing_is_found() {
    let report = report_of(&with_policies(
        "settings",
        "CREATE POLICY p ON t USING (own(tenant_id)); CREATE POLICY q ON t FOR DELETE USING (true);",
    ));
    assert_eq!(attacks_on(&report, "settings"), [Delete], "{report}");
}

#[test]
fn a_check_for_everybody_lets_rows_be_added_and_moved() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (own(tenant_id)) WITH CHECK (true);",
    ));
    let found = attacks_on(&report, "documents");
    assert!(found.contains(&Insert) && found.contains(&Move), "{report}");
    assert!(
        !found.contains(&Select) && !found.contains(&Update),
        "{report}"
    );
}

#[test]
fn a_policy_that_takes_a_missing_tenant_for_everybody_is_found_without_one() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (own(tenant_id)
             OR coalesce(current_setting('app.tenant_id', true), '') = '');",
    ));
    assert_eq!(sessions_of(&report, "documents", Select), [Unset, Empty]);
    assert_eq!(sessions_of(&report, "documents", Insert), [Unset, Empty]);
}

#[test]
fn a_policy_that_fails_for_the_empty_text_alone_is_found() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t USING (own(tenant_id) OR current_setting('app.tenant_id', true) = '');",
    ));
    assert_eq!(sessions_of(&report, "documents", Select), [Empty]);
}

#[test]
fn a_policy_on_another_variable_proves_nothing() {
    let report = report_of(&with_policies(
        "settings",
        "CREATE POLICY p ON t USING (tenant_id::text = current_setting('app.organisation', true));",
    ));
    assert_eq!(attacks_on(&report, "settings"), [OwnRow], "{report}");
}

#[test]
fn truncate_is_found() {
    let report = report_of("GRANT TRUNCATE ON tasks TO $app");
    assert_eq!(attacks_on(&report, "tasks"), [Truncate], "{report}");
}

#[test]
fn a_foreign_key_without_the_tenant_is_found() {
    let report = report_of("ALTER TABLE tasks ADD document_id int4 REFERENCES documents (id)");
    assert_eq!(attacks_on(&report, "tasks"), [ForeignKey], "{report}");
    let sound = "ALTER TABLE tasks ADD document_id int4,
        ADD FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id)";
    assert!(report_of(sound).is_sound());
}

#[test]
fn a_delete_that_takes_rows_of_another_table_along_is_found() {
    let report = report_of("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    assert!(report.finding("projects", Delete).is_some(), "{report}");
    assert!(report.finding("tasks", Delete).is_none(), "{report}");
}

#[test]
fn a_trigger_that_changes_other_tenants_rows_is_found() {
    let trigger = |rights: &str| {
        format!(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql {rights} AS $f$ BEGIN
                 UPDATE settings SET theme = 'dark'; RETURN NULL; END $f$;
             CREATE TRIGGER touch AFTER UPDATE ON documents EXECUTE FUNCTION touch()"
        )
    };
    let report = report_of(&trigger("SECURITY DEFINER"));
    assert!(report.finding("documents", OwnWrite).is_some(), "{report}");
    let report = report_of(&trigger("SECURITY INVOKER"));
    assert!(report.is_sound(), "{report}");
}

#[test]
fn policies_that_read_another_variable_too_are_attacked_with_it() {
    let db = changed(&with_policies(
        "settings",
        "CREATE POLICY p ON t USING (own(tenant_id) AND current_setting('app.user', true) = 'ann');",
    ));
    let report = probe(&db);
    assert_eq!(attacks_on(&report, "settings"), [OwnRow], "{report}");
    assert_isolated!(db, |probe| probe.variable("app.user", "ann"));
}

#[test]
fn an_insert_that_may_name_some_columns_is_tried_with_those() {
    let report = report_of(&format!(
        "REVOKE INSERT ON tasks FROM $app; GRANT INSERT (tenant_id, project_id, title, state) ON tasks TO $app;
         {}",
        with_policies("tasks", "CREATE POLICY p ON t USING (own(tenant_id)) WITH CHECK (true);")
    ));
    assert!(report.finding("tasks", Insert).is_some(), "{report}");
}

#[test]
fn an_upsert_on_a_key_without_the_tenant_is_found() {
    let report = report_of(&with_policies(
        "documents",
        "CREATE POLICY p ON t FOR SELECT USING (true);
         CREATE POLICY q ON t FOR INSERT WITH CHECK (own(tenant_id));
         CREATE POLICY r ON t FOR UPDATE USING (true) WITH CHECK (true);",
    ));
    let found = attacks_on(&report, "documents");
    assert!(found.contains(&Upsert), "{report}");
    assert!(!found.contains(&Insert), "{report}");
    assert_eq!(sessions_of(&report, "documents", Upsert), [Tenant]);
}
