//! Where the root key comes from. Never the command line: other users of the machine can read it.

use std::future::ready;
use std::sync::Arc;

use tenancy_core::encryption::BoxFuture;
use tenancy_diesel::encryption::{
    EnvironmentKey, FileKey, KeySource, RootId, RootKey, RootKeyError, SecretString,
};

use crate::failure::Failure;

/// The variable that names the root and its source.
pub(crate) const VARIABLE: &str = "TENANCY_ROOT";

/// What the long help says about `--root`.
pub(crate) const HELP: &str = "\
The root key: its name, an equals sign and where it is.

  2026-01=file:/etc/shop/root.key         64 hexadecimal digits, for its owner alone
  2026-01=group-file:/run/secrets/root    the same, for its group too (Kubernetes)
  2026-01=env:SHOP_ROOT_KEY               the same, in an environment variable
  2026-01=passphrase-file:/etc/shop/root  a passphrase of at least 16 characters
  2026-01=passphrase-env:SHOP_PASSPHRASE  the same, in an environment variable
  2026-01=prompt                          the same, typed without echo

The name is not secret: key records refer to it. TENANCY_ROOT is read when the option is missing.";

/// A root key and where it is.
pub(crate) fn parse(text: &str) -> Result<Box<dyn KeySource>, Failure> {
    // What was given is not repeated: somebody may have put the key itself there.
    let form = || {
        Failure::usage("the root key is not named in the form NAME=SOURCE")
            .help("such as --root 2026-01=file:/etc/shop/root.key; `tenancy keys --help` lists the sources")
    };
    let (name, source) = text.split_once('=').ok_or_else(form)?;
    let id = RootId::parse(name)
        .map_err(|error| Failure::usage(format!("the root key has no usable name: {error}")))?;
    let (kind, place) = source.split_once(':').unwrap_or((source, ""));
    if place.is_empty() != (kind == "prompt") {
        return Err(form());
    }
    Ok(match kind {
        "file" => Box::new(FileKey::random(id, place)),
        "group-file" => Box::new(FileKey::random(id, place).readable_by_its_group()),
        "env" => Box::new(EnvironmentKey::random(id, place)),
        "passphrase-file" => Box::new(FileKey::passphrase(id, place)),
        "passphrase-env" => Box::new(EnvironmentKey::passphrase(id, place)),
        "prompt" => Box::new(Prompt { id }),
        _ => return Err(form()),
    })
}

/// The root key of the command line or the environment.
pub(crate) fn find(option: Option<&str>) -> Result<Box<dyn KeySource>, Failure> {
    match given(option) {
        Some(text) => parse(&text),
        None => Err(Failure::usage("the root key is not named").help(format!(
            "set {VARIABLE} or give --root, such as --root 2026-01=file:/etc/shop/root.key; \
             `tenancy keys --help` lists the sources"
        ))),
    }
}

pub(crate) fn given(option: Option<&str>) -> Option<String> {
    let option = option.map(str::to_owned);
    option
        .or_else(|| std::env::var(VARIABLE).ok())
        .filter(|text| !text.is_empty())
}

/// A passphrase that is typed.
struct Prompt {
    id: RootId,
}

impl Prompt {
    fn read(&self) -> Result<RootKey, RootKeyError> {
        let question = format!("Passphrase of the root key {}: ", self.id.as_str());
        let text = rpassword::prompt_password(question)
            .map_err(|error| RootKeyError::Source(Arc::new(error)))?;
        RootKey::passphrase(SecretString::from(text))
    }
}

impl KeySource for Prompt {
    fn id(&self) -> &RootId {
        &self.id
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(ready(self.read()))
    }
}

/// For what needs no root key: listing, and shredding.
pub(crate) struct NoRoot;

static UNNAMED: RootId = RootId::literal("none");

impl KeySource for NoRoot {
    fn id(&self) -> &RootId {
        &UNNAMED
    }

    fn load(&self) -> BoxFuture<'_, Result<RootKey, RootKeyError>> {
        Box::pin(ready(Err(RootKeyError::NotSet)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_read_and_nothing_else() {
        for text in [
            "2026-01=file:/etc/root.key",
            "2026-01=group-file:/run/secrets/root",
            "2026-01=env:ROOT",
            "2026-01=passphrase-file:/etc/root",
            "2026-01=passphrase-env:ROOT",
            "2026-01=prompt",
        ] {
            assert_eq!(parse(text).unwrap().id().as_str(), "2026-01", "{text}");
        }
        let key = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
        for text in [
            key.to_owned(),
            format!("2026-01={key}"),
            format!("2026-01=hex:{key}"),
            "=file:/etc/root.key".to_owned(),
            "2026-01=file:".to_owned(),
            "2026-01=prompt:x".to_owned(),
        ] {
            let failure = parse(&text).err().unwrap();
            assert_eq!(failure.code(), 2);
            assert!(!format!("{failure:?}").contains(key), "{failure:?}");
        }
    }
}
