use diesel::QueryableByName;
use diesel::sql_types::{Oid, Text};

/// A setting with which sessions of a role, of this database, or both begin.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct RoleSetting {
    /// 0 where it holds in every database.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) database: u32,
    /// 0 where it holds for every role.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) role: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) value: String,
}

impl RoleSetting {
    pub(super) const SQL: &str = "\
        SELECT s.setdatabase AS database, s.setrole AS role, \
               pg_catalog.split_part(e, '=', 1) AS name, \
               pg_catalog.substr(e, pg_catalog.strpos(e, '=') + 1) AS value \
        FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS e \
        WHERE s.setdatabase = 0 OR s.setdatabase = ( \
            SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
        ORDER BY s.setrole, s.setdatabase, e";
}

impl RoleSetting {
    /// The schemas of a search path. `$user` is the schema of the role's own name.
    pub(in crate::audit) fn schemas(&self, role: &str) -> Vec<String> {
        let names = self.value.split(',').map(str::trim);
        names
            .map(|name| name.trim_matches('"').replace("\"\"", "\""))
            .map(|name| {
                if name == "$user" {
                    role.to_owned()
                } else {
                    name
                }
            })
            .collect()
    }
}
