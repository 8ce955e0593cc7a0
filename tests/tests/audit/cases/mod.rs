//! The flaws, in files like those of the rules.

pub(crate) mod columns;
pub(crate) mod encryption;
pub(crate) mod functions;
pub(crate) mod indexes;
pub(crate) mod keys;
pub(crate) mod partitions;
pub(crate) mod policies;
pub(crate) mod predicates;
pub(crate) mod privileges;
pub(crate) mod references;
pub(crate) mod registry;
pub(crate) mod rls;
pub(crate) mod roles;
pub(crate) mod rows;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod texts;
pub(crate) mod views;

use crate::case::Case;

pub(crate) const ALL: &[&[Case]] = &[
    columns::CASES,
    encryption::CASES,
    encryption::TEXTS,
    functions::CASES,
    indexes::CASES,
    keys::CASES,
    partitions::CASES,
    policies::CASES,
    predicates::CASES,
    predicates::STRICT,
    privileges::CASES,
    references::CASES,
    registry::CASES,
    rls::CASES,
    roles::AT_BOOT,
    roles::CASES,
    rows::CASES,
    rows::TEXTS,
    server::CASES,
    server::LOGICAL,
    session::CASES,
    texts::CASES,
    views::CASES,
];
