use crate::case::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: "view-runs-as-owner",
        object: "view public.all_tasks",
        flaw: "CREATE VIEW all_tasks AS SELECT * FROM tasks; GRANT SELECT ON all_tasks TO {app}",
        twin: "CREATE VIEW all_tasks WITH (security_invoker) AS SELECT * FROM tasks;
               GRANT SELECT ON all_tasks TO {app}",
        also: &[],
    },
    // A barrier is none.
    Case {
        rule: "view-runs-as-owner",
        object: "view public.all_tasks",
        flaw: "CREATE VIEW all_tasks WITH (security_barrier, security_invoker = off) AS SELECT * FROM tasks
                   WHERE tenant_id = current_setting('app.tenant_id')::uuid;
               GRANT SELECT (title) ON all_tasks TO PUBLIC",
        twin: "CREATE VIEW all_tasks WITH (security_invoker = 1) AS SELECT * FROM tasks;
               GRANT SELECT ON all_tasks TO {app}",
        also: &[],
    },
    // A view whose owner the policies hold.
    Case {
        rule: "view-runs-as-owner",
        object: "view public.own_tasks",
        flaw: "CREATE VIEW own_tasks AS SELECT * FROM tasks; ALTER VIEW own_tasks OWNER TO {owner};
               GRANT SELECT ON own_tasks TO {app}",
        twin: "CREATE VIEW own_tasks WITH (security_invoker = yes) AS SELECT * FROM tasks;
               ALTER VIEW own_tasks OWNER TO {owner}; GRANT SELECT ON own_tasks TO {app}",
        also: &[],
    },
    // A view that the application owns runs as the application.
    Case {
        rule: "view-runs-as-owner",
        object: "view public.app_tasks",
        flaw: "CREATE VIEW app_tasks AS SELECT * FROM tasks; GRANT SELECT ON app_tasks TO {eraser}",
        twin: "CREATE VIEW app_tasks AS SELECT * FROM tasks; ALTER VIEW app_tasks OWNER TO {app}",
        also: &[],
    },
    // A view over a view: the inner one is not granted.
    Case {
        rule: "view-runs-as-owner",
        object: "view billing.inner_view",
        flaw: "CREATE VIEW billing.inner_view AS SELECT * FROM billing.invoices;
               CREATE VIEW outer_view WITH (security_invoker = on) AS SELECT * FROM billing.inner_view;
               GRANT SELECT ON outer_view TO {app}; GRANT SELECT ON billing.inner_view TO {app}",
        twin: "CREATE VIEW billing.inner_view WITH (security_invoker = ON) AS SELECT * FROM billing.invoices;
               CREATE VIEW outer_view WITH (security_invoker = T) AS SELECT * FROM billing.inner_view;
               GRANT SELECT ON outer_view TO {app}; GRANT SELECT ON billing.inner_view TO {app}",
        also: &[],
    },
    Case {
        rule: "view-runs-as-owner",
        object: "view billing.inner_view",
        flaw: "CREATE VIEW billing.inner_view AS SELECT * FROM billing.invoices;
               CREATE VIEW outer_view AS SELECT * FROM billing.inner_view;
               GRANT SELECT ON outer_view TO {app}",
        twin: "CREATE VIEW outer_view AS SELECT * FROM countries; GRANT SELECT ON outer_view TO {app}",
        also: &[],
    },
    // As the admin, whom a policy shows all rows.
    Case {
        rule: "view-runs-as-owner",
        object: "view public.reports",
        flaw: "GRANT CREATE ON SCHEMA public TO {migrator};
               CREATE VIEW reports AS SELECT name FROM projects; ALTER VIEW reports OWNER TO {admin};
               GRANT SELECT ON reports TO {app}",
        twin: "",
        also: &[],
    },
    // A partition is a part of its table.
    Case {
        rule: "view-runs-as-owner",
        object: "view public.this_year",
        flaw: "CREATE VIEW this_year AS SELECT * FROM events_2026; GRANT SELECT ON this_year TO {app}",
        twin: "",
        also: &[],
    },
    Case {
        rule: "view-materialized",
        object: "materialized view public.totals",
        flaw: "CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, count(*) FROM tasks GROUP BY 1;
               GRANT SELECT ON totals TO {app}",
        twin: "CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, count(*) FROM tasks GROUP BY 1",
        also: &[],
    },
    Case {
        rule: "view-materialized",
        object: "materialized view public.totals",
        flaw: "CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, count(*) FROM open_tasks GROUP BY 1;
               CREATE VIEW own_totals WITH (security_barrier) AS SELECT * FROM totals
                   WHERE tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
               GRANT SELECT ON own_totals TO {app}",
        twin: "CREATE MATERIALIZED VIEW totals AS SELECT code FROM countries; GRANT SELECT ON totals TO {app}",
        also: &[],
    },
    Case {
        rule: "view-rewrite-rule",
        object: "rule copy on public.countries",
        flaw: "CREATE RULE copy AS ON INSERT TO countries DO ALSO DELETE FROM tasks",
        twin: "CREATE RULE copy AS ON INSERT TO countries DO ALSO NOTIFY countries",
        also: &[],
    },
    Case {
        rule: "view-rewrite-rule",
        object: "rule keep on public.tasks",
        flaw: "CREATE RULE keep AS ON DELETE TO tasks DO INSTEAD UPDATE tasks SET title = ''
                   WHERE id = OLD.id",
        twin: "",
        also: &[],
    },
];
