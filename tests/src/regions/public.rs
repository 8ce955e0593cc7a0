// @generated automatically by Diesel CLI.

diesel::table! {
    machines (company, id) {
        company -> Int4,
        id -> Int4,
        country -> Text,
        site -> Int4,
        name -> Text,
    }
}

diesel::table! {
    sites (company, country, number) {
        company -> Int4,
        country -> Text,
        number -> Int4,
        name -> Text,
    }
}
