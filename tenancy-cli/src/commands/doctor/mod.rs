//! What is wrong with a set-up, from the ground up.

mod keys;
mod roles;
mod server;
mod tables;

use std::io::{self, Write};

use clap::Args;
use diesel::PgConnection;

use super::keys::Settings;
use crate::args::Context;
use crate::database;
use crate::failure::{Failure, Outcome};
use crate::terminal::{self, CODE, ERROR, GOOD, QUIET, WARNING, printable};

const HELP: &str = "\
It looks at one layer after the other and stops at the first that is broken, because what lies above cannot be \
judged then: the server, a pooler in between, the library's migrations, the roles, the tables and their \
policies, the key tables, the root key. Everything is read from the catalog; nothing is changed, and no row of a \
tenant is read.

Connect as the role that runs the migrations, or as a superuser: the application's role may not read the history \
of the migrations.

Examples:
  TENANCY_DATABASE_URL=postgres://tenancy_migrator@localhost/shop tenancy doctor
  tenancy doctor --registry tenancy.json --app-role shop_app

Exit code 1: something is broken, or there is a remark (with --strict).";

/// Looks at a set-up from the ground up, and says what to do.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Doctor {
    #[command(flatten)]
    keys: Settings,
    /// Remarks count as well
    #[arg(long)]
    strict: bool,
}

/// What a check found.
enum Verdict {
    /// As it should be.
    Good(String),
    /// It works, and should be better.
    Remark(Trouble),
    /// It does not work, so nothing above it can.
    Broken(Trouble),
    /// It could not be looked at.
    Skipped(String),
}

/// What is wrong, and the commands or the SQL that mend it.
struct Trouble {
    what: String,
    mend: Vec<String>,
}

impl Trouble {
    fn new<I>(what: impl Into<String>, mend: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Trouble {
            what: what.into(),
            mend: mend.into_iter().map(Into::into).collect(),
        }
    }
}

/// The list as it is written.
struct Visit {
    broken: bool,
    remarks: usize,
}

impl Visit {
    /// Writes a verdict, and says whether to go on.
    fn note(&mut self, name: &str, verdict: Verdict, out: &mut dyn Write) -> io::Result<bool> {
        match verdict {
            Verdict::Good(text) => {
                writeln!(
                    out,
                    "{GOOD}ok{GOOD:#}       {name:<11} {}",
                    printable(&text)
                )?;
            }
            Verdict::Skipped(text) => {
                writeln!(
                    out,
                    "{QUIET}skipped{QUIET:#}  {name:<11} {}",
                    printable(&text)
                )?;
            }
            Verdict::Remark(trouble) => {
                self.remarks += 1;
                writeln!(
                    out,
                    "{WARNING}remark{WARNING:#}   {name:<11} {}",
                    printable(&trouble.what)
                )?;
                write_mend(&trouble, out)?;
            }
            Verdict::Broken(trouble) => {
                self.broken = true;
                writeln!(
                    out,
                    "{ERROR}broken{ERROR:#}   {name:<11} {}",
                    printable(&trouble.what)
                )?;
                write_mend(&trouble, out)?;
            }
        }
        Ok(!self.broken)
    }
}

fn write_mend(trouble: &Trouble, out: &mut dyn Write) -> io::Result<()> {
    for line in trouble.mend.iter().flat_map(|mend| mend.lines()) {
        writeln!(out, "{:21}{CODE}{}{CODE:#}", "", printable(line))?;
    }
    Ok(())
}

type Check = fn(&mut PgConnection, &Doctor, &Context) -> Result<Verdict, Failure>;

/// From the ground up.
const CHECKS: [(&str, Check); 9] = [
    ("server", server::version),
    ("pooler", server::pooler),
    ("migrations", server::migrations),
    ("roles", roles::exist),
    ("app role", roles::safe),
    ("tables", tables::registered),
    ("policies", tables::policies),
    ("keys", keys::store),
    ("root key", keys::root),
];

impl Doctor {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let mut conn = database::DATABASE.connect(context.database_url.as_deref())?;
        // One transaction: behind a pooler, what follows could otherwise go to another session.
        conn.build_transaction()
            .read_only()
            .run(|conn| self.visit(conn, context))
    }

    fn visit(&self, conn: &mut PgConnection, context: &Context) -> Result<Outcome, Failure> {
        let mut out = terminal::stdout();
        let mut visit = Visit {
            broken: false,
            remarks: 0,
        };
        for (name, check) in CHECKS {
            let verdict = check(conn, self, context)?;
            if !visit.note(name, verdict, &mut out)? {
                writeln!(out, "\nMend this first, and run `tenancy doctor` again.")?;
                return Ok(Outcome::Findings);
            }
        }
        match visit.remarks {
            0 => writeln!(out, "\nEverything that was looked at is as it should be.")?,
            n => writeln!(out, "\nIt works, with {}.", terminal::counted(n, "remark"))?,
        }
        writeln!(
            out,
            "`tenancy audit` looks deeper into tables, policies and roles."
        )?;
        Ok(Outcome::found(self.strict && visit.remarks > 0))
    }
}

/// A few names of many.
fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
