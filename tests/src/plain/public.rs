pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, Debug, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "status"))]
    pub struct Status;
}

diesel::table! {
    comments (id) {
        tenant_id -> Uuid,
        id -> Int4,
        task_id -> Int4,
        body -> Text,
    }
}

diesel::table! {
    countries (code) {
        code -> Text,
        label -> Text,
    }
}

diesel::table! {
    documents (id) {
        tenant_id -> Uuid,
        id -> Int4,
        title -> Text,
    }
}

diesel::table! {
    files (id) {
        id -> Int4,
        document_id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    legacy_events (id) {
        id -> Int4,
        tenant_id -> Nullable<Uuid>,
        kind -> Text,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        name -> Text,
    }
}

diesel::table! {
    projects (id) {
        tenant_id -> Uuid,
        id -> Int4,
        #[max_length = 80]
        name -> Varchar,
        country -> Nullable<Text>,
        parent_id -> Nullable<Int4>,
    }
}

diesel::table! {
    settings (tenant_id) {
        tenant_id -> Uuid,
        theme -> Text,
        #[sql_name = "type"]
        type_ -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Status;

    tasks (id) {
        tenant_id -> Uuid,
        id -> Int4,
        project_id -> Int4,
        title -> Text,
        status -> Status,
        points -> Int4,
        done -> Bool,
    }
}

diesel::joinable!(comments -> organisations (tenant_id));
diesel::joinable!(documents -> organisations (tenant_id));
diesel::joinable!(projects -> countries (country));
diesel::joinable!(projects -> organisations (tenant_id));
diesel::joinable!(settings -> organisations (tenant_id));
diesel::joinable!(tasks -> organisations (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(
    comments,
    countries,
    documents,
    files,
    legacy_events,
    organisations,
    projects,
    settings,
    tasks,
);
