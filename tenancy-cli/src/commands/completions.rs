use clap::Args;
use clap_complete::Shell;

use super::write_result;
use crate::args::{self, Context};
use crate::failure::{Failure, Outcome};

const HELP: &str = "\
Examples:
  tenancy completions bash > ~/.local/share/bash-completion/completions/tenancy
  tenancy completions zsh > ~/.zfunc/_tenancy
  tenancy completions fish > ~/.config/fish/completions/tenancy.fish
  tenancy man > ~/.local/share/man/man1/tenancy.1";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let mut command = args::command(context.source.get().is_some());
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "tenancy", &mut script);
        write_result(&String::from_utf8_lossy(&script), None)?;
        Ok(Outcome::Fine)
    }
}

pub(super) fn manual(context: &Context) -> Result<Outcome, Failure> {
    let command = args::command(context.source.get().is_some());
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    write_result(&String::from_utf8_lossy(&page), None)?;
    Ok(Outcome::Fine)
}
