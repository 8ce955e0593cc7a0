// @generated automatically by Diesel CLI.

pub mod billing {
    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "status", schema = "billing"))]
        pub struct Status;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Status;

        billing.invoices (customer, number) {
            customer -> Uuid,
            number -> Int4,
            status -> Nullable<Status>,
        }
    }

    diesel::table! {
        billing.r#type (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Int4,
        }
    }
}
