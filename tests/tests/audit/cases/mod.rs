//! The flaws, in files like those of the rules.

pub(crate) mod rls;

use crate::case::Case;

pub(crate) const ALL: &[&[Case]] = &[rls::CASES];
