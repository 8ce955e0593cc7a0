//! The flaws, in files like those of the rules.

pub(crate) mod columns;
pub(crate) mod indexes;
pub(crate) mod keys;
pub(crate) mod registry;
pub(crate) mod rls;
pub(crate) mod texts;

use crate::case::Case;

pub(crate) const ALL: &[&[Case]] = &[
    columns::CASES,
    indexes::CASES,
    keys::CASES,
    registry::CASES,
    rls::CASES,
    texts::CASES,
];
