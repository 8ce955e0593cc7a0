use diesel::dsl::*;
use diesel::pg::sql_types::NullValueTreatment;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Record, Text};

use super::compare;

#[test]
fn jsonb_operators() {
    compare! { documents_of_json:
        concat: documents_of_json::body.concat(documents_of_json::patch),
        has_key: documents_of_json::body.has_key("a"),
        has_any_key: documents_of_json::body.has_any_key(vec!["d", "x"]),
        has_all_keys: documents_of_json::body.has_all_keys(vec!["a", "d"]),
        contains: documents_of_json::body.contains(documents_of_json::patch),
        is_contained_by: documents_of_json::body.is_contained_by(documents_of_json::patch),
        remove: documents_of_json::body.remove("a"),
        remove_an_index: documents_of_json::list.remove(0),
        remove_several: documents_of_json::body.remove(vec!["a", "d"]),
        remove_by_path: documents_of_json::body.remove_by_path(vec!["b", "c"]),
        of_a_nullable: documents_of_json::maybe.has_key("a"),
    }
}

#[test]
fn operators_of_both_kinds_of_json() {
    compare! { documents_of_json:
        retrieve_as_object: documents_of_json::plain.retrieve_as_object("a"),
        retrieve_as_object_by_index: documents_of_json::list.retrieve_as_object(1),
        retrieve_as_text: documents_of_json::body.retrieve_as_text("d"),
        retrieve_by_path_as_object: documents_of_json::plain.retrieve_by_path_as_object(vec!["a", "b"]),
        retrieve_by_path_as_text: documents_of_json::body.retrieve_by_path_as_text(vec!["b", "c"]),
        retrieve_by_a_column: documents_of_json::maybe.retrieve_as_text(documents_of_json::text),
    }
}

#[test]
fn json_functions() {
    compare! { documents_of_json:
        to_json: to_json(documents_of_json::text),
        to_jsonb: to_jsonb(documents_of_json::keys),
        json_object: json_object(documents_of_json::keys),
        json_object_with_keys_and_values:
            json_object_with_keys_and_values(documents_of_json::keys, documents_of_json::texts),
        json_typeof: json_typeof(documents_of_json::plain),
        json_strip_nulls: json_strip_nulls(documents_of_json::plain),
        json_array_length: json_array_length(documents_of_json::plain_list),
        row_to_json: row_to_json((documents_of_json::id, documents_of_json::text).into_sql::<Record<(Integer, Text)>>()),
        json_populate_record: json_populate_record(
            (documents_of_json::id, documents_of_json::text).into_sql::<Record<(Integer, Text)>>(),
            documents_of_json::plain,
        ),
    }
}

#[test]
fn jsonb_functions() {
    compare! { documents_of_json:
        jsonb_typeof: jsonb_typeof(documents_of_json::maybe),
        jsonb_pretty: jsonb_pretty(documents_of_json::body),
        jsonb_strip_nulls: jsonb_strip_nulls(documents_of_json::body),
        jsonb_array_length: jsonb_array_length(documents_of_json::list),
        jsonb_object: jsonb_object(documents_of_json::keys),
        jsonb_object_with_keys_and_values:
            jsonb_object_with_keys_and_values(documents_of_json::keys, documents_of_json::texts),
        jsonb_populate_record: jsonb_populate_record(
            (documents_of_json::id, documents_of_json::text).into_sql::<Record<(Integer, Text)>>(),
            documents_of_json::body,
        ),
        jsonb_set: jsonb_set(documents_of_json::body, vec!["a"].into_sql::<Array<Text>>(), documents_of_json::list),
        jsonb_set_create_if_missing:
            jsonb_set_create_if_missing(documents_of_json::body, vec!["z"].into_sql::<Array<Text>>(), documents_of_json::list, true),
        jsonb_set_lax: jsonb_set_lax(
            documents_of_json::body,
            vec!["a"].into_sql::<Array<Text>>(),
            documents_of_json::list,
            true,
            NullValueTreatment::UseJsonNull,
        ),
        jsonb_insert: jsonb_insert(documents_of_json::list, vec!["1"].into_sql::<Array<Text>>(), documents_of_json::patch),
        jsonb_insert_with_insert_after:
            jsonb_insert_with_insert_after(documents_of_json::list, vec!["1"].into_sql::<Array<Text>>(), documents_of_json::patch, true),
    }
}
