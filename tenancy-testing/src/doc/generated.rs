// @generated automatically by Diesel CLI.

diesel::table! {
    organisations (id) {
        id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    projects (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(organisations, projects,);
