//! One organisation attacks another with SQL of its own, through every table, view and function of the database.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use diesel::connection::SimpleConnection;
use saas::{OrgId, database, policies, schema};
use tenancy_diesel::TenantId;
use tenancy_testing::{Fixture, assert_isolated};

/// Accounts that exist, because a member has one. The probe makes members.
const ACCOUNTS: &str = "
    INSERT INTO accounts.users (id, email, name, password_hash)
    SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@x.example', 'n', 'none'
    FROM generate_series(0, 2000) AS n";

static SITE: Fixture<OrgId> = Fixture::new(&schema::REGISTRY, |db| {
    db.bootstrap(&policies::options())?;
    db.conn().batch_execute(&policies::worker_sql())?;
    database::migrate(&mut db.connect_as(policies::MIGRATOR)?)?;
    db.conn().batch_execute(ACCOUNTS)?;
    Ok(())
})
.app_role(policies::APP_ROLE)
.tenants(|| {
    ["a", "b"].map(|digit| {
        let id = format!("{}-0000-4000-8000-000000000000", digit.repeat(8));
        OrgId::parse(&id).unwrap()
    })
});

#[test]
fn no_table_and_no_function_lets_an_organisation_reach_another() {
    let account = "('00000000-0000-4000-8000-' || lpad(({n} % 2000)::text, 12, '0'))::uuid";
    let report = assert_isolated!(SITE.database(), |probe| probe
        .value("members", "user_id", account)
        .value("members", "role", "'member'")
        .value("invitations", "role", "'member'")
        .value("invitations", "email", "{n} || '@y.example'")
        .value("tasks", "status", "'todo'")
        .value("reports", "status", "'queued'")
        .value("organisations", "slug", "'org-' || {n}"));
    let left: Vec<&str> = report
        .not_attacked
        .iter()
        .map(|left| &*left.object)
        .collect();
    // The probe has one row of an organisation, under the organisation's own id. And each call of `sign_up` gives another
    // id; it neither reads nor writes a row of a tenant.
    let sign_up = "accounts.sign_up(address text, name text, password_hash text)";
    assert_eq!(left, ["organisations", sign_up], "{report}");
}
