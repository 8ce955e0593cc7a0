// @generated automatically by Diesel CLI.

diesel::table! {
    countries (code) {
        code -> Text,
        label -> Text,
    }
}

diesel::table! {
    files (id) {
        id -> Int4,
        project_id -> Int4,
    }
}

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
        parent_id -> Int4,
        api_key -> Bytea,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        project_id -> Int4,
        project_name -> Text,
        token -> Nullable<Bytea>,
    }
}
