use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Oid, Text};

/// A row of `pg_policy`.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Policy {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// Rows pass when one permissive policy lets them; all restrictive ones have to.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) permissive: bool,
    /// `*`, `r` SELECT, `a` INSERT, `w` UPDATE, `d` DELETE.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) command: String,
    /// For whom it is; 0 stands for PUBLIC.
    #[diesel(sql_type = Array<Oid>)]
    pub(in crate::audit) roles: Vec<u32>,
    /// USING, as PostgreSQL writes it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) using: Option<String>,
    /// WITH CHECK, as PostgreSQL writes it. Where it is absent, USING stands in for it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) check: Option<String>,
}

impl Policy {
    pub(super) const SQL: &str = "\
        SELECT polrelid AS relation, polname::text AS name, polpermissive AS permissive, \
               polcmd::text AS command, polroles AS roles, \
               pg_catalog.pg_get_expr(polqual, polrelid) AS \"using\", \
               pg_catalog.pg_get_expr(polwithcheck, polrelid) AS \"check\" \
        FROM pg_catalog.pg_policy ORDER BY polrelid, polname";
}
