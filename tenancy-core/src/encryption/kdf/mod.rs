mod cost;
mod derive;
mod worker;

pub use cost::KdfCost;
pub(super) use derive::{RootDerivation, derive_root, wrap_key_purpose};
pub(super) use worker::{Job, Worker};
