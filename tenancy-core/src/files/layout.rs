//! The keys in a bucket: `tenants/<tenant>/<name>`.
//!
//! `a-z 0-9 . _ -` stand for themselves. Every other byte, also that of an upper-case letter, is written as
//! `=` and two hexadecimal digits, so keys mean the same on disks that ignore letter case, change the form
//! of characters or drop a dot at the end. A part that is then longer than 200 bytes goes on behind a `+`
//! in the next: no disk takes names of more than 255 bytes.
//!
//! The parts of a tenant end with the first that has no `+`. So no tenant's prefix is the beginning of
//! another's, and no two ids have the same.

use std::fmt::Write;

use object_store::path::Path;

use super::FileName;
use crate::CanonicalTenant;

const ROOT: &str = "tenants";
const LONGEST_PART: usize = 200;
const GOES_ON: char = '+';

/// Where the files of a tenant are.
pub(super) fn prefix(tenant: &CanonicalTenant) -> Path {
    let mut key = ROOT.to_owned();
    push_part(&mut key, tenant.as_str());
    path(key)
}

/// Where a file is.
pub(super) fn location(prefix: &Path, name: &FileName) -> Path {
    let mut key = prefix.as_ref().to_owned();
    for part in name.as_str().split('/') {
        push_part(&mut key, part);
    }
    path(key)
}

/// The name of what is at a place. Nothing, if it is not in the prefix, or nothing of ours would be there.
pub(super) fn name(prefix: &Path, location: &Path) -> Option<FileName> {
    let mut text = String::new();
    let mut part = String::new();
    for piece in location.prefix_match(prefix)? {
        match piece.as_ref().strip_suffix(GOES_ON) {
            Some(piece) => part.push_str(piece),
            None => {
                part.push_str(piece.as_ref());
                if !text.is_empty() {
                    text.push('/');
                }
                text.push_str(&decoded(&part)?);
                part.clear();
            }
        }
    }
    let name = FileName::parse(&text).ok()?;
    // One name has one place: what else decodes to it is not of ours.
    (self::location(prefix, &name) == *location).then_some(name)
}

pub(super) fn encoded_length(name: &str) -> usize {
    let mut key = String::new();
    name.split('/').for_each(|part| push_part(&mut key, part));
    key.len()
}

fn push_part(key: &mut String, part: &str) {
    let encoded = encoded(part);
    let mut rest = encoded.as_str();
    while rest.len() > LONGEST_PART {
        let (piece, more) = rest.split_at(LONGEST_PART);
        let _ = write!(key, "/{piece}{GOES_ON}");
        rest = more;
    }
    let _ = write!(key, "/{rest}");
}

fn encoded(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for (i, byte) in part.bytes().enumerate() {
        match byte {
            b'.' if i + 1 < part.len() => out.push('.'),
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "={byte:02x}");
            }
        }
    }
    out
}

fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'=' {
            let (digits, after) = tail.split_first_chunk::<2>()?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The alphabet has nothing that a path would encode once more.
fn path(key: String) -> Path {
    Path::from(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tenant(text: &str) -> CanonicalTenant {
        CanonicalTenant::from_text(text).unwrap()
    }

    fn key(tenant: &str, name: &str) -> String {
        let prefix = prefix(&self::tenant(tenant));
        location(&prefix, &FileName::parse(name).unwrap()).to_string()
    }

    #[test]
    fn keys_are_the_frozen_ones() {
        assert_eq!(key("42", "a/b.pdf"), "tenants/42/a/b.pdf");
        assert_eq!(key("Acme", "a b"), "tenants/=41cme/a=20b");
        assert_eq!(key("../42", "x."), "tenants/..=2f42/x=2e");
        assert_eq!(key("a/b", "%"), "tenants/a=2fb/=25");
        assert_eq!(key("a=b+c", "#1"), "tenants/a=3db=2bc/=231");
        assert_eq!(key("müller", "é"), "tenants/m=c3=bcller/=c3=a9");
        let long = "x".repeat(201);
        assert_eq!(
            key("1", &format!("{long}/y")),
            format!("tenants/1/{}+/x/y", &long[1..])
        );
    }

    #[test]
    fn what_decodes_to_a_name_and_is_not_its_key_has_no_name() {
        let prefix = prefix(&tenant("42"));
        let name = |key: &str| super::name(&prefix, &Path::parse(key).unwrap());
        assert_eq!(name("tenants/42/a=20b").unwrap().as_str(), "a b");
        for key in [
            "tenants/42/a=20B",
            "tenants/42/=61",
            "tenants/42/a=2Fb",
            "tenants/42/a=2fb",
            "tenants/42/a+/b",
            "tenants/42/a+",
            "tenants/42/=2e=2e",
            "tenants/42/a=",
            "tenants/42/a=+1",
            "tenants/42/=ff",
            "tenants/42",
            "tenants/421/a",
            "tenants/4/2/a",
            "other/42/a",
        ] {
            assert_eq!(name(key), None, "{key}");
        }
    }

    fn wide_id() -> impl Strategy<Value = CanonicalTenant> {
        prop_oneof![
            "[aA=/+.]{1,6}",
            "\\PC{1,40}",
            "[a-z/]{90,128}",
            "[\u{e0}-\u{ff}]{64}",
        ]
        .prop_filter_map("no id", |text| CanonicalTenant::from_text(&text).ok())
    }

    fn name() -> impl Strategy<Value = FileName> {
        prop_oneof!["[aA=/+.%2e ]{1,8}", "\\PC{1,60}", "[a-zé/]{150,600}"]
            .prop_filter_map("no name", |text| FileName::parse(&text).ok())
    }

    proptest! {
        #[test]
        fn no_tenants_prefix_begins_another(a in wide_id(), b in wide_id()) {
            let (p, q) = (prefix(&a), prefix(&b));
            prop_assert_eq!(p.prefix_matches(&q), a == b);
            prop_assert_eq!(p.as_ref().to_lowercase(), p.as_ref());
            prop_assert!(p.as_ref().len() < 400);
        }

        #[test]
        fn a_name_comes_back_from_its_key_and_from_no_other_tenants(
            a in wide_id(), b in wide_id(), name in name()
        ) {
            let place = location(&prefix(&a), &name);
            prop_assert!(place.as_ref().len() <= 1000);
            prop_assert!(place.parts().all(|part| part.as_ref().len() <= 201));
            prop_assert_eq!(Path::parse(place.as_ref()).unwrap(), place.clone());
            prop_assert_eq!(super::name(&prefix(&a), &place), Some(name));
            if a != b {
                prop_assert_eq!(super::name(&prefix(&b), &place), None);
            }
        }
    }
}
