//! What cannot be undone is asked for twice.

use std::io::{self, BufRead, IsTerminal};

use tenancy_diesel::encryption::CanonicalTenant;

use crate::failure::Failure;
use crate::terminal;

/// The words of one command.
pub(crate) struct Confirmation {
    /// What is asked in a terminal.
    pub(crate) question: String,
    /// What is being done: `erasing`.
    pub(crate) doing: &'static str,
    /// What was not done: `nothing was erased`.
    pub(crate) undone: &'static str,
    /// The option that gives the id a second time, for a program that nobody looks at.
    pub(crate) option: &'static str,
}

impl Confirmation {
    /// Compares the tenant's id with the one that is given, or typed, a second time.
    pub(crate) fn of(self, tenant: &CanonicalTenant, given: Option<&str>) -> Result<(), Failure> {
        let again = match given {
            Some(again) => again.to_owned(),
            None if io::stdin().is_terminal() => {
                terminal::note(&self.question);
                let mut line = String::new();
                io::stdin().lock().read_line(&mut line)?;
                line.trim_end_matches(['\r', '\n']).to_owned()
            }
            None => {
                let usage = format!("{} has to be confirmed; {}", self.doing, self.undone);
                let help = format!("give the id of the tenant again: {} <TENANT>", self.option);
                return Err(Failure::usage(usage).help(help));
            }
        };
        if again != tenant.as_str() {
            let usage = format!("the two ids of the tenant differ; {}", self.undone);
            return Err(Failure::usage(usage));
        }
        Ok(())
    }
}
