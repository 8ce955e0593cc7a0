// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, Debug, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "grade"))]
    pub struct Grade;
}

diesel::table! {
    contacts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        email -> Nullable<Bytea>,
        email_index -> Nullable<Bytea>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Grade;

    letters (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        topic -> Text,
        grade -> Grade,
        body -> Bytea,
        note -> Nullable<Bytea>,
    }
}

diesel::table! {
    stamps (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        letter_id -> Int4,
        mark -> Bytea,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    contacts,
    letters,
    stamps,
);
