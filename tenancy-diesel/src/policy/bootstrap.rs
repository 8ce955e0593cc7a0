//! The script that creates the roles.

use tenancy_core::{quote_identifier, quote_literal};

use super::PolicyOptions;
use super::name::{comment, do_block, list, text_array};

/// What a role that serves tenants must not be able to do.
const PLAIN: &str = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";

/// Writes the script that creates the roles which the policies name.
///
/// Read it, then run it in the application's database as a superuser, or as the owner of the database
/// with CREATEROLE. It can run again: roles that exist are checked and not changed. Passwords are not
/// in it.
///
/// Admin, eraser and keys are in the script when the options name them.
///
/// ```
/// use tenancy_diesel::{PolicyOptions, bootstrap_sql};
///
/// let script = bootstrap_sql(&PolicyOptions::new().app_role("shop_app"));
/// assert!(script.contains(r#"CREATE ROLE "shop_app" LOGIN NOSUPERUSER"#));
/// assert!(!script.contains("PASSWORD"));
/// ```
pub fn bootstrap_sql(options: &PolicyOptions) -> String {
    let mut parts = vec![
        [
            comment("The roles of a database whose rows belong to tenants. Run it in that database, as a"),
            comment("superuser or as the owner of the database with CREATEROLE. It can run again."),
            comment("It sets no passwords: give the roles that log in theirs with \\password in psql, or let"),
            comment("pg_hba.conf authenticate them otherwise."),
        ]
        .concat(),
    ];
    parts.extend(roles(options).iter().map(Role::create));
    parts.push(check(options));
    parts.push(ownership(options));
    parts.extend(options.citus.then(|| propagation(options)));
    parts.push(database(options));
    parts.extend(options.schemas.iter().map(|name| schema(options, name)));
    parts.join("\n")
}

struct Role<'a> {
    name: &'a str,
    attributes: &'static str,
    purpose: &'static [&'static str],
}

fn roles(options: &PolicyOptions) -> Vec<Role<'_>> {
    let mut roles = vec![
        Role {
            name: &options.owner,
            attributes: "NOLOGIN",
            purpose: &[
                "Owns the tables and their policies. Nobody logs in as the owner, so that no",
                "connection of the application can switch the policies off.",
            ],
        },
        Role {
            name: &options.migrator,
            // Without INHERIT it has the owner's rights only while it is the owner.
            attributes: "LOGIN NOINHERIT",
            purpose: &["Runs the migrations, as the owner."],
        },
        Role {
            name: &options.app,
            attributes: "LOGIN",
            purpose: &[
                "The application. Its policies show it the rows of the tenant that the session names.",
            ],
        },
    ];
    if let Some(name) = &options.admin {
        roles.push(Role {
            name,
            attributes: "LOGIN",
            purpose: &[
                "Reads the rows of all tenants, for work that crosses tenants. Writes nothing.",
            ],
        });
    }
    if let Some(name) = &options.eraser {
        roles.push(Role {
            name,
            attributes: "LOGIN",
            purpose: &[
                "Deletes the rows of one tenant at a time, under the application's policies.",
            ],
        });
    }
    if let Some(name) = &options.keys {
        roles.push(Role {
            name,
            attributes: "LOGIN",
            purpose: &[
                "Reads and writes the keys of encrypted columns, and nothing else. No other role may",
                "become it.",
            ],
        });
    }
    roles
}

impl Role<'_> {
    fn create(&self) -> String {
        let mut out: String = self.purpose.iter().map(|line| comment(line)).collect();
        out += &do_block(&format!(
            "BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {}) THEN
        CREATE ROLE {} {} {PLAIN};
    END IF;
END
",
            quote_literal(self.name),
            quote_identifier(self.name),
            self.attributes,
        ));
        out
    }
}

/// A role that was there before is nobody's to change without a word, so it is refused.
fn check(options: &PolicyOptions) -> String {
    let mut roles = options.granted_roles();
    roles.extend(options.keys.as_deref());
    let serving = text_array(&roles);
    roles.push(&options.migrator);
    roles.push(&options.owner);
    let code = format!(
        "DECLARE
    problems text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') INTO problems
    FROM pg_catalog.pg_roles
    WHERE rolname = ANY ({})
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication);
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles existed and can get round the policies: %', problems
            USING HINT = 'Take SUPERUSER, BYPASSRLS, CREATEROLE and REPLICATION from them.';
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') INTO problems
    FROM pg_catalog.pg_roles
    WHERE rolname = ANY ({serving}) AND pg_catalog.pg_has_role(oid, {}, 'MEMBER');
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION 'tenancy: these roles can become the owner of the tables: %', problems;
    END IF;
END
",
        text_array(&roles),
        quote_literal(&options.owner),
    );
    comment("Roles that existed before keep what they had. None may be exempt from the policies.")
        + &do_block(&code)
}

fn ownership(options: &PolicyOptions) -> String {
    let (owner, migrator) = (
        quote_identifier(&options.owner),
        quote_identifier(&options.migrator),
    );
    comment("Whatever the migrator creates belongs to the owner.")
        + &format!(
            "GRANT {owner} TO {migrator};\nALTER ROLE {migrator} SET role = {};\n",
            quote_literal(&options.owner)
        )
}

/// Without it the workers know no tenant, and show no rows.
fn propagation(options: &PolicyOptions) -> String {
    let mut out = comment("Citus tells its workers what a transaction sets for itself.");
    for role in options.granted_roles() {
        let role = quote_identifier(role);
        out += &format!("ALTER ROLE {role} SET citus.propagate_set_commands = 'local';\n");
    }
    out
}

fn database(options: &PolicyOptions) -> String {
    let code = format!(
        "BEGIN
    EXECUTE pg_catalog.format(
        'REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
    EXECUTE pg_catalog.format(
        'GRANT CREATE ON DATABASE %I TO %I', pg_catalog.current_database(), {});
END
",
        quote_literal(&options.owner)
    );
    comment(
        "A temporary table outlives the tenant whose rows were copied into it. The owner creates",
    ) + &comment("the schema of the library's own tables.")
        + &do_block(&code)
}

fn schema(options: &PolicyOptions, name: &str) -> String {
    let name = quote_identifier(name);
    format!(
        "CREATE SCHEMA IF NOT EXISTS {name};
REVOKE CREATE ON SCHEMA {name} FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA {name} TO {};
GRANT USAGE ON SCHEMA {name} TO {};
",
        quote_identifier(&options.owner),
        list(&options.granted_roles()),
    )
}
