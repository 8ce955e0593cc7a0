use diesel::dsl::*;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

use super::compare;

#[test]
fn comparisons() {
    compare! { samples:
        eq: samples::amount.eq(20),
        ne: samples::amount.ne(samples::id),
        gt: samples::amount.gt(15),
        ge: samples::amount.ge(20),
        lt: samples::amount.lt(20),
        le: samples::amount.le(20),
        between: samples::amount.between(15, 25),
        not_between: samples::amount.not_between(15, 25),
        eq_any: samples::id.eq_any([1, 3]),
        ne_all: samples::id.ne_all(vec![1, 3]),
        is_null: samples::note.is_null(),
        is_not_null: samples::note.is_not_null(),
        is_distinct_from: samples::note.is_distinct_from("note a"),
        is_not_distinct_from: samples::maybe_amount.is_not_distinct_from(None::<i32>),
        a_nullable_with_a_value: samples::maybe_amount.eq(9),
        of_another_tenant: samples::tenant_id.eq(tenancy_tests::B.0),
    }
}

#[test]
fn booleans() {
    compare! { samples:
        and: samples::flag.and(samples::id.gt(1)),
        or: samples::flag.or(samples::id.gt(2)),
        and_of_a_nullable: samples::maybe.and(samples::flag),
        not: not(samples::flag),
    }
}

#[test]
fn texts() {
    compare! { samples:
        concat: samples::name.concat("!"),
        like: samples::name.like("%a"),
        not_like: samples::note.not_like("%a"),
        ilike: samples::name.ilike("ANNA%"),
        not_ilike: samples::name.not_ilike("ANNA%"),
        similar_to: samples::name.similar_to("(A|C)%"),
        not_similar_to: samples::name.not_similar_to("(A|C)%"),
        escape: samples::name.like("bert#_%").escape('#'),
        escape_of_ilike: samples::name.not_ilike("BERT#_%").escape('#'),
        #[since 16] is_json: samples::name.is_json(),
        #[since 16] is_not_json: samples::name.is_not_json(),
        #[since 16] is_json_object: samples::name.is_json_object(),
        #[since 16] is_not_json_object: samples::name.is_not_json_object(),
        #[since 16] is_json_array: samples::name.is_json_array(),
        #[since 16] is_not_json_array: samples::name.is_not_json_array(),
        #[since 16] is_json_scalar: samples::name.is_json_scalar(),
        #[since 16] is_not_json_scalar: samples::name.is_not_json_scalar(),
    }
}

#[test]
fn bytes() {
    compare! { samples:
        concat: samples::data.concat(samples::more_data),
        like: samples::data.like(samples::more_data),
        not_like: samples::data.not_like(vec![1u8, 2]),
    }
}

#[test]
fn arithmetic() {
    compare! { samples:
        add: samples::amount + 1,
        sub: samples::amount - samples::id,
        mul: samples::ratio * 2.0,
        div: samples::big / 7i64,
        of_a_nullable: samples::maybe_amount + samples::id.nullable(),
        of_a_small_integer: samples::small + 1i16,
        of_a_numeric: samples::price * samples::price,
    }
}

#[test]
fn conversions() {
    compare! { samples:
        nullable: samples::amount.nullable().eq(samples::maybe_amount),
        assume_not_null: samples::note.assume_not_null().eq("note a"),
        cast: samples::amount.cast::<BigInt>(),
        cast_to_text: samples::amount.cast::<Text>(),
        cast_of_a_nullable: samples::maybe_amount.cast::<Nullable<BigInt>>(),
        fallible_cast: samples::big.fallible_cast::<Integer>(),
        into_sql: 7.into_sql::<Integer>() + samples::id,
        as_sql: borrowed(&7) + samples::id,
        case_when: case_when(samples::flag, samples::name).when(samples::id.eq(2), "two").otherwise("no"),
        case_when_without_otherwise: case_when(samples::flag, samples::id),
        sql: sql::<Integer>("amount * 2"),
        sql_with_a_bind: sql::<Bool>("amount > ").bind::<Integer, _>(15).sql(" AND TRUE"),
        sql_with_an_expression: sql::<Bool>("NOT ").bind::<Bool, _>(samples::flag),
        literal: sql::<Integer>("1").sql(" + 2"),
    }
}

/// The list owns its expressions, and `as_sql` borrows.
fn borrowed(number: &'static i32) -> AsExprOf<&'static i32, Integer> {
    number.as_sql::<Integer>()
}

define_sql_function! {
    /// A function of PostgreSQL's that Diesel does not know.
    fn initcap(text: Text) -> Text;
}

#[declare_sql_function]
extern "SQL" {
    /// Another one.
    #[sql_name = "left"]
    fn left_of(text: Text, length: Integer) -> Text;
}

diesel::infix_operator!(Modulo, " % ", Integer, backend: diesel::pg::Pg);
diesel::postfix_operator!(IsTrue, " IS TRUE", Bool, backend: diesel::pg::Pg);
diesel::prefix_operator!(Absolute, "@ ", Integer, backend: diesel::pg::Pg);

#[test]
fn functions_and_operators_of_the_application() {
    compare! { samples:
        define_sql_function: initcap(samples::name),
        declare_sql_function: left_of(samples::name, 2),
        infix_operator: Modulo::new(samples::amount, samples::id),
        postfix_operator: IsTrue::new(samples::maybe),
        prefix_operator: Absolute::new(samples::id - 5),
    }
}
