/// What has no row, and why.
pub(super) const IGNORED: &[(&str, &str)] = &[];
