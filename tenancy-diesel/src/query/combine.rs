use diesel::dsl;
use diesel::query_builder::{AsQuery, Query};
use diesel::query_dsl::CombineDsl;

use super::ScopedQuery;

/// The set operations. Diesel's `CombineDsl` asks for a plain query on the right, so these are
/// methods of the wrapper, with the same names.
macro_rules! set_operations {
    ($($method:ident -> $output:ident, $words:literal;)*) => {
        impl<Q, Id> ScopedQuery<Q, Id> {
            $(
                #[doc = $words]
                pub fn $method<R>(self, rhs: ScopedQuery<R, Id>) -> ScopedQuery<dsl::$output<Q, R>, Id>
                where
                    Q: CombineDsl,
                    R: AsQuery<SqlType = <<Q as CombineDsl>::Query as Query>::SqlType>,
                {
                    self.map(|q| CombineDsl::$method(q, rhs.inner))
                }
            )*
        }
    };
}

set_operations! {
    union -> Union, "`UNION`: the rows of both queries, without duplicates.";
    union_all -> UnionAll, "`UNION ALL`: the rows of both queries, with duplicates.";
    intersect -> Intersect, "`INTERSECT`: the rows that both queries have, without duplicates.";
    intersect_all -> IntersectAll, "`INTERSECT ALL`: the rows that both queries have, with duplicates.";
    except -> Except, "`EXCEPT`: the rows that only this query has, without duplicates.";
    except_all -> ExceptAll, "`EXCEPT ALL`: the rows that only this query has, with duplicates.";
}
