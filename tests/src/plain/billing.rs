pub mod billing {
    diesel::table! {
        billing.invoices (id) {
            customer -> Uuid,
            id -> Int4,
            project_id -> Int4,
            cents -> Int8,
        }
    }

    diesel::table! {
        billing.projects (id) {
            customer -> Uuid,
            id -> Int4,
            name -> Text,
            budget -> Int8,
        }
    }

    diesel::joinable!(invoices -> projects (project_id));

    diesel::allow_tables_to_appear_in_same_query!(invoices, projects,);
}
