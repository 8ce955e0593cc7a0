// @generated automatically by Diesel CLI.

diesel::table! {
    flags (tenant_id) {
        tenant_id -> Int4,
    }
}
