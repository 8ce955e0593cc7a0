//! The flaws, in files like those of the rules.

pub(crate) mod columns;
pub(crate) mod encryption;
pub(crate) mod indexes;
pub(crate) mod keys;
pub(crate) mod references;
pub(crate) mod registry;
pub(crate) mod rls;
pub(crate) mod rows;
pub(crate) mod server;
pub(crate) mod texts;

use crate::case::Case;

pub(crate) const ALL: &[&[Case]] = &[
    columns::CASES,
    encryption::CASES,
    encryption::TEXTS,
    indexes::CASES,
    keys::CASES,
    references::CASES,
    registry::CASES,
    rls::CASES,
    rows::CASES,
    rows::TEXTS,
    server::CASES,
    server::LOGICAL,
    texts::CASES,
];
