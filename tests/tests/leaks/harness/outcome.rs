//! What a case must give, and what it must not.

use std::fmt::Debug;

use diesel::QueryResult;
use diesel::result::Error;
use tenancy_tests::B;

/// What the runs of a case gave.
pub(crate) struct Outcome<R> {
    pub(super) ways: Vec<(&'static str, Run<R>)>,
    pub(super) control: Run<R>,
}

pub(super) struct Run<R> {
    pub(super) result: QueryResult<R>,
    pub(super) rows_of_a: Vec<String>,
    pub(super) b_changed: bool,
}

impl<R: Debug> Run<R> {
    fn gives<O: Debug>(&self, way: &str, own: &O)
    where
        R: PartialEq<O>,
    {
        match &self.result {
            Ok(found) => assert!(found == own, "{way}: {found:?} instead of {own:?}"),
            Err(error) => panic!("{way}: {error}"),
        }
        assert!(!self.b_changed, "{way}: B's rows have changed");
    }
}

impl<R: Debug> Outcome<R> {
    /// The ways agree, about the answer and about what A has afterwards, and B's rows are as before.
    pub(crate) fn all_ways_give<O: Debug>(&self, own: &O)
    where
        R: PartialEq<O>,
    {
        let (first, agreed) = &self.ways[0];
        for (way, run) in &self.ways {
            run.gives(way, own);
            assert_eq!(run.rows_of_a, agreed.rows_of_a, "{way} and {first}");
        }
    }

    /// The ways with policies agree; the filter alone betrays B's rows by an error, though it changes
    /// none of them.
    pub(crate) fn only_policies_give<O: Debug>(&self, own: &O, text: &str)
    where
        R: PartialEq<O>,
    {
        for (way, run) in &self.ways {
            if way.starts_with("filter alone") {
                let told = told(run.result.as_ref().unwrap_err());
                assert!(told.contains(text), "{way}: {told}");
                assert!(!run.b_changed, "{way}: B's rows have changed");
            } else {
                run.gives(way, own);
            }
        }
    }

    /// The server refuses in each way, without a value of B in the error's text.
    pub(crate) fn all_ways_fail(&self) {
        for (way, run) in &self.ways {
            match &run.result {
                Ok(found) => panic!("{way}: {found:?} instead of an error"),
                Err(error) => assert_silent(way, &told(error)),
            }
            assert!(!run.b_changed, "{way}: B's rows have changed");
        }
    }

    /// The control leaks: it gives something else, which the case names, or changes B's rows.
    pub(crate) fn control_gives<O: Debug>(&self, leak: &O)
    where
        R: PartialEq<O> + PartialEq,
    {
        let found = self.control.result.as_ref().unwrap();
        assert!(found == leak, "control: {found:?} instead of {leak:?}");
        let same = (self.ways[0].1.result.as_ref()).is_ok_and(|own| own == found);
        assert!(
            self.control.b_changed || !same,
            "the control must leak, but gives the same: {found:?}"
        );
    }

    /// The control fails with a text that shows or betrays B's rows.
    pub(crate) fn control_fails(&self, text: &str) {
        let error = self.control.result.as_ref().unwrap_err();
        let told = told(error);
        assert!(told.contains(text), "control: {told}");
    }
}

/// Asserts that a text has no value of B's rows in it.
pub(crate) fn assert_silent(what: &str, text: &str) {
    let tenant = B.0.to_string();
    for value in ["only b", "alpha b", "plan b", "plan-b", "org b", &tenant] {
        assert!(!text.contains(value), "{what}: {text}");
    }
}

/// Everything that an error tells.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::DatabaseError(_, info) => [
            Some(info.message()),
            info.details(),
            info.hint(),
            info.constraint_name(),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n"),
        error => error.to_string(),
    }
}
