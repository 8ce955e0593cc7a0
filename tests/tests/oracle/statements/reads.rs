//! What is random about every boxed SELECT, and about every write.

/// Adds random filters, an order, a limit and so on, and loads the rows or counts them.
///
/// `by` is an order in which no two rows are equal, of columns that are selected.
macro_rules! reads {
    ($on:ident, $random:ident, $query:expr => $row:ty, by $key:expr, where $($leaf:expr),+ $(,)?) => {{
        $random.mark(crate::grid::Dimension::Statement, "select");
        let mut query = $query.into_boxed();
        let source = source(&query);
        let leaf = one_of!($($leaf),+);
        for _ in 0..$random.below(4) {
            query = match $random.below(8) {
                0..=3 => query.filter(tree($random, source, &leaf)),
                4 | 5 => {
                    $random.mark(crate::grid::Dimension::Predicate, "or");
                    query.or_filter(tree($random, source, &leaf))
                }
                6 => query.filter(raw($random.raw())),
                _ => query.or_filter(raw($random.raw())),
            };
        }
        if $random.chance(12) {
            return rows::<i64, _>($on, query.count());
        }
        if $random.chance(20) {
            query = query.distinct();
        }
        if $random.chance(50) {
            $random.ordered = true;
            query = query.order($key);
            if $random.chance(50) {
                query = query.limit($random.below(6) as i64);
            }
            if $random.chance(30) {
                query = query.offset($random.below(4) as i64);
            }
        }
        rows::<$row, _>($on, query)
    }};
}

/// Any of some kinds of leaves.
macro_rules! one_of {
    ($($leaf:expr),+ $(,)?) => {
        |random: &mut Random| {
            const COUNT: usize = [$(stringify!($leaf)),+].len();
            let mut at = random.below(COUNT);
            $(
                if at == 0 {
                    return $leaf(random);
                }
                at = at.wrapping_sub(1);
            )+
            let _ = at;
            unreachable!("one leaf of {COUNT}")
        }
    };
}

/// Runs a write with a RETURNING clause or without.
macro_rules! writes {
    ($on:ident, $random:ident, $statement:expr, returning $returning:expr => $row:ty) => {
        if $random.chance(50) {
            rows::<$row, _>($on, $statement.returning($returning))
        } else {
            run($on, $statement)
        }
    };
}

/// Updates only where the predicate holds. Diesel has the method in a trait that its prelude leaves out.
macro_rules! only_if {
    ($upsert:expr, $predicate:expr) => {
        diesel::query_dsl::methods::FilterDsl::filter($upsert, $predicate)
    };
}
