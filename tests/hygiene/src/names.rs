//! Tables and columns that are called like what the macros and Diesel generate.

#![allow(
    missing_docs,
    reason = "the modules of a schema file have no documentation"
)]

use ::tenancy::debug_query;
use ::tenancy::prelude::*;

::tenancy::tenant_schema! {
    include = ["schema/names.rs", "schema/names_in_schema.rs"],
    tenant = tenant_id: i32,
    shared = [shared, one::shared],
    aliases = [other_table = table, other_dsl = dsl, other_type = r#type],
    joins = [r#type.tables -> table, one::table.id -> r#type],
    crate = ::tenancy,
}

/// Statements on tables with awkward names, rendered.
///
/// # Panics
/// When the id is refused, which is positive.
#[must_use]
pub fn statements() -> Vec<String> {
    macro_rules! all {
        ($($statement:expr,)*) => {
            vec![$(debug_query($statement, 1).expect("positive").to_string()),*]
        };
    }
    all![
        table::table
            .inner_join(r#type::table)
            .inner_join(other_table::table.on(other_table::table_.eq(table::self_)))
            .select((r#type::r#match, r#type::i32, other_table::table_)),
        one::table::table
            .left_join(r#type::table)
            .inner_join(table::table.on(table::id.eq(one::table::id)))
            .select((one::table::other_table, table::id)),
        scoped(shared::table).select((shared::r#type, shared::i32, shared::shared_)),
        insert_into(r#type::table).values((r#type::r#match.eq(1), r#type::usize.eq(2))),
        update(columns::table.find(1)).set(columns::columns::id.eq(2)),
        delete(one::std::table.filter(one::std::id.eq(1))),
        dsl::table
            .inner_join(other_dsl::table.on(other_dsl::dsl_.eq(dsl::dsl_)))
            .select(dsl::dsl::dsl_),
        id::table
            .inner_join(core::table.on(core::id.eq(id::id_)))
            .select(id::id_),
        tenant_id::table.find(1).select(tenant_id::tenant_id_),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn awkward_names_are_columns_and_tables_like_any_other() {
        assert_eq!(
            super::statements(),
            [
                r#"SELECT "type"."match", "type"."i32", "other_table"."table" FROM (((SELECT * FROM "table" WHERE "tenant_id" = $1) AS "table" INNER JOIN (SELECT * FROM "type" WHERE "tenant_id" = $2) AS "type" ON ("type"."tables" = "table"."id")) INNER JOIN (SELECT * FROM "table" WHERE "tenant_id" = $3) AS "other_table" ON ("other_table"."table" = "table"."self")) -- binds: [1, 1, 1]"#,
                r#"SELECT "one.table"."other_table", "table"."id" FROM (((SELECT * FROM "one"."table" WHERE "tenant_id" = $1) AS "one.table" LEFT OUTER JOIN (SELECT * FROM "type" WHERE "tenant_id" = $2) AS "type" ON ("one.table"."id" = "type"."id")) INNER JOIN (SELECT * FROM "table" WHERE "tenant_id" = $3) AS "table" ON ("table"."id" = "one.table"."id")) -- binds: [1, 1, 1]"#,
                r#"SELECT "shared"."type", "shared"."i32", "shared"."shared" FROM "shared" -- binds: []"#,
                r#"INSERT INTO "type" AS "type" ("tenant_id", "match", "usize") VALUES ($1, $2, $3) -- binds: [1, 1, 2]"#,
                r#"UPDATE "columns" AS "columns" SET "id" = $1 WHERE ("columns"."id" = $2) AND "columns"."tenant_id" = $3 -- binds: [2, 1, 1]"#,
                r#"DELETE FROM "one"."std" AS "one.std" WHERE ("one.std"."id" = $1) AND "one.std"."tenant_id" = $2 -- binds: [1, 1]"#,
                r#"SELECT "dsl"."dsl" FROM ((SELECT * FROM "dsl" WHERE "tenant_id" = $1) AS "dsl" INNER JOIN (SELECT * FROM "dsl" WHERE "tenant_id" = $2) AS "other_dsl" ON ("other_dsl"."dsl" = "dsl"."dsl")) -- binds: [1, 1]"#,
                r#"SELECT "id"."id" FROM ((SELECT * FROM "id" WHERE "tenant_id" = $1) AS "id" INNER JOIN (SELECT * FROM "core" WHERE "tenant_id" = $2) AS "core" ON ("core"."id" = "id"."id")) -- binds: [1, 1]"#,
                r#"SELECT "tenant_id"."tenant_id" FROM (SELECT * FROM "tenant_id" WHERE "tenant_id" = $1) AS "tenant_id" WHERE ("tenant_id"."id" = $2) -- binds: [1, 1]"#,
            ]
        );
    }
}
