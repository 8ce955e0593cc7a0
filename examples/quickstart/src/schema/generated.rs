// @generated automatically by Diesel CLI.

diesel::table! {
    attachments (id) {
        id -> Int8,
        comment_id -> Int8,
        file_name -> Text,
    }
}

diesel::table! {
    comments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int8,
        task_id -> Int4,
        author_id -> Int4,
        body -> Text,
    }
}

diesel::table! {
    countries (code) {
        code -> Text,
        name -> Text,
    }
}

diesel::table! {
    integrations (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
        token -> Bytea,
    }
}

diesel::table! {
    members (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
        email -> Text,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        name -> Text,
        country_code -> Text,
    }
}

diesel::table! {
    projects (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
        parent_id -> Nullable<Int4>,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        project_id -> Int4,
        assignee_id -> Nullable<Int4>,
        title -> Text,
        done -> Bool,
    }
}

diesel::joinable!(comments -> organisations (tenant_id));
diesel::joinable!(integrations -> organisations (tenant_id));
diesel::joinable!(members -> organisations (tenant_id));
diesel::joinable!(organisations -> countries (country_code));
diesel::joinable!(projects -> organisations (tenant_id));
diesel::joinable!(tasks -> organisations (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(
    attachments,
    comments,
    countries,
    integrations,
    members,
    organisations,
    projects,
    tasks,
);
