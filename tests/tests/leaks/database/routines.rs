//! Functions and triggers that run as somebody else.

use super::{Seen, before_a_tenant, seen};

fn function(security: &str) -> String {
    format!(
        "CREATE FUNCTION titles() RETURNS SETOF text LANGUAGE sql {security}
         AS 'SELECT title FROM public.tasks'"
    )
}

#[test]
fn a_function_of_the_invoker_shows_own_rows() {
    let sql = "SELECT titles AS line FROM titles()";
    assert_eq!(seen(&function("SECURITY INVOKER"), sql), Seen::OwnRows);
    assert_eq!(
        seen(&function("SECURITY DEFINER"), sql),
        Seen::RowsOfBoth,
        "the control: its owner is exempt"
    );
}

/// FORCE filters the owner of the tables too, so a definer function of theirs is confined to the tenant.
#[test]
fn a_definer_function_of_an_owner_under_force_shows_own_rows() {
    let owned = |force: &str| {
        format!(
            "{}; DO $$BEGIN
                 EXECUTE format('CREATE ROLE %I', current_database() || '_owner');
                 EXECUTE format('ALTER TABLE tasks OWNER TO %I', current_database() || '_owner');
                 EXECUTE format('ALTER FUNCTION titles() OWNER TO %I', current_database() || '_owner');
                 EXECUTE format('CREATE POLICY of_owner ON tasks TO %I USING (tenant_id =
                     (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid))',
                     current_database() || '_owner');
             END$$; ALTER TABLE tasks {force} ROW LEVEL SECURITY",
            function("SECURITY DEFINER")
        )
    };
    let sql = "SELECT titles AS line FROM titles()";
    assert_eq!(seen(&owned("FORCE"), sql), Seen::OwnRows);
    assert_eq!(
        seen(&owned("NO FORCE"), sql),
        Seen::RowsOfBoth,
        "the control"
    );
}

#[test]
fn a_trigger_function_of_the_invoker_changes_own_rows() {
    let trigger = |security: &str| {
        format!(
            "CREATE FUNCTION touch_all() RETURNS trigger LANGUAGE plpgsql {security} AS
             $$BEGIN UPDATE public.tasks SET points = points + 1; RETURN NULL; END$$;
             CREATE TRIGGER touch AFTER INSERT ON comments EXECUTE FUNCTION touch_all()"
        )
    };
    let sql = "WITH new AS (INSERT INTO comments VALUES
                   (current_setting('app.tenant_id')::uuid, 77, 1, 'x') RETURNING body)
               SELECT body AS line FROM new";
    assert_eq!(
        seen(&trigger("SECURITY INVOKER"), sql),
        Seen::One("x".into())
    );
    assert_eq!(
        seen(&trigger("SECURITY DEFINER"), sql),
        Seen::BChanged,
        "the control"
    );
}

/// Sign-in: an address leads to a tenant before one is known. The narrow way is a definer function that gives
/// an id and nothing else.
#[test]
fn a_look_up_before_a_tenant_is_known_gives_an_id_and_nothing_else() {
    let look_up = "CREATE FUNCTION tenant_of(address text) RETURNS uuid STABLE SECURITY DEFINER
                       SET search_path = pg_catalog LANGUAGE sql
                       AS 'SELECT id FROM public.organisations WHERE name = address'";
    let given = |sql: &str| before_a_tenant(look_up, sql);
    assert_eq!(
        given("SELECT tenant_of('org b')::text AS line"),
        ["00000000-0000-0000-0000-00000000000b"]
    );
    let guessed = given("SELECT coalesce(tenant_of('org')::text, 'nobody') AS line");
    assert_eq!(guessed, ["nobody"]);
    assert_eq!(given("SELECT name AS line FROM organisations"), [""; 0]);
    let control = "CREATE VIEW addresses AS SELECT name AS line FROM organisations;
                   GRANT SELECT ON addresses TO PUBLIC";
    let listed = before_a_tenant(control, "SELECT line FROM addresses ORDER BY line");
    assert_eq!(listed, ["org a", "org b"], "the control lists the tenants");
}
