//! Views and functions: what they answer must not depend on the other tenant's rows.

use diesel::prelude::*;
use diesel::result::Error;

use super::Probe;
use super::report::{Attack, ObjectKind, Session};
use super::session::{State, lines};

/// A query on a view or function.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) object: String,
    pub(super) kind: ObjectKind,
    /// Has one column, `line`.
    pub(super) sql: String,
}

/// Rows, or the server's message.
type Answer = Result<Vec<String>, String>;

impl Probe<'_> {
    /// Asks twice, and once more after the other tenant's rows have gone.
    pub(super) fn compare(&mut self, session: Session, questions: &[Question]) -> QueryResult<()> {
        let with = self.answers(session, questions)?;
        let again = self.answers(session, questions)?;
        let mut gone = self.clear(&self.settings.tenants[1]);
        gone.extend(self.refreshes.iter().cloned());
        let without = self.after(&gone, |probe| probe.answers(session, questions))?;

        let compared = questions.iter().zip(with).zip(again).zip(without);
        for (((question, (answer, state)), (again, _)), (without, _)) in compared {
            let Question { object, kind, .. } = question;
            if let Some(what) = state.and_then(|state| self.damage(&state)) {
                self.found_in(object, *kind, Attack::CallWrites, Some(session), what);
            }
            if answer == without {
                match answer {
                    Ok(_) => {
                        self.answered.insert(object.clone());
                    }
                    Err(message) if session == Session::Tenant => {
                        self.unanswered.push((object.clone(), message));
                    }
                    Err(_) => {}
                }
            } else if answer != again {
                self.report
                    .skip(object, "its answer differs from call to call");
            } else {
                let attack = match kind {
                    ObjectKind::Function => Attack::CallReads,
                    _ => Attack::Select,
                };
                let what = "the answer is another one when the other tenant has no rows";
                self.found_in(object, *kind, attack, Some(session), what);
            }
        }
        Ok(())
    }

    fn answers(
        &mut self,
        session: Session,
        questions: &[Question],
    ) -> QueryResult<Vec<(Answer, Option<Vec<State>>)>> {
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions {
            let result = self.attempt(
                Some(session),
                &[],
                |conn| lines(conn, &question.sql),
                |probe, _| probe.victim_state(),
            )?;
            answers.push(match result {
                Ok((lines, state)) => (Ok(lines), Some(state)),
                Err(Error::DatabaseError(_, info)) => (Err(info.message().to_owned()), None),
                Err(error) => return Err(error),
            });
        }
        Ok(answers)
    }

    /// A function or view of which every query failed was not attacked, and a reader should know.
    pub(super) fn report_unanswered(&mut self) {
        for (object, message) in std::mem::take(&mut self.unanswered) {
            if !self.answered.contains(&object) && !self.has_finding(&object) {
                self.report
                    .skip(&object, format!("every try failed, such as: {message}"));
            }
        }
    }
}
