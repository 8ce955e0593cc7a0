/// Why sealed tenants, or tenants that are not sealed, do not go with this database. Each text names the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealedError {
    /// The database could not be asked.
    #[error("it could not be checked whether the database takes sealed tenants")]
    Query(#[from] diesel::result::Error),
    /// The migrations of the library have not run.
    #[error("the function tenancy.sealed_tenant is missing; run `tenancy_migrations::run`")]
    FunctionMissing,
    /// The function is not the one of the library.
    #[error(
        "the function tenancy.sealed_tenant is not the library's, by its {differs}; find out who changed \
         it, and restore it from the migration `sealed_tenant`"
    )]
    FunctionChanged {
        /// What differs.
        differs: String,
    },
    /// The role may not call the function.
    #[error(
        "role `{role}` may not have sealed tenants verified; run `tenancy_migrations::grant_sealed` for it"
    )]
    NotGranted {
        /// The role of the connection.
        role: String,
    },
    /// The role can read or change the keys, or become who can.
    #[error(
        "role `{role}` can reach tenancy.sealing_keys and seal every tenant; REVOKE ALL on it from the \
         role, from PUBLIC and from roles that it is a member of"
    )]
    KeysReachable {
        /// The role of the connection.
        role: String,
    },
    /// The database does not have the key of this process, or has retired it.
    #[error(
        "the database has no sealing key `{key}`, or has retired it; create it with \
         `tenancy_migrations::create_sealing_key` before a process uses it"
    )]
    UnknownKey {
        /// The name of the key.
        key: String,
    },
    /// The database has another key under this name.
    #[error("the sealing key `{key}` of the database is not the one that this process was given")]
    WrongKey {
        /// The name of the key.
        key: String,
    },
    /// The clocks of the two machines differ.
    #[error(
        "the database's clock is {seconds} seconds ahead of this machine's, which is too much for sealed \
         tenants that are valid for {lifetime}; set the clocks right"
    )]
    Clock {
        /// How many seconds it is ahead; negative when it is behind.
        seconds: i64,
        /// The lifetime of the sealer, in seconds.
        lifetime: u64,
    },
    /// The sessions of a role see each other's values.
    #[error(
        "the server shows role `{role}` the first {shown} bytes of the statements of its other sessions, but \
         a sealed tenant stands behind {padding} bytes; use `Sealer::padding({shown})`, or REVOKE EXECUTE ON \
         FUNCTION pg_stat_get_activity(integer), pg_stat_get_backend_activity(integer) FROM PUBLIC"
    )]
    Shown {
        /// The role of the connection.
        role: String,
        /// The server's `track_activity_query_size`.
        shown: i32,
        /// The padding of the sealer.
        padding: usize,
    },
    /// The statements that set the variable are recorded where the role can read them.
    #[error(
        "pg_stat_statements records the sealed tenants of other sessions, and role `{role}` can read them; set \
         pg_stat_statements.track_utility = off, or REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) \
         FROM PUBLIC"
    )]
    Recorded {
        /// The role of the connection.
        role: String,
    },
    /// Policies read the variable without verifying it.
    #[error(
        "the policies of {tables} take tenants that are not sealed; generate them anew with \
         `PolicyOptions::sealed`"
    )]
    PlainPolicies {
        /// The tables.
        tables: String,
    },
    /// Policies take sealed tenants only, and there is no sealer.
    #[error(
        "the policies of {tables} take sealed tenants only; give the pool a sealer with `Builder::sealed`"
    )]
    SealerMissing {
        /// The tables.
        tables: String,
    },
}
