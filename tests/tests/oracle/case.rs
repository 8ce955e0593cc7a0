//! One statement, and what is said about it when it differs.

use crate::grid::Marks;
use crate::outcome::Outcome;
use crate::world::State;

/// A statement that is compared.
#[derive(Debug)]
pub struct Case {
    pub seed: u64,
    pub index: u64,
    pub shape: &'static str,
    pub marks: Marks,
    /// What plain Diesel sent.
    pub plain: String,
    /// What a scope sent last.
    pub scoped: String,
}

impl Case {
    pub fn compare(
        &self,
        place: &str,
        expected: &Outcome,
        found: &Outcome,
        refusals_differ: bool,
    ) -> Result<(), String> {
        if found.agrees(expected, refusals_differ) {
            return Ok(());
        }
        Err(self.failure(place, &format!("{expected:?}"), &format!("{found:?}")))
    }

    pub fn compare_states(
        &self,
        place: &str,
        expected: &State,
        found: &State,
    ) -> Result<(), String> {
        if found == expected {
            return Ok(());
        }
        Err(self.failure(
            place,
            &difference(expected, found),
            &difference(found, expected),
        ))
    }

    pub fn did_nothing(&self, place: &str, found: &Outcome) -> Result<(), String> {
        if found.did_nothing() {
            return Ok(());
        }
        Err(self.failure(place, "nothing", &format!("{found:?}")))
    }

    fn failure(&self, place: &str, expected: &str, found: &str) -> String {
        format!(
            "statement {} ({}) differs: {place}\n\
             repeat: TENANCY_ORACLE_SEED={} TENANCY_ORACLE_STATEMENTS={}\n\
             {:?}\n\
             alone:    {}\n\
             scoped:   {}\n\
             expected: {expected}\n\
             found:    {found}",
            self.index,
            self.shape,
            self.seed,
            self.index + 1,
            self.marks,
            self.plain,
            self.scoped,
        )
    }
}

/// What only the left one has.
fn difference(left: &State, right: &State) -> String {
    let mut only = Vec::new();
    for (owner, lines) in left {
        for line in lines {
            if right.get(owner).is_none_or(|lines| !lines.contains(line)) {
                only.push(format!("{owner}: {line}"));
            }
        }
    }
    only.join("; ")
}
