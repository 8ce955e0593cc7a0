// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        api_key -> Bytea,
        note -> Nullable<Bytea>,
    }
}

diesel::table! {
    devices (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        token -> Bytea,
    }
}

diesel::table! {
    documents (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        title -> Text,
    }
}

diesel::table! {
    pages (document_id, number) {
        document_id -> Int4,
        number -> Int4,
        body -> Bytea,
    }
}

diesel::table! {
    people (tenant_id, name) {
        tenant_id -> Uuid,
        name -> Text,
        plain_email -> Nullable<Text>,
        plain_pin -> Nullable<Int4>,
        plain_photo -> Nullable<Bytea>,
        email -> Nullable<Bytea>,
        email_index -> Nullable<Bytea>,
        pin -> Nullable<Bytea>,
        photo -> Nullable<Bytea>,
    }
}

diesel::table! {
    readings (tenant_id, place, at, number) {
        tenant_id -> Uuid,
        place -> Text,
        at -> Timestamptz,
        number -> Int8,
        value -> Bytea,
    }
}

diesel::table! {
    settings (tenant_id) {
        tenant_id -> Uuid,
        secret -> Nullable<Bytea>,
    }
}

diesel::joinable!(pages -> documents (document_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts, devices, documents, pages, people, readings, settings,
);
