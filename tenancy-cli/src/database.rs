//! How a database is named and reached.

use diesel::{Connection, PgConnection};

use crate::failure::Failure;
use crate::secrets::{has_password, without_passwords_of};

/// The variable that names the application's database.
pub(crate) const DATABASE: Setting = Setting {
    option: "--database-url",
    variable: "TENANCY_DATABASE_URL",
    what: "the database",
};

/// The variable that names the database of the keys.
pub(crate) const KEYS: Setting = Setting {
    option: "--keys-database-url",
    variable: "TENANCY_KEYS_DATABASE_URL",
    what: "the database of the keys",
};

/// The variable that names the application's database, reached as the eraser.
pub(crate) const ERASER: Setting = Setting {
    option: "--eraser-database-url",
    variable: "TENANCY_ERASER_DATABASE_URL",
    what: "the database, as the role that erases,",
};

/// Where a URL comes from.
pub(crate) struct Setting {
    option: &'static str,
    pub(crate) variable: &'static str,
    what: &'static str,
}

/// What libpq takes: a URL, or a string of `keyword=value`.
pub(crate) struct DatabaseUrl(String);

impl Setting {
    /// The option before the variable. `DATABASE_URL` is never read: it is the application's.
    pub(crate) fn url(&self, option: Option<&str>) -> Result<DatabaseUrl, Failure> {
        if let Some(url) = option {
            if has_password(url) {
                return Err(Failure::usage(format!(
                    "{} has a password in it, which other users of this machine can read",
                    self.option
                ))
                .help(format!(
                    "leave the password out and put it into a password file (PGPASSFILE, ~/.pgpass) or a \
                     service file (`service=name`, PGSERVICEFILE); or set {} instead",
                    self.variable
                )));
            }
            return Ok(DatabaseUrl(url.to_owned()));
        }
        match std::env::var(self.variable) {
            Ok(url) if !url.is_empty() => Ok(DatabaseUrl(url)),
            _ => Err(Failure::usage(format!("{} is not named", self.what)).help(format!(
                "set {}, or give {} without a password, such as `{} postgres://user@localhost/shop` or \
                 `{} service=shop`",
                self.variable, self.option, self.option, self.option
            ))),
        }
    }

    /// Whether a URL is there at all.
    pub(crate) fn is_set(&self, option: Option<&str>) -> bool {
        option.is_some() || std::env::var_os(self.variable).is_some_and(|url| !url.is_empty())
    }

    pub(crate) fn connect(&self, option: Option<&str>) -> Result<PgConnection, Failure> {
        self.url(option)?.connect(self)
    }
}

impl DatabaseUrl {
    pub(crate) fn connect(&self, setting: &Setting) -> Result<PgConnection, Failure> {
        PgConnection::establish(&self.0).map_err(|error| {
            let message = without_passwords_of(&self.0, &error.to_string());
            let message: Vec<&str> = message.split_whitespace().collect();
            Failure::unreachable(format!(
                "{} cannot be reached: {}",
                setting.what,
                message.join(" ")
            ))
            .help(
                "check the host, the port and the name of the database in the URL, and that the server runs \
                 and takes this user (pg_hba.conf)",
            )
        })
    }

    /// The same with a setting at the start of the session, unless the URL has options already.
    pub(crate) fn with_option(&self, option: &str) -> Option<DatabaseUrl> {
        let url = &self.0;
        if url.contains("options") || std::env::var_os("PGOPTIONS").is_some() {
            return None;
        }
        Some(DatabaseUrl(if url.contains("://") {
            let sign = if url.contains('?') { '&' } else { '?' };
            let option = option.replace(' ', "%20").replace('=', "%3D");
            format!("{url}{sign}options={option}")
        } else {
            format!("{url} options='{option}'")
        }))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
