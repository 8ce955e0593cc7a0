// @generated automatically by Diesel CLI.

pub mod audit {
    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "severity", schema = "audit"))]
        pub struct Severity;

        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "status", schema = "audit"))]
        pub struct Status;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.accesses (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.alerts (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.changes (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.checks (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.deletions (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.exports (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.failures (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.imports (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.incidents (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.jobs (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.logins (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.reviews (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.sessions (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.signatures (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Severity;

        audit.uploads (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Severity,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        audit.webhooks (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(
        accesses,
        alerts,
        changes,
        checks,
        deletions,
        exports,
        failures,
        imports,
        incidents,
        jobs,
        logins,
        reviews,
        sessions,
        signatures,
        uploads,
        webhooks,
    );
}
