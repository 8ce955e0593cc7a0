// @generated automatically by Diesel CLI.

pub mod billing {
    diesel::table! {
        billing.invoices (customer, id) {
            customer -> Uuid,
            id -> Int4,
            project_id -> Int4,
            cents -> Int8,
        }
    }

    diesel::table! {
        billing.projects (customer, id) {
            customer -> Uuid,
            id -> Int4,
            name -> Text,
            budget -> Int8,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(invoices, projects,);
}
