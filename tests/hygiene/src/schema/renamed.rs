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
    legacy (id) {
        id -> Int4,
        tenant_id -> Int4,
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
        parent_id -> Nullable<Int4>,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        project_id -> Int4,
        title -> Nullable<Text>,
        secret -> Nullable<Bytea>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    countries,
    files,
    legacy,
    organisations,
    projects,
    tasks,
);
