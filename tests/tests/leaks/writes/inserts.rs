//! INSERT: whose row it is, what it reads and what it meets.
//!
//! A scoped INSERT cannot name a tenant, so what a plain one does wrong it cannot say. Such cases are raw.

use tenancy_tests::{A, B};

raw_case! {
    an_insert_that_names_the_other_tenant,
    rows(format!("INSERT INTO projects (tenant_id, id, name) VALUES ('{}', 50, 'planted')
             RETURNING name AS line", B.0)),
    own fails,
    control: ["planted"],
}

raw_case! {
    a_batch_in_which_one_row_names_the_other_tenant,
    rows(format!("INSERT INTO projects (tenant_id, id, name)
             VALUES ('{}', 50, 'own'), ('{}', 50, 'planted') RETURNING name AS line", A.0, B.0)),
    own fails,
    control: ["own", "planted"],
}

raw_case! {
    /// A row of nobody, which a filter that looks for NULL too would give to everybody.
    an_insert_that_names_no_tenant after "ALTER TABLE settings DROP CONSTRAINT settings_pkey;
           ALTER TABLE settings ALTER tenant_id DROP NOT NULL",
    rows("INSERT INTO settings (theme) VALUES ('of nobody') RETURNING theme AS line"),
    own fails,
    control: ["of nobody"],
}

raw_case! {
    an_insert_of_what_a_select_reads_of_the_other_tenant,
    rows(format!("INSERT INTO projects (tenant_id, id, name)
             SELECT '{}', id + 50, left(name, 4) || id FROM projects WHERE tenant_id = '{}'
             RETURNING name AS line", A.0, B.0)),
    own: [""; 0],
    control: ["alph1", "beta2", "gamm3", "only9"],
}

raw_case! {
    an_insert_of_what_a_select_reads_of_everybody,
    rows(format!("INSERT INTO comments (tenant_id, id, task_id, body)
             SELECT '{}', 50 + id, 1, title FROM tasks WHERE points > 2 AND title <> 'three b'
             RETURNING body AS line", A.0)),
    own: ["three a"],
    control: ["three a", "only b"],
}

raw_case! {
    an_update_that_moves_a_row_to_the_other_tenant,
    rows(format!("UPDATE comments SET tenant_id = '{}', id = 50 WHERE body = 'first a'
             RETURNING body AS line", B.0)),
    own fails,
    control: ["first a"],
}

raw_case! {
    an_upsert_that_moves_the_row_to_the_other_tenant after "DELETE FROM settings WHERE theme = 'theme b'",
    rows(format!("INSERT INTO settings VALUES ('{}', 'x') ON CONFLICT (tenant_id)
             DO UPDATE SET tenant_id = '{}', theme = 'moved' RETURNING theme AS line", A.0, B.0)),
    own fails,
    control: ["moved"],
}

raw_case! {
    /// A writable CTE has a target of its own.
    a_delete_inside_of_a_select,
    rows("WITH gone AS (DELETE FROM comments RETURNING body)
     SELECT body AS line FROM gone ORDER BY body"),
    own: ["first a", "second a"],
    control: ["first a", "first b", "second a", "second b"],
}

raw_case! {
    an_update_from_another_table,
    rows("WITH done AS (
         UPDATE tasks SET title = 'joined' FROM projects
         WHERE projects.id = tasks.project_id AND projects.name LIKE '% b' RETURNING points)
     SELECT points::text AS line FROM done ORDER BY points"),
    own: [""; 0],
    control: ["1", "1", "2", "2", "3", "3", "9"],
}

case! {
    /// The scoped statement names the tenant in its conflict target. A plain one that leaves it out, on a
    /// key that is unique across tenants, meets B's row and overwrites it.
    an_upsert_whose_conflict_target_omits_the_tenant,
    execute(
        insert_into(documents::table)
            .values((documents::id.eq(101), documents::title.eq("ours")))
            .on_conflict(documents::id)
            .do_update()
            .set(documents::title.eq("ours"))
    ),
    plain (
        insert_into(documents::table)
            .values((
                documents::tenant_id.eq(A),
                documents::id.eq(101),
                documents::title.eq("ours"),
            ))
            .on_conflict(documents::id)
            .do_update()
            .set(documents::title.eq("ours"))
    ),
    own fails,
    control: 1,
}
