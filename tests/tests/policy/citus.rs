//! What is written for Citus, run against functions of the same names and signatures that only write down how they
//! were called: there is no Citus here. So these tests show the order, the arguments and the refusals, and not what
//! Citus makes of them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::audit::Audit;
use tenancy_diesel::{Class, Registry, Table, bootstrap_sql};

use crate::database::{A, B, SHOP, Shop, lines, refusal};

const fn table(path: &'static str, class: Class, primary_key: &'static [&'static str]) -> Table {
    Table {
        path,
        schema: None,
        name: path,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    }
}

const OWN: Class = Class::Tenant {
    column: "tenant_id",
};

/// In the order of a schema file, in which referencing tables come first.
const BOARDS: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[
        table("boards", OWN, &["tenant_id", "id"]),
        table("cards", OWN, &["tenant_id", "id"]),
        table("attached", OWN, &["tenant_id", "id"]),
        table("regions", Class::Shared, &["code"]),
        table("continents", Class::Shared, &["code"]),
        table("teams", Class::Root { column: "id" }, &["id"]),
    ],
);

const TABLES: &str = "
    CREATE TABLE continents (code text PRIMARY KEY);
    CREATE TABLE regions (code text PRIMARY KEY, continent text REFERENCES continents);
    CREATE TABLE teams (id uuid PRIMARY KEY, region text REFERENCES regions);
    CREATE TABLE boards (tenant_id uuid NOT NULL REFERENCES teams, id int, parent int,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, parent) REFERENCES boards);
    CREATE TABLE cards (tenant_id uuid NOT NULL, id int, board int,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, board) REFERENCES boards);
    CREATE TABLE attached (tenant_id uuid NOT NULL, id int, card int,
        PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, card) REFERENCES cards);";

/// The functions of Citus that are called, by their signatures, and the table that it keeps.
const STUBS: &str = "
    CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod \"char\");
    CREATE TABLE calls (place serial, call text);
    CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
        distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
        shard_count int DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
        INSERT INTO pg_dist_partition VALUES ($1, 'h');
        INSERT INTO calls (call) VALUES (format('%s by %s beside %s', $1, $2, $4)) $$;
    CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
        INSERT INTO pg_dist_partition VALUES ($1, 'n');
        INSERT INTO calls (call) VALUES (format('%s everywhere', $1)) $$;
    CREATE FUNCTION undistribute_table(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false)
        RETURNS void LANGUAGE sql AS $$
        DELETE FROM pg_dist_partition WHERE logicalrelid = $1;
        INSERT INTO calls (call) VALUES (format('%s back', $1)) $$;";

fn shop() -> Shop {
    let shop = Shop::new();
    shop.migrate(TABLES).unwrap();
    shop.migrate(STUBS).unwrap();
    shop
}

fn calls(shop: &Shop) -> Vec<String> {
    let calls = "SELECT call FROM calls ORDER BY place";
    lines(&mut shop.owner(), calls)
}

#[test]
fn tables_are_distributed_behind_those_that_their_foreign_keys_point_to() {
    let shop = shop();
    let distribution = shop.options().citus().distribution(&BOARDS).unwrap();
    shop.migrate(distribution.up()).unwrap();
    let expected = [
        "continents everywhere",
        "regions everywhere",
        "teams by id beside none",
        "boards by tenant_id beside teams",
        "cards by tenant_id beside teams",
        "attached by tenant_id beside teams",
    ];
    assert_eq!(calls(&shop), expected);
    // Again, it has nothing left to do.
    shop.migrate(distribution.up()).unwrap();
    assert_eq!(calls(&shop), expected);
    shop.migrate(distribution.down()).unwrap();
    assert_eq!(calls(&shop).len(), 12);
    shop.migrate(distribution.down()).unwrap();
    assert_eq!(calls(&shop).len(), 12);
}

#[test]
fn keys_that_would_reach_across_shards_are_refused_together() {
    let shop = shop();
    shop.migrate(
        "CREATE UNIQUE INDEX cards_id ON cards (id) INCLUDE (tenant_id);
         ALTER TABLE boards ADD UNIQUE (id);
         ALTER TABLE cards ADD CONSTRAINT cards_board FOREIGN KEY (board) REFERENCES boards (id);
         CREATE TABLE elsewhere (id int PRIMARY KEY);
         ALTER TABLE attached ADD CONSTRAINT attached_elsewhere FOREIGN KEY (card) REFERENCES elsewhere;
         ALTER TABLE regions ADD team uuid CONSTRAINT regions_team REFERENCES teams",
    )
    .unwrap();
    let distribution = shop.options().citus().distribution(&BOARDS).unwrap();
    let message = refusal(shop.migrate(distribution.up()));
    for problem in [
        "boards: the key boards_id_key does not hold tenant_id",
        "cards: the key cards_id does not hold tenant_id",
        "cards: the foreign key cards_board does not pair the tenant of both tables",
        "attached: the foreign key attached_elsewhere points to elsewhere, which is not of the registry",
        "regions: everybody's table points to teams, which is distributed",
    ] {
        assert!(message.contains(problem), "{problem}\n{message}");
    }
    assert!(calls(&shop).is_empty(), "before anything is distributed");
}

