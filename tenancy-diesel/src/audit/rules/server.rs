//! Which PostgreSQL it is.

use super::{Object, ObjectKind, Rule, Severity, Subject};
use crate::audit::context::Context;

/// A flaw of PostgreSQL through which rows were seen or written past row-level security.
struct Flaw {
    cve: &'static str,
    what: &'static str,
    /// The first releases without it, one for each major version, as `server_version_num`.
    fixed: &'static [i32],
    /// The first major version with it.
    since: i32,
}

const FLAWS: &[Flaw] = &[
    Flaw {
        cve: "CVE-2016-2193",
        what: "a cached plan kept the policies of another role",
        fixed: &[90502],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2019-10130",
        what: "the planner's estimates told values of hidden rows",
        fixed: &[110_003, 100_008, 90613, 90517],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2023-2455",
        what: "an inlined function kept the policies of another role",
        fixed: &[150_003, 140_008, 130_011, 120_015, 110_020],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2023-39418",
        what: "MERGE did not ask the policies for UPDATE and SELECT",
        fixed: &[150_004],
        since: 150_000,
    },
    Flaw {
        cve: "CVE-2024-10976",
        what: "a sub-query kept the policies of another role",
        fixed: &[170_001, 160_005, 150_009, 140_014, 130_017, 120_021],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2024-10978",
        what: "SET ROLE was reset to the wrong role",
        fixed: &[170_001, 160_005, 150_009, 140_014, 130_017, 120_021],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2025-8713",
        what: "statistics told values of hidden rows",
        fixed: &[170_006, 160_010, 150_014, 140_019, 130_022],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2026-14666",
        what: "a cached plan kept its policies after the role was changed",
        fixed: &[180_006, 170_011, 160_015, 150_019, 140_024],
        since: 90500,
    },
    Flaw {
        cve: "CVE-2026-120154",
        what: "ON CONFLICT DO UPDATE .. WHERE read hidden rows",
        fixed: &[180_007, 170_012, 160_016, 150_020, 140_025],
        since: 90500,
    },
];

impl Flaw {
    /// The release that is without it, where this version has it. None inside: there is no such release.
    fn of(&self, version: i32) -> Option<Option<i32>> {
        let major = major(version);
        if major < self.since {
            return None;
        }
        match self
            .fixed
            .iter()
            .find(|fixed| self::major(**fixed) == major)
        {
            Some(fixed) => (version < *fixed).then_some(Some(*fixed)),
            // A version that was over by then got no fix. A later one never had the flaw.
            None => self
                .fixed
                .iter()
                .all(|fixed| major < self::major(*fixed))
                .then_some(None),
        }
    }
}

/// The number of the first release of a major version.
fn major(version: i32) -> i32 {
    let step = if version < 100_000 { 100 } else { 10_000 };
    version / step * step
}

/// `15.18`, and `9.6.24` for the old numbers.
fn written(version: i32) -> String {
    if version < 100_000 {
        format!(
            "{}.{}.{}",
            version / 10_000,
            version / 100 % 100,
            version % 100
        )
    } else {
        format!("{}.{}", version / 10_000, version % 10_000)
    }
}

/// The first release of this version's major version without a known flaw in row-level security, as
/// `server_version_num`, where this one has a flaw that a release has mended.
///
/// ```
/// use tenancy_diesel::audit::mended_release;
///
/// assert_eq!(mended_release(150_003), mended_release(150_004));
/// let mended = mended_release(150_003).unwrap();
/// assert_eq!(mended_release(mended), None);
/// ```
pub fn mended_release(version: i32) -> Option<i32> {
    FLAWS
        .iter()
        .filter_map(|flaw| flaw.of(version).flatten())
        .max()
}

fn server(context: &Context<'_>) -> Object {
    let name = format!("PostgreSQL {}", written(context.version));
    Object::new(ObjectKind::Server, name)
}

pub(super) const KNOWN_FLAW: Rule = Rule {
    id: "server-flaw",
    title: "The server has a known flaw in row-level security",
    why: "Rows can be read or written past the policies. The query filter is what is left.",
    severity: Severity::Error,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let flaws: Vec<String> = FLAWS
            .iter()
            .filter_map(|flaw| {
                let fixed = match flaw.of(context.version)? {
                    Some(fixed) => format!("mended in {}", written(fixed)),
                    None => "never mended in this version".to_owned(),
                };
                Some(format!("{} ({}; {fixed})", flaw.cve, flaw.what))
            })
            .collect();
        if !flaws.is_empty() {
            found.add(
                server(context),
                format!("It has {}.", flaws.join(", ")),
                None,
            );
        }
    },
};

/// The days on which major versions got, or get, their last release.
const LAST_DAYS: &[(i32, i32)] = &[
    (130_000, 20251113),
    (140_000, 20261112),
    (150_000, 20271111),
    (160_000, 20281109),
    (170_000, 20291108),
    (180_000, 20301114),
];

pub(super) const END_OF_LIFE: Rule = Rule {
    id: "server-end-of-life",
    title: "The server gets no more fixes",
    why: "The next flaw in row-level security stays open.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let major = major(context.version);
        let last = LAST_DAYS.iter().find(|(version, _)| *version == major);
        let evidence = match last {
            Some((_, day)) if context.catalog.session.today > *day => format!(
                "Its last release was on {}-{:02}-{:02}.",
                day / 10_000,
                day / 100 % 100,
                day % 100
            ),
            None if LAST_DAYS.iter().all(|(version, _)| major < *version) => {
                "Its last release was years ago.".to_owned()
            }
            _ => return,
        };
        found.add(server(context), evidence, None);
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(version: i32) -> Vec<&'static str> {
        let flaws = FLAWS.iter().filter(|flaw| flaw.of(version).is_some());
        flaws.map(|flaw| flaw.cve).collect()
    }

    #[test]
    fn the_last_releases_have_no_known_flaw() {
        for version in [150_020, 160_016, 170_012, 180_007, 190_000] {
            assert!(flaws(version).is_empty(), "{version}");
        }
    }

    #[test]
    fn a_flaw_ends_with_the_release_that_mended_it() {
        for flaw in FLAWS {
            for &fixed in flaw.fixed {
                assert!(flaw.of(fixed).is_none(), "{} {fixed}", flaw.cve);
                assert_eq!(flaw.of(fixed - 1), Some(Some(fixed)), "{}", flaw.cve);
            }
        }
    }

    #[test]
    fn a_version_that_was_over_keeps_its_flaws() {
        assert!(flaws(110_022).contains(&"CVE-2024-10976"));
        assert!(flaws(90_603).contains(&"CVE-2019-10130"));
    }

    #[test]
    fn a_flaw_begins_with_its_version() {
        assert!(!flaws(140_000).contains(&"CVE-2023-39418"));
        assert!(flaws(150_003).contains(&"CVE-2023-39418"));
        assert!(flaws(90_400).is_empty());
    }

    #[test]
    fn versions_are_written_as_people_write_them() {
        assert_eq!(written(150_018), "15.18");
        assert_eq!(written(90_624), "9.6.24");
    }
}
