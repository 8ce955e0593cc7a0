use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Oid, Text};

/// The connection that asks, and the server that answers.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Session {
    /// As `server_version_num`: 150018 for 15.18.
    #[diesel(sql_type = Integer)]
    pub(in crate::audit) version: i32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) database: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) current_user: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) session_user: String,
    /// The schemas in which a name without one is looked for.
    #[diesel(sql_type = Array<Text>)]
    pub(in crate::audit) search_path: Vec<String>,
    /// By the clock of the server: 20261125.
    #[diesel(sql_type = Integer)]
    pub(in crate::audit) today: i32,
}

impl Session {
    /// It runs under the search path of the connection, on which somebody may have planted operators and
    /// types: so it has no operators, and its types come with their schema.
    pub(super) const SQL: &str = "\
        SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version, \
               pg_catalog.current_database()::pg_catalog.text AS database, \
               current_user::pg_catalog.text AS current_user, \
               session_user::pg_catalog.text AS session_user, \
               pg_catalog.current_schemas(false)::pg_catalog.text[] AS search_path, \
               pg_catalog.to_char(pg_catalog.now(), 'YYYYMMDD')::pg_catalog.int4 AS today";
}

/// The owner of the database, and with what this session began.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Beginning {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) database_owner: u32,
    /// The tenant, where it began with one.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) tenant: Option<String>,
    /// Whether Citus distributes tables of the database. Only a superuser installs it.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) has_citus: bool,
    /// Who logged in. SET SESSION AUTHORIZATION changes the session's user, and not this.
    #[diesel(sql_type = Nullable<Oid>)]
    pub(in crate::audit) login: Option<u32>,
}

impl Beginning {
    /// Takes the name of the variable. NULL sets what RESET would: the value from the server's
    /// configuration, from the role and the database, or from the options of the connection.
    pub(super) const SQL: &str = "\
        SELECT datdba AS database_owner, pg_catalog.set_config($1, NULL, true) AS tenant, \
               EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'citus') AS has_citus, \
               (SELECT a.usesysid FROM pg_catalog.pg_stat_get_activity( \
                    pg_catalog.pg_backend_pid()) AS a) AS login \
        FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";
}

/// Whether the policies of a table hold for who asks, as the server says.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Answer {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_active: bool,
}

impl Answer {
    pub(super) const SQL: &str = "\
        SELECT c.oid AS relation, pg_catalog.row_security_active(c.oid) AS is_active \
        FROM pg_catalog.pg_class AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
          AND n.nspname NOT LIKE 'pg\\_temp\\_%' \
        ORDER BY c.oid";
}
