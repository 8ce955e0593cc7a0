use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "function-definer",
        object: "function public.all_tasks()",
        flaw: "CREATE FUNCTION all_tasks() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER
                   SET search_path = pg_catalog AS 'SELECT * FROM public.tasks'",
        // Its owner sees no rows.
        twin: "CREATE FUNCTION all_tasks() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER
                   SET search_path = pg_catalog AS 'SELECT * FROM public.tasks';
               ALTER FUNCTION all_tasks() OWNER TO {owner};
               CREATE FUNCTION no_tasks() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER
                   SET search_path = pg_catalog AS 'SELECT * FROM public.tasks';
               REVOKE EXECUTE ON FUNCTION no_tasks() FROM PUBLIC",
        also: &[],
    },
    Case {
        rule: "function-definer",
        object: "function public.\"find Org\"(slug text)",
        flaw: "CREATE FUNCTION \"find Org\"(slug text) RETURNS uuid LANGUAGE sql SECURITY DEFINER
                   SET search_path = pg_catalog AS 'SELECT id FROM public.organisations WHERE name = slug';
               REVOKE EXECUTE ON FUNCTION \"find Org\"(text) FROM PUBLIC;
               GRANT EXECUTE ON FUNCTION \"find Org\"(text) TO {app}",
        twin: "",
        also: &[],
    },
    // The owner has BYPASSRLS.
    Case {
        rule: "function-definer",
        object: "function billing.pay(IN amount bigint)",
        flaw: "CREATE ROLE audit_job BYPASSRLS; GRANT CREATE ON SCHEMA billing TO audit_job;
               CREATE PROCEDURE billing.pay(amount bigint) LANGUAGE sql SECURITY DEFINER
                   SET search_path = '' AS 'UPDATE billing.invoices SET cents = amount';
               ALTER PROCEDURE billing.pay(bigint) OWNER TO audit_job",
        twin: "CREATE PROCEDURE billing.pay(amount bigint) LANGUAGE sql
                   AS 'UPDATE billing.invoices SET cents = amount'",
        also: &[],
    },
    Case {
        rule: "function-definer-search-path",
        object: "function public.touch(integer)",
        flaw: "CREATE FUNCTION touch(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
               ALTER FUNCTION touch(integer) OWNER TO {owner}",
        twin: "CREATE FUNCTION touch(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
                   SET search_path = '' AS 'SELECT 1';
               ALTER FUNCTION touch(integer) OWNER TO {owner}",
        also: &[],
    },
    Case {
        rule: "trigger-definer",
        object: "trigger log on public.tasks",
        flaw: "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                   SET search_path = '' AS 'BEGIN RETURN NEW; END';
               CREATE TRIGGER log AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION logged()",
        twin: "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
               CREATE TRIGGER log AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION logged()",
        also: &[],
    },
    // On a partition alone.
    Case {
        rule: "trigger-definer",
        object: "trigger log on public.events_2026",
        flaw: "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                   SET search_path = '' AS 'BEGIN RETURN NEW; END';
               CREATE TRIGGER log AFTER INSERT ON events_2026 FOR EACH ROW EXECUTE FUNCTION logged()",
        twin: "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                   SET search_path = '' AS 'BEGIN RETURN NEW; END';
               ALTER FUNCTION logged() OWNER TO {owner};
               CREATE TRIGGER log AFTER INSERT ON events_2026 FOR EACH ROW EXECUTE FUNCTION logged()",
        also: &[],
    },
    Case {
        rule: "trigger-event",
        object: "function public.watch()",
        flaw: "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
               ALTER FUNCTION watch() OWNER TO {app};
               CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch()",
        twin: "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
               CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch()",
        also: &[],
    },
    Case {
        rule: "function-leakproof",
        object: "function public.loud(text)",
        flaw: "CREATE FUNCTION loud(text) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true'",
        twin: "CREATE FUNCTION loud(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
        also: &[],
    },
    Case {
        rule: "function-leakproof",
        object: "function pg_catalog.lower(text)",
        flaw: "ALTER FUNCTION lower(text) LEAKPROOF",
        twin: "",
        also: &[],
    },
];
