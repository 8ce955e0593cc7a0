// @generated automatically by Diesel CLI.

diesel::table! {
    #[sql_name = "notes_small"]
    r#match (owner, id) {
        #[sql_name = "tenant_id"]
        owner -> Int4,
        id -> Int4,
        #[sql_name = "body"]
        r#type -> Text,
    }
}
