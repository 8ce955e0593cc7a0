//! Contents that are encrypted under the keys of their tenant.

mod feed;
mod keys;
mod open;
mod scope;
mod seal;

pub(super) use keys::Keys;
pub(super) use open::{length_of, opened, range};
pub(super) use seal::{Sealing, sealed};
