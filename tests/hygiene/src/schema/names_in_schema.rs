// @generated automatically by Diesel CLI.

pub mod one {
    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "result", schema = "one"))]
        pub struct Result;
    }

    diesel::table! {
        one.one (tenant_id, id) {
            tenant_id -> Int4,
            id -> Int4,
        }
    }

    diesel::table! {
        one.shared (id) {
            id -> Int4,
            r#type -> Text,
        }
    }

    diesel::table! {
        one.std (tenant_id, id) {
            tenant_id -> Int4,
            id -> Int4,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Result;

        one.table (tenant_id, id) {
            tenant_id -> Int4,
            id -> Int4,
            #[max_length = 3]
            other_table -> Varchar,
            result -> Nullable<Result>,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(shared, std, table,);
}
