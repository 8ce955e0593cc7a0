//! The same lines, scoped and plain.

/// Runs lines as tenant A of both shared databases and with plain Diesel, and compares what they give,
/// the rows of A after them, and that the rows of B are as they were. Gives what plain Diesel gave.
macro_rules! same {
    ($world:expr, |$conn:ident| $lines:expr) => {{
        let world: &crate::world::World = &$world;
        let expected = {
            #[allow(unused_imports)]
            use crate::names::plain::*;
            let $conn = &mut world.plain();
            $lines
        };
        let rows = world.rows();
        for shared in &world.shared {
            let foreign = world.rows_of(shared, tenancy_tests::B);
            let found = {
                #[allow(unused_imports)]
                use crate::names::scoped::*;
                let $conn = &mut shared.scope();
                $lines
            };
            assert_eq!(found, expected);
            assert_eq!(world.rows_of(shared, tenancy_tests::A), rows);
            assert_eq!(world.rows_of(shared, tenancy_tests::B), foreign);
        }
        expected
    }};
}

/// [`same`] on asynchronous connections.
macro_rules! same_async {
    ($world:expr, |$conn:ident| $lines:expr) => {{
        let world: &crate::world::World = &$world;
        let expected = {
            #[allow(unused_imports)]
            use crate::names::plain::*;
            let $conn = &mut world.async_plain().await;
            $lines
        };
        let rows = world.rows();
        for shared in &world.shared {
            let foreign = world.rows_of(shared, tenancy_tests::B);
            let found = {
                #[allow(unused_imports)]
                use crate::names::scoped::*;
                let $conn = &mut shared.async_scope().await;
                $lines
            };
            assert_eq!(found, expected);
            assert_eq!(world.rows_of(shared, tenancy_tests::A), rows);
            assert_eq!(world.rows_of(shared, tenancy_tests::B), foreign);
        }
        expected
    }};
}
