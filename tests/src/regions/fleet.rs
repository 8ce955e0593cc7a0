// @generated automatically by Diesel CLI.

diesel::table! {
    machines (operator, id) {
        operator -> Int8,
        id -> Int4,
        country -> Text,
        site -> Int4,
        name -> Text,
    }
}

diesel::table! {
    sites (operator, country, number) {
        operator -> Int8,
        country -> Text,
        number -> Int4,
        name -> Text,
    }
}
