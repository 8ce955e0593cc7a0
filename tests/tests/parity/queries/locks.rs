use diesel::prelude::*;

use crate::world::World;

/// A lock that another transaction waits for is a lock: a second connection skips the row.
#[test]
fn row_locks() {
    let world = World::new();
    macro_rules! locks {
        ($($lock:ident)+) => {$(
            let rows = same!(world, |conn| projects::table
                .find(1)
                .select(projects::id)
                .$lock()
                .load::<i32>(conn));
            assert_eq!(rows, Ok(vec![1]), stringify!($lock));
        )+};
    }
    locks!(for_update for_no_key_update for_share for_key_share);
    for shared in &world.shared {
        use crate::names::scoped::projects;
        let mut first = shared.scope();
        let locked: QueryResult<usize> = first.transaction(|first| {
            projects::table.find(1).for_update().execute(first)?;
            let other = &mut shared.scope();
            let free = projects::table
                .select(projects::id)
                .order(projects::id)
                .for_update()
                .skip_locked()
                .load::<i32>(other)?;
            assert_eq!(free, [2, 3]);
            let refused = projects::table
                .find(1)
                .select(projects::id)
                .for_update()
                .no_wait()
                .load::<i32>(other);
            assert!(
                refused
                    .unwrap_err()
                    .to_string()
                    .contains("could not obtain lock")
            );
            // `FOR KEY SHARE` gets past the weaker lock only.
            let refused = projects::table
                .find(1)
                .select(projects::id)
                .for_key_share()
                .no_wait()
                .load::<i32>(other);
            assert!(refused.is_err());
            Ok(free.len())
        });
        assert_eq!(locked, Ok(2));
    }
}

#[test]
fn modified_locks() {
    let world = World::new();
    let rows = same!(world, |conn| projects::table
        .order(projects::id)
        .select(projects::id)
        .for_update()
        .skip_locked()
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2, 3]));
    let rows = same!(world, |conn| projects::table
        .order(projects::id)
        .select(projects::id)
        .for_no_key_update()
        .no_wait()
        .load::<i32>(conn));
    assert_eq!(rows, Ok(vec![1, 2, 3]));
}
