// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (merchant_id, id) {
        merchant_id -> Text,
        id -> Int4,
        api_key -> Nullable<Bytea>,
        plain_pin -> Nullable<Int4>,
        pin -> Nullable<Bytea>,
    }
}

diesel::table! {
    countries (code) {
        code -> Text,
    }
}

diesel::table! {
    merchants (id) {
        id -> Text,
        name -> Text,
    }
}

diesel::table! {
    projects (merchant_id, id) {
        merchant_id -> Text,
        id -> Int4,
        name -> Text,
        budget -> Numeric,
    }
}
