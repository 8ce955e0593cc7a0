use diesel::dsl::*;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::compare_aggregates;

#[declare_sql_function]
extern "SQL" {
    /// An aggregate function of PostgreSQL's that Diesel does not know.
    #[aggregate]
    fn string_agg(text: Text, separator: Text) -> Text;
}

#[test]
fn aggregates() {
    compare_aggregates! { samples:
        count: count(samples::note),
        count_star: count_star(),
        max: max(samples::amount),
        max_of_a_nullable: max(samples::maybe_amount),
        min: min(samples::name),
        sum: sum(samples::amount),
        sum_of_a_big_integer: sum(samples::big),
        avg: avg(samples::amount),
        avg_of_a_double: avg(samples::ratio),
        an_expression_of_aggregates: max(samples::amount) - min(samples::amount),
        case_when_of_an_aggregate: case_when(count_star().gt(2i64), count_star()).otherwise(0i64),
    }
}

#[test]
fn clauses_of_aggregates() {
    compare_aggregates! { samples:
        aggregate_distinct: count(samples::note).aggregate_distinct(),
        aggregate_all: count(samples::note).aggregate_all(),
        aggregate_filter: sum(samples::amount).aggregate_filter(samples::id.gt(1)),
        aggregate_order: string_agg(samples::name, ",").aggregate_order(samples::id.desc()),
        all_of_them: string_agg(samples::name, ",")
            .aggregate_distinct()
            .aggregate_filter(samples::flag)
            .aggregate_order(samples::name),
    }
}
