// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "copy"))]
    pub struct Copy;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "default"))]
    pub struct Default;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "option"))]
    pub struct Option;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "result"))]
    pub struct Result;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "string"))]
    pub struct String;
}

diesel::table! {
    __sealed (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    all_columns (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    alloc (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    columns (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    core (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    registry (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    scoped (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    sealed (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    sql_type (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    star (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    std (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    tenant (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    tenancy (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    tenancy_diesel (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    uuid (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    dsl (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        #[sql_name = "dsl"]
        dsl_ -> Int4,
    }
}

diesel::table! {
    id (tenant_id, id_) {
        tenant_id -> Int4,
        #[sql_name = "id"]
        id_ -> Int4,
    }
}

diesel::table! {
    shared (id) {
        id -> Int4,
        column -> Int4,
        i32 -> Int4,
        r#type -> Text,
        #[sql_name = "shared"]
        shared_ -> Int4,
    }
}

diesel::table! {
    table (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        #[sql_name = "table"]
        table_ -> Int4,
        #[sql_name = "self"]
        self_ -> Int4,
    }
}

diesel::table! {
    tenant_id (tenant_id_, id) {
        #[sql_name = "tenant_id"]
        tenant_id_ -> Int4,
        id -> Int4,
    }
}

diesel::table! {
    r#type (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        char -> Int4,
        column -> Int4,
        i32 -> Int4,
        key -> Int4,
        r#match -> Int4,
        name -> Int4,
        owner -> Int4,
        relation -> Int4,
        scoped -> Int4,
        tables -> Int4,
        tenant -> Int4,
        u32 -> Int4,
        usize -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Copy;
    use super::sql_types::Default;
    use super::sql_types::Option;
    use super::sql_types::Result;
    use super::sql_types::String;

    types (tenant_id, id) {
        tenant_id -> Int4,
        id -> Int4,
        copy -> Copy,
        default -> Default,
        option -> Option,
        result -> Nullable<Result>,
        string -> Array<String>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(dsl, id, table, types,);
