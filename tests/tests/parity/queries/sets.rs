use diesel::prelude::*;
use diesel::query_dsl::positional_order_dsl::{IntoPositionalOrderExpr as _, PositionalOrderDsl};

use crate::world::World;

#[test]
fn set_operations() {
    let world = World::to_read();
    macro_rules! operations {
        ($($operation:ident: $rows:expr,)+) => {$(
            let rows = same!(world, |conn| {
                let mut rows = tasks::table
                    .select(tasks::project_id)
                    .$operation(projects::table.select(projects::id).filter(projects::id.ne(1)))
                    .load::<i32>(conn)
                    .unwrap();
                rows.sort_unstable();
                rows
            });
            assert_eq!(rows, $rows, stringify!($operation));
        )+};
    }
    operations! {
        union: [1, 2, 3],
        union_all: [1, 1, 2, 2, 2, 3],
        intersect: [2],
        intersect_all: [2],
        except: [1],
        except_all: [1, 1, 2],
    }
}

#[test]
fn set_operations_are_ordered_by_position() {
    let world = World::to_read();
    let rows = same!(world, |conn| tasks::table
        .select((tasks::id, tasks::title))
        .union(projects::table.select((projects::id, projects::name)))
        .positional_order_by((1, 2.into_positional_expr().desc()))
        .load::<(i32, String)>(conn));
    assert_eq!(rows.unwrap().len(), 7);
    let rows = same!(world, |conn| tasks::table
        .select(tasks::title)
        .union(projects::table.select(projects::name))
        .positional_order_by(1.into_positional_expr().asc())
        .limit(2)
        .offset(1)
        .load::<String>(conn));
    assert_eq!(rows, Ok(vec!["beta a".to_owned(), "four a".to_owned()]));
}
