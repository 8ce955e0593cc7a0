use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Integer, Text};

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
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_standby: bool,
}

impl Session {
    pub(super) const SQL: &str = "\
        SELECT pg_catalog.current_setting('server_version_num')::int4 AS version, \
               pg_catalog.current_database()::text AS database, \
               current_user::text AS current_user, session_user::text AS session_user, \
               pg_catalog.current_schemas(false)::text[] AS search_path, \
               pg_catalog.to_char(pg_catalog.now(), 'YYYYMMDD')::int4 AS today, \
               pg_catalog.pg_is_in_recovery() AS is_standby";
}
