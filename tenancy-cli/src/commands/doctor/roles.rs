use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};
use tenancy_diesel::quote_identifier;

use super::{Doctor, Trouble, Verdict, some};
use crate::args::Context;
use crate::failure::Failure;

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = Bool)]
    login: bool,
    #[diesel(sql_type = Array<Text>)]
    attributes: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    becomes: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    owns: Vec<String>,
}

fn app_role(conn: &mut PgConnection, context: &Context) -> Result<Option<Role>, Failure> {
    let role = diesel::sql_query(
        "WITH app AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = $1),
         owners AS (
             SELECT DISTINCT c.relowner AS oid
             FROM pg_catalog.pg_class AS c
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
                 AND n.nspname <> 'information_schema'
         )
         SELECT
             rolcanlogin AS login,
             ARRAY(
                 SELECT a.word FROM (VALUES
                     (rolsuper, 'SUPERUSER'), (rolbypassrls, 'BYPASSRLS'),
                     (rolcreaterole, 'CREATEROLE'), (rolreplication, 'REPLICATION')
                 ) AS a (has, word) WHERE a.has
             ) AS attributes,
             ARRAY(
                 SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
                 WHERE r.oid <> app.oid AND NOT app.rolsuper
                     AND pg_catalog.pg_has_role(app.oid, r.oid, 'MEMBER')
                     AND (r.rolsuper OR r.rolbypassrls OR r.oid IN (SELECT oid FROM owners))
                 ORDER BY 1
             ) AS becomes,
             ARRAY(
                 SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
                 FROM pg_catalog.pg_class AS c
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE c.relowner = app.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                 ORDER BY 1
             ) AS owns
         FROM app",
    )
    .bind::<Text, _>(&context.app_role)
    .get_result(conn)
    .optional()?;
    Ok(role)
}

pub(super) fn exist(
    conn: &mut PgConnection,
    _: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let app = &context.app_role;
    Ok(match app_role(conn, context)? {
        None => Verdict::Broken(Trouble::new(
            format!("the application's role {app} does not exist"),
            [
                format!("tenancy setup roles --app-role {app} > roles.sql"),
                "psql --set ON_ERROR_STOP=1 --file roles.sql        # as a superuser, after reading it".to_owned(),
                "or name the role that there is with --app-role".to_owned(),
            ],
        )),
        Some(role) if !role.login => Verdict::Remark(Trouble::new(
            format!("the application's role {app} may not log in"),
            [format!("ALTER ROLE {} LOGIN;", quote_identifier(app))],
        )),
        Some(_) => Verdict::Good(format!("the application's role is {app}")),
    })
}

pub(super) fn safe(
    conn: &mut PgConnection,
    _: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let app = &context.app_role;
    let Some(role) = app_role(conn, context)? else {
        return Ok(Verdict::Skipped(format!("{app} does not exist")));
    };
    let quoted = quote_identifier(app);
    let mut what = Vec::new();
    let mut mend = Vec::new();
    if !role.attributes.is_empty() {
        what.push(format!("has {}", role.attributes.join(" and ")));
        let none = role.attributes.iter().map(|word| format!("NO{word}"));
        mend.push(format!(
            "ALTER ROLE {quoted} {};",
            none.collect::<Vec<_>>().join(" ")
        ));
    }
    if !role.owns.is_empty() {
        what.push(format!("owns {}", some(&role.owns)));
        mend.push(format!("REASSIGN OWNED BY {quoted} TO tenancy_owner;"));
    }
    if !role.becomes.is_empty() {
        what.push(format!("can become {}", some(&role.becomes)));
        mend.extend(
            role.becomes
                .iter()
                .map(|other| format!("REVOKE {} FROM {quoted};", quote_identifier(other))),
        );
    }
    if what.is_empty() {
        return Ok(Verdict::Good(
            "row-level security applies to it: it owns nothing and becomes nobody".to_owned(),
        ));
    }
    Ok(Verdict::Broken(Trouble::new(
        format!(
            "{app} {}, so it can get round row-level security",
            what.join(", ")
        ),
        mend,
    )))
}
