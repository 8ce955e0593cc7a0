// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
}

diesel::table! {
    search_by_word (tenant_id, word, kind, id) {
        tenant_id -> Uuid,
        word -> Text,
        kind -> Text,
        id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;

    search_documents (tenant_id, kind, id) {
        tenant_id -> Uuid,
        kind -> Text,
        id -> Text,
        language -> Text,
        title -> Text,
        body -> Text,
        words -> Tsvector,
    }
}

diesel::allow_tables_to_appear_in_same_query!(search_by_word, search_documents,);
