::diesel::table! {
    notes (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}
