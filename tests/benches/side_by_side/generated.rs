diesel::table! {
    customers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
    }
}

diesel::table! {
    orders (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        customer_id -> Int4,
        note -> Text,
    }
}

diesel::table! {
    items (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        order_id -> Int4,
        name -> Text,
        quantity -> Int4,
    }
}

diesel::allow_tables_to_appear_in_same_query!(customers, orders, items);
