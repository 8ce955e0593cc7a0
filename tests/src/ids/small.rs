// @generated automatically by Diesel CLI.

diesel::table! {
    #[sql_name = "notes_small"]
    notes (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        body -> Text,
    }
}
