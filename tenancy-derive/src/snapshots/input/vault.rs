diesel::table! {
    people (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        email -> Nullable<Bytea>,
        email_index -> Bytea,
    }
}
