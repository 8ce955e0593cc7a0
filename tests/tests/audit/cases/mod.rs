//! The flaws, in files like those of the rules.

pub(crate) mod functions;
pub(crate) mod partitions;
pub(crate) mod policies;
pub(crate) mod predicates;
pub(crate) mod privileges;
pub(crate) mod rls;
pub(crate) mod roles;
pub(crate) mod session;
pub(crate) mod views;

use crate::case::Case;

pub(crate) const ALL: &[&[Case]] = &[
    rls::CASES,
    predicates::CASES,
    predicates::STRICT,
    policies::CASES,
    roles::CASES,
    roles::AT_BOOT,
    session::CASES,
    privileges::CASES,
    views::CASES,
    functions::CASES,
    partitions::CASES,
];
