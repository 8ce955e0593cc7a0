/// Joins parts so that different lists of parts never give the same bytes: each part follows its
/// length, a 64-bit big-endian number.
///
/// Parts are canonical texts, and bytes where the value has no text. There is no tag for types: the
/// id 42 has one frame, be it an `i32` or, after a migration, an `i64`.
///
/// ```
/// use tenancy_core::encryption::frame;
///
/// assert_ne!(frame(&[b"ab", b"c"]), frame(&[b"a", b"bc"]));
/// assert_ne!(frame(&[b"a"]), frame(&[b"a", b""]));
/// ```
pub fn frame(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|p| 8 + p.len()).sum());
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unframe(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let (part, rest) = rest.split_at(u64::from_be_bytes(*length) as usize);
            parts.push(part.to_vec());
            bytes = rest;
        }
        assert!(bytes.is_empty());
        parts
    }

    proptest! {
        #[test]
        fn a_frame_can_be_taken_apart_so_no_two_lists_share_one(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)
        ) {
            let borrowed: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(unframe(&frame(&borrowed)), parts);
        }
    }
}
