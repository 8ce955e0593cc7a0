// @generated automatically by Diesel CLI.

diesel::table! {
    patients (clinic_id, id) {
        clinic_id -> Int4,
        id -> Int4,
        name -> Text,
    }
}
