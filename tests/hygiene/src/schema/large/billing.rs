// @generated automatically by Diesel CLI.

pub mod billing {
    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "currency", schema = "billing"))]
        pub struct Currency;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.coupons (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.credits (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.discounts (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.fees (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.invoices (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.ledgers (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.orders (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.payments (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.payouts (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.prices (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.quotes (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.receipts (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.refunds (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.subscriptions (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Currency;

        billing.taxes (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            status -> Currency,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::table! {
        billing.vouchers (customer_id, id) {
            customer_id -> Uuid,
            id -> Uuid,
            parent_id -> Uuid,
            label -> Text,
            position -> Int4,
            note -> Nullable<Text>,
            created_at -> Timestamptz,
            active -> Bool,
            version -> Int8,
            due_on -> Nullable<Date>,
            data -> Jsonb,
            tags -> Array<Nullable<Text>>,
            amount -> Numeric,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(
        coupons,
        credits,
        discounts,
        fees,
        invoices,
        ledgers,
        orders,
        payments,
        payouts,
        prices,
        quotes,
        receipts,
        refunds,
        subscriptions,
        taxes,
        vouchers,
    );
}
