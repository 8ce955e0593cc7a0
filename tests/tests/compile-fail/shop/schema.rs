// @generated automatically by Diesel CLI.

diesel::table! {
    countries (code) {
        code -> Text,
        label -> Text,
    }
}

diesel::table! {
    projects (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        name -> Text,
        country -> Text,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        project_id -> Int4,
        title -> Text,
    }
}

diesel::joinable!(projects -> countries (country));

diesel::allow_tables_to_appear_in_same_query!(countries, projects, tasks,);
