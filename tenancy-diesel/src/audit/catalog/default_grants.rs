use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Oid, Text};

/// A privilege that what will be created is born with.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct DefaultGrant {
    /// Who has to create it.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) creator: u32,
    /// In which schema; anywhere without one.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) schema: Option<String>,
    /// `r` tables, `S` sequences, `f` functions, `T` types, `n` schemas.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) kind: String,
    /// 0 stands for PUBLIC.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) grantee: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) privilege: String,
}

impl DefaultGrant {
    pub(super) const SQL: &str = "\
        SELECT d.defaclrole AS creator, n.nspname::text AS schema, d.defaclobjtype::text AS kind, \
               a.grantee, a.privilege_type AS privilege \
        FROM pg_catalog.pg_default_acl AS d \
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace, \
             pg_catalog.aclexplode(d.defaclacl) AS a \
        ORDER BY d.defaclrole, n.nspname::text, d.defaclobjtype::text, a.grantee, a.privilege_type";
}
