//! Databases with two tenants whose rows have the same keys.

use std::ops::Deref;

use diesel::connection::SimpleConnection;
use tenancy_diesel::PolicyOptions;
use tenancy_testing::{Fixture, Setup, SetupResult, TenantDatabase};

use crate::{A, B, OrgId, schema};

/// Which of the two layers a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layers {
    /// The filter and row-level security.
    Both,
    /// The filter alone: the tables have no policies.
    FilterOnly,
}

static BOTH: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, set_up).tenants(|| [A, B]);

static FILTER_ONLY: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, |db| {
    set_up(db)?;
    for table in schema::REGISTRY
        .tables
        .iter()
        .filter(|t| t.class.is_scoped())
    {
        let schema = table.schema.unwrap_or("public");
        let name = table.name;
        db.conn().batch_execute(&format!(
            "ALTER TABLE {schema}.{name} DISABLE ROW LEVEL SECURITY"
        ))?;
    }
    Ok(())
})
.tenants(|| [A, B]);

/// A database of its own for one test.
#[derive(Debug)]
pub struct Shop {
    database: TenantDatabase<OrgId>,
    layers: Layers,
}

impl Shop {
    /// A fresh copy of the template, in milliseconds.
    pub fn new(layers: Layers) -> Self {
        let database = match layers {
            Layers::Both => BOTH.database(),
            Layers::FilterOnly => FILTER_ONLY.database(),
        };
        Shop { database, layers }
    }

    /// Runs a test on a database with both layers and on one with the filter alone.
    pub fn each(test: impl Fn(&Shop)) {
        for layers in [Layers::Both, Layers::FilterOnly] {
            test(&Shop::new(layers));
        }
    }

    /// Whether the tables have policies.
    pub fn has_policies(&self) -> bool {
        self.layers == Layers::Both
    }
}

impl Deref for Shop {
    type Target = TenantDatabase<OrgId>;

    fn deref(&self) -> &Self::Target {
        &self.database
    }
}

fn set_up(db: &mut Setup<'_, OrgId>) -> SetupResult {
    let policies = db.policy_options();
    set_up_with(db, &policies)
}

/// The tables, the rows, and these policies.
///
/// # Errors
/// What the server answers.
pub fn set_up_with(db: &mut Setup<'_, OrgId>, policies: &PolicyOptions) -> SetupResult {
    let policies = policies.generate(&schema::REGISTRY);
    let app = db.app_role().to_owned();
    let conn = db.conn();
    conn.batch_execute(include_str!("../fixtures/shop.sql"))?;
    conn.batch_execute(&rows())?;
    conn.batch_execute(policies.up())?;
    conn.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA public, billing TO {app}; GRANT SELECT ON legacy_events TO {app}"
    ))?;
    Ok(())
}

/// The same keys for both tenants, with values that tell whose they are.
pub fn rows() -> String {
    let mut sql = String::from(
        "INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('xx', 'Nowhere');",
    );
    for (tenant, name, n) in [(A, "a", 0), (B, "b", 100)] {
        let id = tenant.0;
        sql += &format!(
            "INSERT INTO organisations VALUES ('{id}', 'org {name}');
             INSERT INTO projects VALUES
                 ('{id}', 1, 'alpha {name}', 'de', NULL),
                 ('{id}', 2, 'beta {name}', NULL, 1),
                 ('{id}', 3, 'gamma {name}', 'fr', 1);
             INSERT INTO tasks VALUES
                 ('{id}', 1, 1, 'one {name}', 'open', 1, false),
                 ('{id}', 2, 1, 'two {name}', 'done', 2, true),
                 ('{id}', 3, 2, 'three {name}', 'open', 3, false);
             INSERT INTO comments VALUES
                 ('{id}', 1, 1, 'first {name}'), ('{id}', 2, 3, 'second {name}');
             INSERT INTO documents VALUES ('{id}', {doc}, 'plan {name}');
             INSERT INTO files VALUES ({doc}, {doc}, 'plan-{name}.pdf');
             INSERT INTO settings VALUES ('{id}', 'theme {name}', NULL);
             INSERT INTO billing.projects VALUES ('{id}', 1, 'bill {name}', {budget});
             INSERT INTO billing.invoices VALUES ('{id}', 1, 1, {budget}), ('{id}', 2, 1, 7);",
            doc = n + 1,
            budget = n + 10,
        );
    }
    // Keys that only B has.
    let b = B.0;
    sql += &format!(
        "INSERT INTO projects VALUES ('{b}', 9, 'only b', 'xx', NULL);
         INSERT INTO tasks VALUES ('{b}', 9, 9, 'only b', 'open', 9, false);
         INSERT INTO legacy_events VALUES (1, '{b}', 'login');"
    );
    sql
}
