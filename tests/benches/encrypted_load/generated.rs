// @generated automatically by Diesel CLI.

diesel::table! {
    long (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        one -> Bytea,
        two -> Bytea,
        three -> Bytea,
    }
}

diesel::table! {
    plain (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        one -> Bytea,
        two -> Bytea,
        three -> Bytea,
    }
}

diesel::table! {
    sealed (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        one -> Bytea,
        two -> Bytea,
        three -> Bytea,
    }
}
