use diesel::QueryableByName;
use diesel::sql_types::{Oid, Text};

/// A row of `pg_trigger` that is enabled, those of foreign keys left out.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Trigger {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) function: u32,
}

impl Trigger {
    pub(super) const SQL: &str = "\
        SELECT tgrelid AS relation, tgname::text AS name, tgfoid AS function \
        FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' \
        ORDER BY tgrelid, tgname";
}

/// A row of `pg_event_trigger` that is enabled.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct EventTrigger {
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) event: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) function: u32,
}

impl EventTrigger {
    pub(super) const SQL: &str = "\
        SELECT evtname::text AS name, evtevent::text AS event, evtfoid AS function \
        FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY evtname";
}
