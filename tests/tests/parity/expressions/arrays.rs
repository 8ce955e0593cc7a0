use diesel::dsl::*;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};

use super::compare;

#[test]
fn array_operators() {
    compare! { arrays:
        overlaps_with: arrays::numbers.overlaps_with(arrays::others),
        contains: arrays::numbers.contains(arrays::others),
        is_contained_by: arrays::others.is_contained_by(arrays::numbers),
        index: arrays::numbers.index(2),
        concat: arrays::numbers.concat(arrays::others),
        contains_a_bound_array: arrays::numbers.contains(vec![Some(5)]),
        of_a_nullable_array: arrays::maybe.contains(arrays::maybe),
    }
}

#[test]
fn array_functions() {
    compare! { arrays:
        array: array::<Integer, _>((arrays::id, 7)),
        array_append: array_append(arrays::numbers, Some(4)),
        array_cat: array_cat(arrays::numbers, arrays::others),
        array_dims: array_dims(arrays::numbers),
        array_fill: array_fill(arrays::id, vec![2]),
        array_fill_with_lower_bound: array_fill_with_lower_bound(arrays::id, vec![2], vec![5]),
        array_length: array_length(arrays::numbers, 1),
        array_lower: array_lower(arrays::numbers, 1),
        array_ndims: array_ndims(arrays::maybe),
        array_position: array_position(arrays::numbers, Some(5)),
        array_position_with_subscript: array_position_with_subscript(arrays::numbers, Some(5), 2),
        array_positions: array_positions(arrays::numbers, Some(5)),
        array_prepend: array_prepend::<Nullable<Integer>, _, _, _>(Some(0), arrays::numbers),
        array_remove: array_remove(arrays::numbers, Some(5)),
        array_replace: array_replace(arrays::numbers, Some(5), Some(6)),
        array_to_json: array_to_json(arrays::numbers),
        array_to_string: array_to_string(arrays::words, "-"),
        array_to_string_with_null_string: array_to_string_with_null_string(arrays::maybe, "-", "none"),
        array_upper: array_upper(arrays::maybe, 1),
        cardinality: cardinality(arrays::maybe),
        trim_array: trim_array(arrays::numbers, 1),
        #[since 16] array_sample: array_dims(array_sample(arrays::numbers, 2)),
        #[since 16] array_shuffle: array_dims(array_shuffle(arrays::numbers)),
    }
}
