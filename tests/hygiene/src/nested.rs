//! The macro in a private module of a private module, and models with parameters.

use std::borrow::Cow;
use std::hash::Hash;

use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::sql_types::Integer;
use tenancy::debug_query;
use tenancy::prelude::*;

mod outer {
    pub(super) mod inner {
        /// The tenant id.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, tenancy::TenantId)]
        #[tenant_id(crate = tenancy)]
        pub struct OrgId(pub(in crate::nested) i64);

        tenancy::tenant_schema! {
            include = "schema/nested.rs",
            tenant = owner: OrgId,
            crate = tenancy,
        }
    }
}

use outer::inner::{OrgId, notes};

/// A model with a lifetime, for Diesel's derives as well.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset, TenantScoped)]
#[diesel(table_name = notes)]
#[tenant_scoped(crate = tenancy)]
struct Note<'a> {
    id: i32,
    body: Cow<'a, str>,
}

/// A model with parameters of every kind.
#[derive(Debug, TenantScoped)]
#[diesel(table_name = notes)]
#[tenant_scoped(crate = tenancy)]
struct Marked<'a, 'b: 'a, K: Hash, T: ?Sized = str, const N: usize = 2>
where
    K: Eq + Copy,
    for<'k> &'k K: AsExpression<Integer, Expression = Bound<Integer, &'k K>>,
{
    id: K,
    #[diesel(embed)]
    marks: [&'a T; N],
    #[diesel(embed)]
    more: &'b str,
}

/// Statements of models with parameters, rendered.
///
/// # Panics
/// When the id is refused, which is positive.
#[must_use]
pub fn statements() -> Vec<String> {
    macro_rules! all {
        ($($statement:expr,)*) => {
            vec![$(debug_query($statement, OrgId(1)).expect("positive").to_string()),*]
        };
    }
    let note = Note {
        id: 1,
        body: "a text".into(),
    };
    let marked = Marked {
        id: 2,
        marks: ["a", "b"],
        more: "c",
    };
    let body = marked.marks.concat() + marked.more;
    all![
        insert_into(notes::table).values(&note),
        update(&note).set(&note),
        update(&marked).set(notes::body.eq(body)),
        delete(&marked),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn models_with_parameters_are_written_by_their_key() {
        assert_eq!(
            super::statements(),
            [
                r#"INSERT INTO "notes" AS "notes" ("owner", "id", "body") VALUES ($1, $2, $3) -- binds: [OrgId(1), 1, "a text"]"#,
                r#"UPDATE "notes" AS "notes" SET "body" = $1 WHERE ("notes"."id" = $2) AND "notes"."owner" = $3 -- binds: ["a text", 1, OrgId(1)]"#,
                r#"UPDATE "notes" AS "notes" SET "body" = $1 WHERE ("notes"."id" = $2) AND "notes"."owner" = $3 -- binds: ["abc", 2, OrgId(1)]"#,
                r#"DELETE FROM "notes" AS "notes" WHERE ("notes"."id" = $1) AND "notes"."owner" = $2 -- binds: [2, OrgId(1)]"#,
            ]
        );
    }
}
