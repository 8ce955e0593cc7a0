// @generated automatically by Diesel CLI.

diesel::table! {
    notes (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        body -> Text,
    }
}
