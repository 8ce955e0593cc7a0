// @generated automatically by Diesel CLI.

diesel::table! {
    #[sql_name = "notes_big"]
    notes (tenant_id, id) {
        tenant_id -> Int8,
        id -> Int4,
        body -> Text,
    }
}
