// @generated automatically by Diesel CLI.

diesel::table! {
    notes (owner, id) {
        owner -> Int8,
        id -> Int4,
        body -> Text,
    }
}
