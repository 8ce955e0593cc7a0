use diesel::QueryableByName;
use diesel::sql_types::{Bool, Oid, Text};

/// A row of `pg_roles`.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Role {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) superuser: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) bypasses_rls: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) creates_roles: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) replicates: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) can_login: bool,
}

impl Role {
    pub(super) const SQL: &str = "\
        SELECT oid, rolname::text AS name, rolsuper AS superuser, rolbypassrls AS bypasses_rls, \
               rolcreaterole AS creates_roles, \
               rolreplication AS replicates, rolcanlogin AS can_login \
        FROM pg_catalog.pg_roles ORDER BY oid";
}

/// A row of `pg_auth_members`.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Membership {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) member: u32,
    /// What it is a member of.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) role: u32,
    /// Whether it has the other's privileges without becoming it.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) inherits: bool,
    /// Whether it can become the other by SET ROLE.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) can_set: bool,
    /// Whether it can grant itself the rest.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_admin: bool,
}

impl Membership {
    /// Before PostgreSQL 16 a membership has no options: the member's own attribute says whether it
    /// inherits, and every member can become the role.
    pub(super) const SQL: &str = "\
        SELECT m.member, m.roleid AS role, m.admin_option AS is_admin, \
               coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit) AS inherits, \
               coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true) AS can_set \
        FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS r ON r.oid = m.member \
        ORDER BY m.member, m.roleid";
}
