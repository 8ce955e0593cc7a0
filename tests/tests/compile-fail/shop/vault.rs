// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        name -> Text,
        api_key -> Bytea,
        recovery -> Nullable<Bytea>,
        email_index -> Bytea,
    }
}
