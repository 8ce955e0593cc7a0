//! A schema as large applications have it: 64 tables of 13 columns in three schemas of the database, with
//! types of their own, and 40 joins. `scripts/bench-compile-time` measures how long it takes.

#![allow(
    missing_docs,
    reason = "the modules of a schema file have no documentation"
)]

use tenancy::debug_query;
use tenancy::prelude::*;
use uuid::Uuid;

tenancy::tenant_schema! {
    include = ["schema/large/public.rs", "schema/large/billing.rs", "schema/large/audit.rs"],
    tenant = tenant_id: Uuid,
    tenant_columns = [
        billing::coupons.customer_id,
        billing::credits.customer_id,
        billing::discounts.customer_id,
        billing::fees.customer_id,
        billing::invoices.customer_id,
        billing::ledgers.customer_id,
        billing::orders.customer_id,
        billing::payments.customer_id,
        billing::payouts.customer_id,
        billing::prices.customer_id,
        billing::quotes.customer_id,
        billing::receipts.customer_id,
        billing::refunds.customer_id,
        billing::subscriptions.customer_id,
        billing::taxes.customer_id,
        billing::vouchers.customer_id,
    ],
    joins = [
        activities.parent_id -> accounts,
        addresses.parent_id -> activities,
        agreements.parent_id -> addresses,
        allocations.parent_id -> agreements,
        announcements.parent_id -> allocations,
        appointments.parent_id -> announcements,
        approvals.parent_id -> appointments,
        articles.parent_id -> approvals,
        assets.parent_id -> articles,
        assignments.parent_id -> assets,
        attachments.parent_id -> assignments,
        boards.parent_id -> attachments,
        bookings.parent_id -> boards,
        branches.parent_id -> bookings,
        calendars.parent_id -> branches,
        campaigns.parent_id -> calendars,
        categories.parent_id -> campaigns,
        channels.parent_id -> categories,
        checklists.parent_id -> channels,
        comments.parent_id -> checklists,
        billing::credits.parent_id -> billing::coupons,
        billing::discounts.parent_id -> billing::credits,
        billing::fees.parent_id -> billing::discounts,
        billing::invoices.parent_id -> billing::fees,
        billing::ledgers.parent_id -> billing::invoices,
        billing::orders.parent_id -> billing::ledgers,
        billing::payments.parent_id -> billing::orders,
        billing::payouts.parent_id -> billing::payments,
        billing::prices.parent_id -> billing::payouts,
        billing::quotes.parent_id -> billing::prices,
        audit::alerts.parent_id -> audit::accesses,
        audit::changes.parent_id -> audit::alerts,
        audit::checks.parent_id -> audit::changes,
        audit::deletions.parent_id -> audit::checks,
        audit::exports.parent_id -> audit::deletions,
        audit::failures.parent_id -> audit::exports,
        audit::imports.parent_id -> audit::failures,
        audit::incidents.parent_id -> audit::imports,
        audit::jobs.parent_id -> audit::incidents,
        audit::logins.parent_id -> audit::jobs,
    ],
    crate = tenancy,
}

/// A query on tables of all three schemas of the database, rendered.
///
/// # Panics
/// When the id is refused, which is not nil.
#[must_use]
pub fn statement() -> String {
    let query = activities::table
        .inner_join(accounts::table)
        .inner_join(audit::alerts::table.on(audit::alerts::parent_id.eq(activities::id)))
        .left_join(
            billing::credits::table
                .inner_join(billing::coupons::table)
                .on(billing::credits::parent_id.eq(accounts::id)),
        )
        .filter(audit::alerts::active)
        .select((
            accounts::label,
            audit::alerts::amount,
            billing::coupons::label.nullable(),
        ));
    debug_query(query, Uuid::from_u128(1))
        .expect("not nil")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_across_the_schemas_carries_the_tenant_of_each_table() {
        let statement = statement();
        assert_eq!(
            statement.matches("\"tenant_id\" = $").count(),
            3,
            "{statement}"
        );
        assert_eq!(
            statement.matches("\"customer_id\" = $").count(),
            2,
            "{statement}"
        );
    }

    #[test]
    fn every_table_of_the_files_is_declared() {
        let tables = REGISTRY.tables;
        let schemas = ["audit", "billing"].map(|schema| {
            let in_schema = tables.iter().filter(|table| table.schema == Some(schema));
            in_schema.count()
        });
        assert_eq!((tables.len(), schemas), (64, [16, 16]));
    }
}
