// @generated automatically by Diesel CLI.

diesel::table! {
    activity (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        at -> Timestamptz,
        actor -> Text,
        action -> Text,
        subject -> Text,
    }
}

diesel::table! {
    api_tokens (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        token -> Bytea,
        last_four -> Text,
        created_by -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    attachments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        task_id -> Uuid,
        file_name -> Text,
        bytes -> Int8,
        uploaded_by -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    comments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        task_id -> Uuid,
        author_id -> Nullable<Uuid>,
        author -> Text,
        body -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    invitations (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        email -> Text,
        role -> Text,
        token_hash -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    members (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        email -> Text,
        role -> Text,
        joined_at -> Timestamptz,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    projects (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        description -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reports (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        status -> Text,
        requested_by -> Text,
        requested_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        result -> Nullable<Text>,
    }
}

diesel::table! {
    tasks (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        assignee_id -> Nullable<Uuid>,
        title -> Text,
        description -> Text,
        status -> Text,
        due_on -> Nullable<Date>,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(activity -> organisations (tenant_id));
diesel::joinable!(api_tokens -> organisations (tenant_id));
diesel::joinable!(attachments -> organisations (tenant_id));
diesel::joinable!(comments -> organisations (tenant_id));
diesel::joinable!(invitations -> organisations (tenant_id));
diesel::joinable!(members -> organisations (tenant_id));
diesel::joinable!(projects -> organisations (tenant_id));
diesel::joinable!(reports -> organisations (tenant_id));
diesel::joinable!(tasks -> organisations (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(
    activity,
    api_tokens,
    attachments,
    comments,
    invitations,
    members,
    organisations,
    projects,
    reports,
    tasks,
);
