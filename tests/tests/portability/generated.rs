// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, Debug, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "status"))]
    pub struct Status;
}

diesel::table! {
    countries (code) {
        code -> Text,
    }
}

diesel::table! {
    documents (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        title -> Text,
    }
}

diesel::table! {
    files (id) {
        id -> Int4,
        document_id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    legacy_events (id) {
        id -> Int4,
        tenant_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    moments (tenant_id, at) {
        tenant_id -> Uuid,
        at -> Timestamptz,
        day -> Nullable<Date>,
        span -> Nullable<Interval>,
        data -> Nullable<Jsonb>,
        tags -> Nullable<Array<Nullable<Text>>>,
        address -> Nullable<Inet>,
        span_of -> Nullable<Int4range>,
    }
}

diesel::table! {
    notes (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        document_id -> Nullable<Int4>,
        body -> Text,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        name -> Text,
    }
}

diesel::table! {
    people (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        team_id -> Int4,
        parent_id -> Nullable<Int4>,
        name -> Text,
        country -> Nullable<Text>,
        email -> Nullable<Bytea>,
        email_index -> Nullable<Bytea>,
        pin -> Nullable<Bytea>,
    }
}

diesel::table! {
    settings (tenant_id) {
        tenant_id -> Uuid,
        theme -> Nullable<Text>,
    }
}

diesel::table! {
    teams (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        lead_id -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Status;

    things (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        #[sql_name = "odd \"name"]
        odd_name -> Nullable<Text>,
        flag -> Nullable<Bool>,
        small -> Nullable<Int2>,
        big -> Nullable<Int8>,
        doubled -> Nullable<Int8>,
        amount -> Nullable<Numeric>,
        ratio -> Nullable<Float8>,
        #[max_length = 5]
        short -> Nullable<Varchar>,
        #[max_length = 3]
        fixed -> Nullable<Bpchar>,
        raw -> Nullable<Bytea>,
        status -> Status,
        sponsor -> Nullable<Uuid>,
    }
}
