// @generated automatically by Diesel CLI.

diesel::table! {
    countries (code) {
        code -> Text,
        label -> Text,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        name -> Text,
    }
}

diesel::table! {
    projects (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
    }
}

diesel::joinable!(projects -> organisations (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(countries, organisations, projects,);
