diesel::table! {
    accounts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        api_key -> Bytea,
    }
}

diesel::table! {
    people (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        email -> Bytea,
        email_index -> Bytea,
    }
}
