// @generated automatically by Diesel CLI.

diesel::table! {
    #[sql_name = "notes_text"]
    notes (tenant_id, id) {
        tenant_id -> Varchar,
        id -> Int4,
        body -> Text,
    }
}
