// @generated automatically by Diesel CLI.

diesel::table! {
    events (id) {
        id -> Int4,
        tenant_id -> Nullable<Int4>,
    }
}
