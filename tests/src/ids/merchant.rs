// @generated automatically by Diesel CLI.

diesel::table! {
    #[sql_name = "notes_merchant"]
    notes (tenant_id, id) {
        tenant_id -> Text,
        id -> Int4,
        body -> Text,
    }
}
