// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "status"))]
    pub struct Status;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "visibility"))]
    pub struct Visibility;
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Status;

    accounts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    activities (tenant_id, id) {
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
    use super::sql_types::Status;

    addresses (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    agreements (tenant_id, id) {
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
    use super::sql_types::Status;

    allocations (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    announcements (tenant_id, id) {
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
    use super::sql_types::Status;

    appointments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    approvals (tenant_id, id) {
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
    use super::sql_types::Status;

    articles (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    assets (tenant_id, id) {
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
    use super::sql_types::Status;

    assignments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    attachments (tenant_id, id) {
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
    use super::sql_types::Status;

    boards (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    bookings (tenant_id, id) {
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
    use super::sql_types::Status;

    branches (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    calendars (tenant_id, id) {
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
    use super::sql_types::Status;

    campaigns (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    categories (tenant_id, id) {
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
    use super::sql_types::Status;

    channels (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    checklists (tenant_id, id) {
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
    use super::sql_types::Status;

    comments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    contacts (tenant_id, id) {
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
    use super::sql_types::Status;

    contracts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    conversations (tenant_id, id) {
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
    use super::sql_types::Status;

    customers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    departments (tenant_id, id) {
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
    use super::sql_types::Status;

    documents (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    employees (tenant_id, id) {
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
    use super::sql_types::Status;

    equipment (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    events (tenant_id, id) {
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
    use super::sql_types::Status;

    expenses (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        parent_id -> Uuid,
        label -> Text,
        status -> Status,
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
    folders (tenant_id, id) {
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
    accounts,
    activities,
    addresses,
    agreements,
    allocations,
    announcements,
    appointments,
    approvals,
    articles,
    assets,
    assignments,
    attachments,
    boards,
    bookings,
    branches,
    calendars,
    campaigns,
    categories,
    channels,
    checklists,
    comments,
    contacts,
    contracts,
    conversations,
    customers,
    departments,
    documents,
    employees,
    equipment,
    events,
    expenses,
    folders,
);
