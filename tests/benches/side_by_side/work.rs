//! What is measured: the operations, on other rows each time.

use crate::database::{ITEMS, ORDERS};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Point,
    List,
    Insert,
    Update,
    Join,
    Transaction,
}

impl Operation {
    pub(crate) const ALL: [Operation; 6] = [
        Operation::Point,
        Operation::List,
        Operation::Insert,
        Operation::Update,
        Operation::Join,
        Operation::Transaction,
    ];
    pub(crate) const STATEMENTS: [Operation; 5] = [
        Operation::Point,
        Operation::List,
        Operation::Insert,
        Operation::Update,
        Operation::Join,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Operation::Point => "point query",
            Operation::List => "list of 50",
            Operation::Insert => "insert",
            Operation::Update => "update",
            Operation::Join => "join of 3 tables",
            Operation::Transaction => "transaction of 5",
        }
    }

    /// How many rows it reads or writes.
    pub(crate) fn rows(self) -> usize {
        match self {
            Operation::List => 50,
            Operation::Join => usize::try_from(ITEMS / ORDERS).unwrap(),
            Operation::Transaction => 5,
            _ => 1,
        }
    }
}

/// One operation on rows of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) operation: Operation,
    pub(crate) item: i32,
    pub(crate) order: i32,
    /// An id that no item of any tenant has had.
    pub(crate) fresh: i32,
}

impl Work {
    pub(crate) fn new(operation: Operation, run: u32) -> Self {
        let run = i32::try_from(run).unwrap();
        Work {
            operation,
            item: run.wrapping_mul(7_919).rem_euclid(ITEMS) + 1,
            order: run.wrapping_mul(31).rem_euclid(ORDERS / 2) + 1,
            fresh: ITEMS + 1 + run,
        }
    }

    /// The order of a new item: none that a join reads, so that it reads the same number of rows each time.
    pub(crate) fn parent(self) -> i32 {
        self.order + ORDERS / 2
    }

    /// The statements of it.
    pub(crate) fn steps(self) -> Vec<Work> {
        let step = |operation| Work { operation, ..self };
        match self.operation {
            Operation::Transaction => vec![
                step(Operation::Point),
                step(Operation::Update),
                step(Operation::Point),
                step(Operation::Insert),
                step(Operation::Point),
            ],
            operation => vec![step(operation)],
        }
    }
}
