// @generated automatically by Diesel CLI.

pub mod archive {
    diesel::table! {
        archive.machines (belongs_to, id) {
            belongs_to -> Int4,
            id -> Int4,
            country -> Text,
            site -> Int4,
            name -> Text,
        }
    }

    diesel::table! {
        archive.sites (owner, country, number) {
            owner -> Int4,
            country -> Text,
            number -> Int4,
            name -> Text,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(machines, sites,);
}
