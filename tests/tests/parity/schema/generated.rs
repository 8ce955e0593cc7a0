// @generated automatically by Diesel CLI.

diesel::table! {
    arrays (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        numbers -> Array<Nullable<Int4>>,
        others -> Array<Nullable<Int4>>,
        words -> Array<Nullable<Text>>,
        maybe -> Nullable<Array<Nullable<Int4>>>,
    }
}

diesel::table! {
    documents_of_json (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        body -> Jsonb,
        patch -> Jsonb,
        list -> Jsonb,
        plain -> Json,
        plain_list -> Json,
        maybe -> Nullable<Jsonb>,
        keys -> Array<Nullable<Text>>,
        texts -> Array<Nullable<Text>>,
        text -> Text,
    }
}

diesel::table! {
    hosts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        address -> Inet,
        other -> Inet,
        net -> Cidr,
        maybe -> Nullable<Inet>,
    }
}

diesel::table! {
    moments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        at -> Timestamptz,
        until -> Timestamptz,
        local -> Timestamp,
        local_until -> Timestamp,
        day -> Date,
        hour -> Time,
        length -> Interval,
        maybe -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    ranges (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        span -> Int4range,
        other -> Int4range,
        spans -> Int4multirange,
        others -> Int4multirange,
        maybe -> Nullable<Int4range>,
        amount -> Int4,
    }
}

diesel::table! {
    samples (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Int4,
        name -> Text,
        note -> Nullable<Text>,
        flag -> Bool,
        maybe -> Nullable<Bool>,
        small -> Int2,
        amount -> Int4,
        maybe_amount -> Nullable<Int4>,
        big -> Int8,
        ratio -> Float8,
        price -> Numeric,
        data -> Bytea,
        more_data -> Bytea,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    arrays,
    documents_of_json,
    hosts,
    moments,
    ranges,
    samples,
);
