// @generated automatically by Diesel CLI.

diesel::table! {
    chapters (id) {
        id -> Int4,
        page_id -> Int4,
    }
}

diesel::table! {
    organisations (id) {
        id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    pages (id) {
        id -> Int4,
        chapter_id -> Int4,
        org_id -> Int4,
    }
}
