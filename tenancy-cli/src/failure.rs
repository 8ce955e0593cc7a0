//! How a command ends.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use tenancy_diesel::encryption::operations::OperationError;
use tenancy_diesel::encryption::{EncryptionError, KeyStoreBuildError, KeyringError, RootKeyError};
use tenancy_diesel::erasure::{ErasureError, ReplayError};
use tenancy_diesel::portability::PortabilityError;
use tenancy_migrations::MigrationsError;

use crate::secrets::redacted;
use crate::terminal::{self, CODE, ERROR};

/// What the exit codes mean, for every long help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done, and all is as it should be
  1  done, and something is not as it should be, such as a value that was left
  2  the command line, a file or a setting is wrong; nothing was done
  3  a database cannot be reached
  4  the database or the library refused; the message says what was done before
  5  the root key cannot be read";

/// A command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    Findings,
}

impl Outcome {
    pub(crate) fn found(something: bool) -> Self {
        if something {
            Outcome::Findings
        } else {
            Outcome::Fine
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Usage = 2,
    Unreachable = 3,
    Refused = 4,
    RootKey = 5,
}

/// A command that did not.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    help: Option<String>,
    /// Whoever read the output has gone away: nobody is there to be told.
    silent: bool,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            message: message.into(),
            help: None,
            silent: false,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure::new(Kind::Usage, message)
    }

    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Failure::new(Kind::Unreachable, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Failure::new(Kind::Refused, message)
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn of(kind: Kind, error: &dyn Error) -> Self {
        Failure::new(kind, chain(error))
    }

    pub(crate) fn code(&self) -> u8 {
        self.kind as u8
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, if that is known.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }

    pub(crate) fn report(&self) -> ExitCode {
        if !self.silent {
            let mut text = format!("{ERROR}error{ERROR:#}: ");
            text += &terminal::printable(&redacted(&self.message));
            if let Some(help) = &self.help {
                let _ = write!(text, "\n{CODE}help{CODE:#}: ");
                text += &terminal::printable(&redacted(help));
            }
            terminal::styled_note(&text);
        }
        ExitCode::from(self.code())
    }
}

/// An error and what lies behind it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Some errors repeat their source.
        if !text.contains(&next) {
            let _ = write!(text, ": {next}");
        }
        source = error.source();
    }
    text
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let mut failure = Failure::of(Kind::Refused, &error);
        failure.silent = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Failure::of(Kind::Refused, &error)
    }
}

impl From<MigrationsError> for Failure {
    fn from(error: MigrationsError) -> Self {
        let failure = Failure::of(Kind::Refused, &error);
        match error {
            MigrationsError::InApplicationHistory => {
                failure.help("`diesel migration list` and `diesel migration run` are for it")
            }
            MigrationsError::Exists { .. } | MigrationsError::File { .. } => Failure {
                kind: Kind::Usage,
                ..failure
            },
            MigrationsError::Database(_) | MigrationsError::Migration { .. } => failure.help(
                "connect as the role that owns the application's tables, such as tenancy_migrator; \
                 nothing was changed",
            ),
            _ => failure,
        }
    }
}

impl From<KeyStoreBuildError> for Failure {
    fn from(error: KeyStoreBuildError) -> Self {
        let failure = Failure::of(Kind::Refused, &error);
        match error {
            KeyStoreBuildError::NotMigrated => {
                failure.help("run `tenancy migrations run` as the owner of the key database")
            }
            KeyStoreBuildError::MissingPrivileges { role } => failure.help(format!(
                "run `tenancy migrations grant-keys {role}` as the owner of the key tables"
            )),
            KeyStoreBuildError::ApplicationRole { .. } => failure.help(
                "connect to the key database as the role of the keys, and name the application's role \
                 with --app-role",
            ),
            _ => failure,
        }
    }
}

impl From<RootKeyError> for Failure {
    fn from(error: RootKeyError) -> Self {
        Failure::of(Kind::RootKey, &error)
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let kind = match error {
            KeyringError::Root(_) => Kind::RootKey,
            KeyringError::Tenant(_) => Kind::Usage,
            _ => Kind::Refused,
        };
        let failure = Failure::of(kind, &error);
        match error {
            KeyringError::NoKeys => {
                failure.help("`tenancy keys create <TENANT>` creates them; `tenancy keys list` shows who has some")
            }
            KeyringError::Encryption(EncryptionError::WrongKey) => failure.help(
                "the tenant's keys are wrapped under another root key: `tenancy keys status <TENANT>` shows \
                 its name; give it with --root, or with --previous-root when you rewrap",
            ),
            KeyringError::Encryption(EncryptionError::TenantShredded) => {
                failure.help("nothing brings them back; the receipt of the shredding says where copies may be")
            }
            _ => failure,
        }
    }
}

impl From<ErasureError> for Failure {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::Keys(error) => error.into(),
            ErasureError::Tenant(_)
            | ErasureError::Purpose(_)
            | ErasureError::OtherSchema
            | ErasureError::NoTable { .. }
            | ErasureError::Column { .. }
            | ErasureError::Unsuitable { .. } => Failure::of(Kind::Usage, &error),
            ErasureError::UnknownTables { .. } => Failure::of(Kind::Refused, &error)
                .help("--also TABLE, or --leave TABLE=REASON; see docs/erasure.md"),
            ErasureError::NotConfined { .. } => Failure::of(Kind::Refused, &error).help(
                "connect as the eraser that `tenancy setup roles --eraser-role` and `tenancy policies` know",
            ),
            ErasureError::NotMigrated => Failure::of(Kind::Refused, &error)
                .help("run `tenancy migrations run`, and then `tenancy migrations grant-eraser <ROLE>`"),
            ErasureError::Changed { .. } | ErasureError::KeepsComing { .. } => {
                Failure::of(Kind::Refused, &error).help("what was erased stays erased; run it again")
            }
            error => Failure::of(Kind::Refused, &error),
        }
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Erasure(error) => error.into(),
            error => Failure::of(Kind::Refused, &error),
        }
    }
}

impl From<PortabilityError> for Failure {
    fn from(error: PortabilityError) -> Self {
        let failure = Failure::of(Kind::Refused, &error);
        match error {
            PortabilityError::NotEmptyDirectory { .. }
            | PortabilityError::NothingToLeave { .. }
            | PortabilityError::NoColumn { .. } => Failure {
                kind: Kind::Usage,
                ..failure
            },
            PortabilityError::UnknownTables { .. } => {
                failure.help("declare them in the schema, or give --leave TABLE=REASON")
            }
            PortabilityError::RowBound { .. } => {
                failure.help("such as --row-id accounts.api_key=id")
            }
            PortabilityError::NoKeys { .. } => failure.help(
                "give --keys; the tenant's keys are made with `tenancy keys create`",
            ),
            PortabilityError::NoSourceKeys => failure.help(
                "give --source-tenant with the tenant of the files, if they are your own; or export with --keys",
            ),
            _ => failure,
        }
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Keys(error) => error.into(),
            OperationError::StillInUse { .. } => Failure::of(Kind::Refused, &error)
                .help("run `tenancy keys re-encrypt <TENANT>` first, and again after a lease"),
            OperationError::NoTable { .. } | OperationError::NoColumn { .. } => {
                Failure::of(Kind::Refused, &error)
                    .help("the registry and the database differ: `tenancy doctor` says where")
            }
            OperationError::OtherSchema => Failure::of(Kind::Usage, &error),
            error => Failure::of(Kind::Refused, &error),
        }
    }
}
