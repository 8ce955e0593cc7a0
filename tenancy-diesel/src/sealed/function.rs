use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Text};

/// The function that verifies sealed tenants, as the migration of the library creates it.
///
/// An auditor knows it by this; [`SealedFunction::differences`] compares a live one.
pub const FUNCTION: SealedFunction = SealedFunction {
    schema: "tenancy",
    name: "sealed_tenant",
    arguments: "variable text, strict boolean",
    result: "text",
    language: "plpgsql",
    volatility: "s",
    parallel: "s",
    settings: &["search_path=pg_catalog, pg_temp"],
    body: include_str!("function.sql"),
};

/// What makes up the function that verifies sealed tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealedFunction {
    /// Its schema.
    pub schema: &'static str,
    /// Its name.
    pub name: &'static str,
    /// As `pg_get_function_identity_arguments` writes them.
    pub arguments: &'static str,
    /// As `pg_get_function_result` writes it.
    pub result: &'static str,
    /// Its language.
    pub language: &'static str,
    /// `provolatile`: STABLE, so that a sub-select is evaluated once and no plan keeps the tenant.
    pub volatility: &'static str,
    /// `proparallel`: SAFE, so that it does not keep a query from running in parallel.
    pub parallel: &'static str,
    /// `proconfig`: it looks names up in `pg_catalog` alone, whatever the session's path is.
    pub settings: &'static [&'static str],
    /// `prosrc`.
    pub body: &'static str,
}

/// A function of this name in a database.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[non_exhaustive]
pub struct LiveFunction {
    /// As `pg_get_function_identity_arguments` writes them.
    #[diesel(sql_type = Text)]
    pub arguments: String,
    /// As `pg_get_function_result` writes it.
    #[diesel(sql_type = Nullable<Text>)]
    pub result: Option<String>,
    /// Its language.
    #[diesel(sql_type = Text)]
    pub language: String,
    /// `provolatile`.
    #[diesel(sql_type = Text)]
    pub volatility: String,
    /// `proparallel`.
    #[diesel(sql_type = Text)]
    pub parallel: String,
    /// Whether it runs as its owner.
    #[diesel(sql_type = Bool)]
    pub definer: bool,
    /// Whether it claims to tell nothing of its arguments.
    #[diesel(sql_type = Bool)]
    pub leakproof: bool,
    /// Whether NULL as an argument gives NULL.
    #[diesel(sql_type = Bool)]
    pub strict: bool,
    /// `proconfig`.
    #[diesel(sql_type = Array<Text>)]
    pub settings: Vec<String>,
    /// `prosrc`.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// Its owner.
    #[diesel(sql_type = Text)]
    pub owner: String,
    /// The owner of the schema.
    #[diesel(sql_type = Text)]
    pub schema_owner: String,
    /// The owner of the keys, if the table is there.
    #[diesel(sql_type = Nullable<Text>)]
    pub keys_owner: Option<String>,
    /// Who may call it, by name; PUBLIC is empty.
    #[diesel(sql_type = Array<Text>)]
    pub callers: Vec<String>,
}

impl LiveFunction {
    /// Reads the functions of this name; the library makes one. Needs no privilege.
    pub const SQL: &'static str = "\
        SELECT pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments, \
               pg_catalog.pg_get_function_result(p.oid) AS result, \
               l.lanname::text AS language, p.provolatile::text AS volatility, \
               p.proparallel::text AS parallel, p.prosecdef AS definer, p.proleakproof AS leakproof, \
               p.proisstrict AS strict, coalesce(p.proconfig, '{}') AS settings, p.prosrc AS body, \
               pg_catalog.pg_get_userbyid(p.proowner)::text AS owner, \
               pg_catalog.pg_get_userbyid(n.nspowner)::text AS schema_owner, \
               (SELECT pg_catalog.pg_get_userbyid(c.relowner)::text FROM pg_catalog.pg_class AS c \
                WHERE c.relnamespace = n.oid AND c.relname = 'sealing_keys') AS keys_owner, \
               ARRAY(SELECT CASE a.grantee WHEN 0 THEN '' \
                            ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END \
                     FROM pg_catalog.aclexplode(coalesce(p.proacl, \
                         pg_catalog.acldefault('f', p.proowner))) AS a \
                     WHERE a.privilege_type = 'EXECUTE' ORDER BY 1) AS callers \
        FROM pg_catalog.pg_proc AS p \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
        JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
        WHERE n.nspname = 'tenancy' AND p.proname = 'sealed_tenant' \
        ORDER BY p.oid";
}

impl SealedFunction {
    /// In what a live function differs from this one, in words: nothing when it is the library's own.
    ///
    /// The owner has to be the one of the schema and of the keys. Who may call the function is not judged: it
    /// tells nobody more than the own session's value.
    pub fn differences(&self, live: &LiveFunction) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut expect = |same: bool, what| {
            if !same {
                found.push(what);
            }
        };
        expect(live.arguments == self.arguments, "arguments");
        expect(live.result.as_deref() == Some(self.result), "result");
        expect(live.language == self.language, "language");
        expect(live.volatility == self.volatility, "volatility");
        expect(live.parallel == self.parallel, "parallel safety");
        expect(live.definer, "SECURITY DEFINER");
        expect(!live.leakproof, "LEAKPROOF");
        expect(!live.strict, "STRICT");
        expect(live.settings == self.settings, "settings");
        expect(live.body == self.body, "body");
        expect(live.owner == live.schema_owner, "owner");
        expect(
            live.keys_owner.as_ref() == Some(&live.owner),
            "owner of the keys",
        );
        found
    }
}
