//! Keys of encrypted columns.

mod change;
mod destroy;
mod list;
mod plaintext;
mod reencrypt;
mod shred;
mod status;
mod store;

use std::num::NonZeroU16;

use clap::{Args, Subcommand};

pub(super) use self::reencrypt::{RowIds, bar};
pub(super) use self::store::Access;
pub(super) use self::store::{each_record, key_store, shown};
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::root;

const HELP: &str = "\
The key database is named by TENANCY_KEYS_DATABASE_URL and reached as the role of the keys, which is neither \
the application's nor a superuser. Values are read and written through TENANCY_DATABASE_URL as the \
application's role, under row-level security.

Rotating the key of a tenant:
  tenancy keys rotate 42                  # a new generation seals from now on
  tenancy keys re-encrypt 42              # stop it at any time; run again, it goes on from there
  tenancy keys destroy-generation 42 1    # waits until nothing can need the old key

Changing the root key of everybody:
  tenancy keys rewrap --all --root 2026-07=file:new.key --previous-root 2026-01=file:old.key

Destroying the keys of a tenant for good:
  tenancy keys shred 42 --dry-run
  tenancy keys shred 42 --receipt receipt-42.json";

/// The keys of encrypted columns: create, list, rotate, rewrap, re-encrypt, destroy and shred.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Keys {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Settings of the keys")]
pub(in crate::commands) struct Settings {
    /// The database of the keys [env: TENANCY_KEYS_DATABASE_URL]
    ///
    /// A password is refused here, because other users of the machine can read command lines.
    #[arg(long, global = true, value_name = "URL")]
    pub(super) keys_database_url: Option<String>,
    /// The root key: its name and where it is [env: TENANCY_ROOT]
    #[arg(long, global = true, value_name = "NAME=SOURCE", long_help = root::HELP)]
    pub(super) root: Option<String>,
    /// A root key under which keys may still be wrapped, in the same form
    #[arg(long, global = true, value_name = "NAME=SOURCE")]
    pub(super) previous_root: Vec<String>,
}

/// One tenant, or all.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The id of the tenant
    tenant: Option<String>,
    /// Every tenant that has keys and is not shredded
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Creates the first keys of a tenant; one that has keys keeps them
    #[command(after_long_help = "Example:\n  tenancy keys create 42")]
    Create {
        /// The id of the tenant
        tenant: String,
        /// How long a process may use the keys without asking again, in seconds
        #[arg(long, value_name = "SECONDS", default_value = "60")]
        lease: NonZeroU16,
    },
    /// Lists the tenants that have keys, or had
    #[command(after_long_help = "Example:\n  tenancy keys list --json")]
    List(list::List),
    /// Shows the keys of a tenant and how many values are under each
    #[command(after_long_help = "Example:\n  tenancy keys status 42")]
    Status(status::Status),
    /// Adds a generation, under which values are sealed from now on
    #[command(
        after_long_help = "Examples:\n  tenancy keys rotate 42\n  tenancy keys rotate --all --dry-run"
    )]
    Rotate {
        #[command(flatten)]
        who: Who,
        /// Says what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Wraps keys under the present root key; no value is touched
    #[command(
        after_long_help = "Example:\n  tenancy keys rewrap --all --root 2026-07=file:new.key \
                                 --previous-root 2026-01=file:old.key"
    )]
    Rewrap {
        #[command(flatten)]
        who: Who,
        /// Says what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Seals the values of older generations anew
    #[command(after_long_help = reencrypt::HELP)]
    ReEncrypt(reencrypt::ReEncrypt),
    /// Destroys the key of a generation, once no value needs it
    #[command(after_long_help = destroy::HELP)]
    DestroyGeneration(destroy::DestroyGeneration),
    /// Fills an encrypted column from the plaintext column beside it
    #[command(after_long_help = plaintext::HELP)]
    EncryptColumn(plaintext::EncryptColumn),
    /// Destroys all keys of a tenant for good
    #[command(after_long_help = shred::HELP)]
    Shred(shred::Shred),
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> Result<Outcome, Failure> {
        let access = Access::new(context, self.settings);
        match self.command {
            Command::Create { tenant, lease } => change::create(&access, &tenant, lease),
            Command::List(list) => list.run(&access),
            Command::Status(status) => status.run(&access),
            Command::Rotate { who, dry_run } => change::rotate(&access, &who, dry_run),
            Command::Rewrap { who, dry_run } => change::rewrap(&access, &who, dry_run),
            Command::ReEncrypt(reencrypt) => reencrypt.run(&access),
            Command::DestroyGeneration(destroy) => destroy.run(&access),
            Command::EncryptColumn(column) => column.run(&access),
            Command::Shred(shred) => shred.run(&access),
        }
    }
}
