//! The frozen formats: what earlier versions wrote must open for ever.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "shared with an example, outside of which nobody sees it"
)]

#[path = "../examples/vectors/case.rs"]
mod case;

use case::Case;
use tenancy_core::encryption::frame;

#[test]
fn frozen_keyrings_open_and_their_changed_values_do_not() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../vectors/keyrings.json")).unwrap();
    assert_eq!(cases.len(), 2);
    cases.iter().for_each(Case::check);
}

#[test]
fn frozen_frames_are_the_same() {
    #[derive(serde::Deserialize)]
    struct Frame {
        parts: Vec<String>,
        frame: String,
    }
    let cases: Vec<Frame> = serde_json::from_str(include_str!("../vectors/frames.json")).unwrap();
    assert!(cases.len() >= 7);
    for case in cases {
        let parts: Vec<_> = case.parts.iter().map(|part| case::unhex(part)).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(case::hex(&frame(&parts)), case.frame);
    }
}
