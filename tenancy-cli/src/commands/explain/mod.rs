//! Plans as a tenant, with and without the policies.

mod clause;
mod compare;
mod leakproof;
mod plan;
mod run;

use std::io::{self, IsTerminal, Read, Write};

use clap::Args;
use diesel::{Connection, PgConnection};
use tenancy_diesel::encryption::CanonicalTenant;
use tenancy_diesel::is_valid_variable;

use self::plan::Node;
use self::run::{Request, Without};
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::tenant;
use crate::terminal::{self, CODE, HEADING, WARNING, printable};

const HELP: &str = "\
The statement is planned twice, in transactions that are rolled back: as the application's role with the \
tenant set, so that the policies hold, and as the connection's own role with row_security off. Connect as a \
superuser, or as a role with BYPASSRLS that is a member of the application's role, to see both.

Give the statement as the application sends it (debug_query shows it), with its tenant filter: row-level \
security alone has other plans.

Under row-level security an index serves only operators that are LEAKPROOF. What keeps an index from being \
used is named, with ways round.

Examples:
  tenancy explain --tenant 42 \"SELECT * FROM projects WHERE tenant_id = 42 AND name LIKE 'a%'\"
  tenancy explain --tenant 42 --param 42 --param 'a%' \\
      'SELECT * FROM projects WHERE tenant_id = $1 AND name LIKE $2'
  tenancy explain --tenant 42 --analyze < query.sql

Exit code 1: the policies keep an index from being used that would be used without them.

--analyze runs the statement, as the tenant and under the policies only, and rolls it back. What a rollback \
does not undo (sequences, functions that reach outside) happens.";

/// Plans a statement as a tenant, with the policies and without them.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Explain {
    /// The statement; from the standard input unless given
    sql: Option<String>,
    /// The id of the tenant
    #[arg(long)]
    tenant: String,
    /// The role that the policies are for; the application's unless given
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// A value for $1, $2, .., as text
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    param: Vec<String>,
    /// Runs the statement as the tenant, to measure it, and rolls it back
    #[arg(long)]
    analyze: bool,
    /// The variable that the policies read; the registry's unless given
    #[arg(long, value_name = "NAME")]
    variable: Option<String>,
}

impl Explain {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let registry = context.source.get();
        let tenant = match registry {
            Some(registry) => tenant::parse(registry, &self.tenant)?,
            None => CanonicalTenant::from_text(&self.tenant)
                .map_err(|error| Failure::usage(format!("this is no id of a tenant: {error}")))?,
        };
        let variable = self.variable.as_deref();
        let variable = variable
            .or(registry.map(|registry| registry.variable))
            .unwrap_or("app.tenant_id");
        if !is_valid_variable(variable) {
            return Err(Failure::usage(format!("{variable} is no session variable")));
        }
        let request = Request {
            sql: self.statement()?,
            tenant,
            variable: variable.to_owned(),
            role: self
                .role
                .clone()
                .unwrap_or_else(|| context.app_role.clone()),
            params: self.param.clone(),
            analyze: self.analyze,
        };
        let mut conn = context.connect()?;
        let with = run::with_policy(&mut conn, &request)?;
        let without = run::without_policy(&mut conn, &request)?;
        let mut out = terminal::stdout();
        writeln!(
            out,
            "{HEADING}With the policies{HEADING:#}, as {}:",
            printable(&request.role)
        )?;
        write!(out, "{}", with.plan)?;
        if with.exempt {
            writeln!(
                out,
                "{WARNING}warning{WARNING:#}: row-level security does not apply to this role"
            )?;
        }
        writeln!(out, "\n{HEADING}Without them{HEADING:#}, planned only:")?;
        match &without {
            Without::Plan(plan) => {
                write!(out, "{plan}")?;
                writeln!(out, "\n{HEADING}What differs{HEADING:#}:")?;
                compare::write(&with.plan, plan, &mut out)?;
                for missing in compare::unfiltered(registry, plan) {
                    writeln!(
                        out,
                        "{WARNING}note{WARNING:#}: the statement itself does not filter {} by {}, so without \
                         the policies it reads the rows of all tenants and is no measure; the statement of a \
                         scope has the filter",
                        printable(missing.0),
                        printable(missing.1)
                    )?;
                }
            }
            Without::Refused(why) => writeln!(out, "  not to be had: {}", printable(why))?,
        }
        let found = write_leaks(&mut conn, &with.plan, &without, &mut out)?;
        Ok(Outcome::found(found))
    }

    fn statement(&self) -> Result<String, Failure> {
        let sql = match &self.sql {
            Some(sql) if sql != "-" => sql.clone(),
            _ => {
                let mut input = io::stdin();
                if input.is_terminal() {
                    terminal::note("reading the statement from the terminal, until Ctrl-D");
                }
                let mut sql = String::new();
                input.read_to_string(&mut sql)?;
                sql
            }
        };
        let sql = sql.trim().trim_end_matches(';').trim().to_owned();
        if sql.is_empty() {
            return Err(Failure::usage("there is no statement to explain"));
        }
        Ok(sql)
    }
}

/// The indexes that row-level security keeps out of reach.
fn write_leaks(
    conn: &mut PgConnection,
    plan: &Node,
    without: &Without,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let leaks = conn.transaction(|conn| leakproof::find(conn, plan))?;
    writeln!(out, "\n{HEADING}Indexes out of reach{HEADING:#}:")?;
    if leaks.is_empty() {
        writeln!(
            out,
            "  none: no condition of this plan asks an index for what is not LEAKPROOF"
        )?;
    }
    let mut lost = false;
    for leak in &leaks {
        let used = match without {
            Without::Plan(plan) if plan.uses(&leak.index) => {
                lost = true;
                ", which the plan without the policies uses"
            }
            Without::Plan(_) => "",
            // It cannot be told, so it counts.
            Without::Refused(_) => {
                lost = true;
                ""
            }
        };
        writeln!(
            out,
            "  {WARNING}{}{WARNING:#} of {} cannot serve {CODE}{}{CODE:#}{used}",
            printable(&leak.index),
            printable(&leak.table),
            printable(&leak.clause)
        )?;
        writeln!(out, "    {} is not LEAKPROOF", printable(&leak.culprit))?;
        writeln!(out, "    {}", leak.advice)?;
    }
    Ok(lost)
}
