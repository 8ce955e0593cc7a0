// @generated automatically by Diesel CLI.

pub mod vault {
    diesel::table! {
        vault.accounts (tenant_id, id) {
            tenant_id -> Uuid,
            id -> Int4,
            secret -> Bytea,
        }
    }
}