#[test]
fn a_circle_of_foreign_keys_is_named() {
    let shop = shop();
    shop.migrate(
        "ALTER TABLE boards ADD first int;
         ALTER TABLE boards ADD FOREIGN KEY (tenant_id, first) REFERENCES cards",
    )
    .unwrap();
    let distribution = shop.options().citus().distribution(&BOARDS).unwrap();
    let message = refusal(shop.migrate(distribution.up()));
    assert!(
        message.contains("circle: boards, cards, attached"),
        "{message}"
    );
    assert!(calls(&shop).is_empty());
}

/// The form without a sub-select keeps tenants apart as the usual one does.
#[test]
fn bare_policies_show_each_tenant_its_rows() {
    let shop = shop();
    for (tenant, id) in [(A, 1), (B, 2)] {
        shop.migrate(&format!(
            "INSERT INTO teams VALUES ('{tenant}'); INSERT INTO boards VALUES ('{tenant}', {id})"
        ))
        .unwrap();
    }
    let policies = shop.options().citus().generate(&BOARDS);
    shop.migrate(policies.up()).unwrap();
    let seen = |mut conn: PgConnection| lines(&mut conn, "SELECT id FROM boards ORDER BY id");
    assert_eq!(seen(shop.app_of(A)), ["1"]);
    assert_eq!(seen(shop.app_of(B)), ["2"]);
    assert!(seen(shop.app()).is_empty());

    // The limit, and why it is not the usual form: raw SQL changes the variable in the middle of a scan.
    let switch =
        format!("SELECT id || left(set_config('app.tenant_id', '{B}', false), 0) FROM boards");
    let switched = || {
        let mut conn = shop.app_of(A);
        // An index would be asked for one tenant, once.
        conn.batch_execute(
            "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off",
        )
        .unwrap();
        lines(&mut conn, &switch)
    };
    assert_eq!(switched(), ["1", "2"]);
    // The control of that.
    shop.migrate(shop.options().generate(&BOARDS).up()).unwrap();
    assert_eq!(switched(), ["1"]);
}

/// That the extension is there is made up: a row of the catalog which only a superuser writes.
#[test]
fn the_boot_check_takes_bare_policies_where_citus_is_and_nowhere_else() {
    let shop = shop();
    let citus = shop.options().citus();
    shop.migrate(citus.generate(&BOARDS).up()).unwrap();
    let per_row = || {
        let report = Audit::boot(&BOARDS).run(&mut shop.app()).unwrap();
        let errors = report
            .errors()
            .filter(|f| f.rule.id() == "policy-variable-per-row");
        errors.count()
    };
    assert_eq!(per_row(), 8, "two policies of each table");
    let plain = shop.options().diff(&BOARDS, &mut shop.owner()).unwrap();
    assert!(!plain.is_empty());
    let wanted = citus.diff(&BOARDS, &mut shop.owner()).unwrap();
    assert!(wanted.is_empty(), "{:?}", wanted.differences());

    let pretend = "SET allow_system_table_mods = on;
        INSERT INTO pg_catalog.pg_extension
        VALUES (4711, 'citus', 10, 11, false, '13.2', NULL, NULL)";
    shop.superuser().batch_execute(pretend).unwrap();
    assert_eq!(per_row(), 0);
    // Anything else is found as ever.
    shop.migrate("ALTER POLICY tenancy_scope ON boards USING (true)")
        .unwrap();
    let report = Audit::boot(&BOARDS).run(&mut shop.app()).unwrap();
    assert!(report.errors().any(|f| f.rule.id() == "policy-always-true"));
}

#[test]
fn what_cannot_be_distributed_is_refused_before_there_is_sql() {
    let shop = Shop::new();
    let refused = shop.options().citus().distribution(&SHOP).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the primary key of table `tasks` lacks the tenant column `tenant_id`"
    );
}

#[test]
fn the_roles_are_told_to_tell_the_workers() {
    let options = Shop::new().options();
    let setting = "SET citus.propagate_set_commands = 'local'";
    assert!(bootstrap_sql(&options.clone().citus()).contains(setting));
    assert!(!bootstrap_sql(&options).contains(setting));
}
