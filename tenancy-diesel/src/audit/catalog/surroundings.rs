//! What stands around the tables: copies that leave the database, and what reads beside row-level
//! security.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Oid, Text};

/// A table that a publication sends away. A partition stands for its whole table.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Published {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) publication: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) all_tables: bool,
    /// Absent where the publication has no tables.
    #[diesel(sql_type = Nullable<Oid>)]
    pub(in crate::audit) relation: Option<u32>,
}

impl Published {
    pub(super) const SQL: &str = "\
        SELECT DISTINCT p.pubname::text AS publication, p.puballtables AS all_tables, \
               coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid) AS relation \
        FROM pg_catalog.pg_publication AS p \
        LEFT JOIN (pg_catalog.pg_publication_tables AS t \
            JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schemaname \
            JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.tablename) \
            ON t.pubname = p.pubname \
        ORDER BY 1, 3";
}

/// A logical replication slot of this database.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Slot {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) plugin: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) active: bool,
}

impl Slot {
    pub(super) const SQL: &str = "\
        SELECT slot_name::text AS name, plugin::text AS plugin, active \
        FROM pg_catalog.pg_replication_slots \
        WHERE slot_type = 'logical' AND database = pg_catalog.current_database() ORDER BY slot_name";
}

/// How many large objects there are. They have owners, and no rows to have policies on.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct LargeObjects {
    #[diesel(sql_type = BigInt)]
    pub(in crate::audit) count: i64,
    /// How many PUBLIC can read.
    #[diesel(sql_type = BigInt)]
    pub(in crate::audit) public: i64,
    /// Whether their privileges are checked at all.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) unchecked: bool,
}

impl LargeObjects {
    pub(super) const SQL: &str = "\
        SELECT count(*) AS count, \
               count(*) FILTER (WHERE EXISTS ( \
                   SELECT FROM pg_catalog.aclexplode(lomacl) AS a WHERE a.grantee = 0)) AS public, \
               pg_catalog.current_setting('lo_compat_privileges')::bool AS unchecked \
        FROM pg_catalog.pg_largeobject_metadata";
}

/// An extension, or a language whose functions run without limits.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Extension {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_language: bool,
}

impl Extension {
    pub(super) const SQL: &str = "\
        SELECT extname::text AS name, false AS is_language FROM pg_catalog.pg_extension \
        UNION ALL \
        SELECT lanname::text, true FROM pg_catalog.pg_language WHERE lanispl AND NOT lanpltrusted \
        ORDER BY 2, 1";
}

/// The way of a role to another server.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct UserMapping {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) server: String,
    /// 0 stands for PUBLIC.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) role: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) role_name: String,
    /// Whether PUBLIC, or the role itself, may use the server.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) usable: bool,
}

impl UserMapping {
    pub(super) const SQL: &str = "\
        SELECT m.srvname::text AS server, m.umuser AS role, \
               CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename::text END AS role_name, \
               CASE WHEN m.umuser = 0 \
                    THEN pg_catalog.has_server_privilege('public', m.srvid, 'USAGE') \
                    ELSE pg_catalog.has_server_privilege(m.umuser, m.srvid, 'USAGE') END AS usable \
        FROM pg_catalog.pg_user_mappings AS m ORDER BY 1, 2";
}

/// A setting of this session, or one that a role or the database has as its default.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Setting {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) value: String,
    /// For whom it is a default; 0 stands for everybody. Absent for the session itself.
    #[diesel(sql_type = Nullable<Oid>)]
    pub(in crate::audit) role: Option<u32>,
}

impl Setting {
    /// Names in the catalog of defaults are as they were written: PostgreSQL compares them without case.
    pub(super) const SQL: &str = "\
        SELECT pg_catalog.lower(s.name) AS name, s.setting AS value, NULL::oid AS role \
        FROM pg_catalog.pg_settings AS s \
        WHERE s.name LIKE 'log\\_%' OR s.name LIKE 'auto\\_explain.%' OR s.name = 'row_security' \
        UNION ALL \
        SELECT pg_catalog.lower(pg_catalog.split_part(e, '=', 1)), \
               pg_catalog.substr(e, pg_catalog.strpos(e, '=') + 1), d.setrole \
        FROM pg_catalog.pg_db_role_setting AS d, pg_catalog.unnest(d.setconfig) AS e \
        WHERE d.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database \
                                    WHERE datname = pg_catalog.current_database())) \
        ORDER BY 1, 3 NULLS FIRST";
}

/// Who may read what is beside the tables: the wrapped keys, and the statistics of statements.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Reader {
    /// `tenancy.tenancy_kek`.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) relation: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// 0 stands for PUBLIC.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) grantee: u32,
    /// Or `OWNERSHIP`, which has them all.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) privilege: String,
}

impl Reader {
    pub(super) const SQL: &str = "\
        SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, \
               c.relname::text AS name, a.grantee, a.privilege_type AS privilege \
        FROM pg_catalog.pg_class AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, \
        LATERAL ( \
            SELECT e.grantee, e.privilege_type FROM pg_catalog.aclexplode( \
                coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS e \
            UNION ALL SELECT c.relowner, 'OWNERSHIP' \
            UNION ALL SELECT e.grantee, e.privilege_type \
            FROM pg_catalog.pg_attribute AS t, pg_catalog.aclexplode(t.attacl) AS e \
            WHERE t.attrelid = c.oid AND t.attacl IS NOT NULL \
        ) AS a \
        WHERE (n.nspname = 'tenancy' AND c.relname IN ('tenancy_kek', 'tenancy_keys')) \
           OR c.relname = 'pg_stat_statements' \
        ORDER BY 1, 3, 4";
}

/// The domain of encrypted columns, where the database has it.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct EncryptedDomain {
    /// The CHECK constraints that hold for it.
    #[diesel(sql_type = Array<Text>)]
    pub(in crate::audit) checks: Vec<String>,
}

impl EncryptedDomain {
    pub(super) const SQL: &str = "\
        SELECT ARRAY( \
            SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint AS k \
            WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated \
        ) AS checks \
        FROM pg_catalog.pg_type AS t \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace \
        WHERE n.nspname = 'tenancy' AND t.typname = 'tenancy_encrypted' AND t.typtype = 'd'";
}
