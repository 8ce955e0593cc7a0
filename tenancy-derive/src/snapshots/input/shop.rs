// @generated automatically by Diesel CLI.

diesel::table! {
    countries (code) {
        code -> Text,
    }
}

diesel::table! {
    files (id) {
        id -> Int4,
        project_id -> Int4,
    }
}

diesel::table! {
    legacy (id) {
        id -> Int4,
        tenant_id -> Uuid,
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
        id -> Int4,
        api_key -> Bytea,
    }
}

diesel::table! {
    sites (tenant_id, region, number) {
        tenant_id -> Uuid,
        region -> Text,
        number -> Int4,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        region -> Text,
        number -> Int4,
    }
}

diesel::allow_tables_to_appear_in_same_query!(countries, files, legacy, projects, tasks,);
