// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
        api_key -> Bytea,
        recovery -> Nullable<Bytea>,
    }
}

diesel::table! {
    logins (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        account_id -> Int4,
        secret -> Bytea,
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

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    logins,
    people,
);
