use super::HEADER;

/// The plaintext of a chunk that is not the last, in bytes.
pub(crate) const CHUNK: usize = 64 << 10;
/// The same chunk with its tag.
pub(crate) const SEALED_CHUNK: usize = CHUNK + TAG;
pub(super) const TAG: usize = 16;

/// The length of the file, encrypted. Nothing if it needs more chunks than there are numbers.
pub(crate) fn sealed_length(plain: u64) -> Option<u64> {
    let chunks = plain.div_ceil(CHUNK as u64).max(1);
    u32::try_from(chunks).ok()?;
    Some(HEADER as u64 + plain + chunks * TAG as u64)
}

/// The length of the plaintext of an encrypted file. Nothing if no file has this length.
pub(crate) fn plain_length(sealed: u64) -> Option<u64> {
    let chunks = sealed.checked_sub(HEADER as u64)?;
    let plain = chunks.checked_sub(chunks.div_ceil(SEALED_CHUNK as u64) * TAG as u64)?;
    (sealed_length(plain) == Some(sealed)).then_some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_length_has_one_sealed_length_and_others_have_none() {
        let chunk = CHUNK as u64;
        for plain in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 7] {
            assert_eq!(plain_length(sealed_length(plain).unwrap()), Some(plain));
        }
        let sealed: std::collections::HashSet<_> =
            (0..3 * chunk).filter_map(sealed_length).collect();
        for length in 0..=sealed_length(3 * chunk - 1).unwrap() {
            assert_eq!(
                plain_length(length).is_some(),
                sealed.contains(&length),
                "{length}"
            );
        }
        assert_eq!(sealed_length(u64::MAX), None);
        assert_eq!(plain_length(u64::MAX), None);
        assert!(sealed_length(u64::from(u32::MAX) * chunk).is_some());
        assert_eq!(sealed_length(u64::from(u32::MAX) * chunk + 1), None);
    }

    proptest! {
        #[test]
        fn a_length_comes_back(plain in 0..=u64::from(u32::MAX) * CHUNK as u64) {
            prop_assert_eq!(plain_length(sealed_length(plain).unwrap()), Some(plain));
        }
    }
}
