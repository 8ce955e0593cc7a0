// @generated automatically by Diesel CLI.

diesel::table! {
    lines (id) {
        id -> Int4,
        order_id -> Int4,
    }
}

diesel::table! {
    orders (tenant_id, shop, number) {
        tenant_id -> Int4,
        shop -> Int4,
        number -> Int4,
    }
}
