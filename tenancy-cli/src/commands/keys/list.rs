use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::store::{Access, active, each_record, live, shown};
use crate::failure::{Failure, Outcome};
use crate::terminal;

#[derive(Debug, Args)]
pub(super) struct List {
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    tenant: String,
    state: &'static str,
    revision: u64,
    root: Option<String>,
    active: Option<u32>,
    generations: Vec<u32>,
    floor: Option<u32>,
    lease_seconds: Option<u32>,
}

impl List {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let store = access.store()?;
        let mut out = terminal::stdout();
        let mut table = terminal::table(terminal::width());
        table.set_header([
            "tenant",
            "state",
            "root",
            "seals",
            "generations",
            "floor",
            "lease",
        ]);
        let mut count = 0;
        each_record(&store, |tenant, record| {
            count += 1;
            let keys = record.keys.as_ref();
            let line = Line {
                tenant: tenant.as_str().to_owned(),
                state: if keys.is_some() { "active" } else { "shredded" },
                revision: record.revision,
                root: keys.map(|keys| keys.root.clone()),
                active: keys.and_then(|keys| active(&keys.data)),
                generations: keys.map(live).unwrap_or_default(),
                floor: keys.map(|keys| keys.floor),
                lease_seconds: keys.map(|keys| keys.lease_seconds),
            };
            if self.json {
                serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
                return Ok(writeln!(out)?);
            }
            let number = |number: Option<u32>| number.map_or("-".to_owned(), |n| n.to_string());
            let generations: Vec<String> = line.generations.iter().map(u32::to_string).collect();
            let root = line.root.as_deref().unwrap_or("-");
            table.add_row([
                shown(&tenant),
                line.state.to_owned(),
                terminal::printable(root).into_owned(),
                number(line.active),
                generations.join(" "),
                number(line.floor),
                line.lease_seconds
                    .map_or("-".to_owned(), |s| format!("{s} s")),
            ]);
            Ok(())
        })?;
        if !self.json {
            if count > 0 {
                writeln!(out, "{table}")?;
            }
            writeln!(out, "{}", terminal::counted(count, "tenant"))?;
        }
        Ok(Outcome::Fine)
    }
}
