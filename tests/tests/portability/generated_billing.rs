// @generated automatically by Diesel CLI.

pub mod billing {
    diesel::table! {
        billing.people (customer, id) {
            customer -> Uuid,
            id -> Int4,
            cents -> Int8,
        }
    }
}
