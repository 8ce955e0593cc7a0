use std::ops::Bound;

use diesel::dsl::*;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Numeric, RangeBound, Timestamp, Timestamptz};

use super::compare;

#[test]
fn range_operators() {
    compare! { ranges:
        contains: ranges::span.contains(3),
        contains_of_a_multirange: ranges::spans.contains(3),
        contains_range: ranges::span.contains_range(ranges::other),
        contains_a_bound_range: ranges::span.contains_range((Bound::Included(2), Bound::Excluded(3))),
        is_contained_by: ranges::other.is_contained_by(ranges::span),
        overlaps_with: ranges::spans.overlaps_with(ranges::others),
        range_extends_right_to: ranges::span.range_extends_right_to(ranges::other),
        range_extends_left_to: ranges::span.range_extends_left_to(ranges::other),
        lesser_than: ranges::span.lesser_than(ranges::other),
        greater_than: ranges::other.greater_than(ranges::span),
        range_adjacent: ranges::span.range_adjacent(ranges::other),
        union_range: ranges::span.union_range(ranges::other),
        difference_range: ranges::spans.difference_range(ranges::others),
        intersection_range: ranges::span.intersection_range(ranges::other),
        is_contained_by_range: ranges::amount.is_contained_by_range(ranges::span),
    }
}

#[test]
fn range_functions() {
    compare! { ranges:
        lower: lower(ranges::span),
        upper: upper(ranges::span),
        lower_of_a_nullable: lower(ranges::maybe),
        upper_of_a_multirange: upper(ranges::spans),
        isempty: isempty(ranges::maybe),
        lower_inc: lower_inc(ranges::span),
        upper_inc: upper_inc(ranges::span),
        lower_inf: lower_inf(ranges::maybe),
        upper_inf: upper_inf(ranges::spans),
        range_merge: range_merge(ranges::span, ranges::other),
        multirange_merge: multirange_merge(ranges::spans),
        int4range: int4range(ranges::amount.nullable(), Some(99), RangeBound::LowerBoundInclusiveUpperBoundInclusive),
        int8range: int8range(
            ranges::amount.nullable().cast::<diesel::sql_types::Nullable<BigInt>>(),
            Some(99),
            RangeBound::LowerBoundExclusiveUpperBoundInclusive,
        ),
    }
}

#[test]
fn range_functions_of_numbers_and_times() {
    compare! { samples:
        numrange: numrange(
            samples::price.nullable(),
            None::<diesel::data_types::PgNumeric>.into_sql::<diesel::sql_types::Nullable<Numeric>>(),
            RangeBound::LowerBoundInclusiveUpperBoundExclusive,
        ),
    }
    compare! { moments:
        tsrange: tsrange(
            moments::local.nullable(),
            moments::local_until.nullable(),
            RangeBound::LowerBoundInclusiveUpperBoundExclusive,
        ),
        tstzrange: tstzrange(
            moments::at.nullable(),
            moments::until.nullable(),
            RangeBound::LowerBoundExclusiveUpperBoundExclusive,
        ),
        daterange: daterange(
            moments::day.nullable(),
            None::<diesel::data_types::PgDate>.into_sql::<diesel::sql_types::Nullable<Date>>(),
            RangeBound::LowerBoundInclusiveUpperBoundExclusive,
        ),
        of_a_bound_timestamp: tsrange(
            None::<diesel::data_types::PgTimestamp>.into_sql::<diesel::sql_types::Nullable<Timestamp>>(),
            moments::local_until.nullable(),
            RangeBound::LowerBoundInclusiveUpperBoundExclusive,
        ),
        of_a_bound_timestamptz: tstzrange(
            None::<diesel::data_types::PgTimestamp>.into_sql::<diesel::sql_types::Nullable<Timestamptz>>(),
            moments::maybe,
            RangeBound::LowerBoundInclusiveUpperBoundExclusive,
        ),
    }
}
