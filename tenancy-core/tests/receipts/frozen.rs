use std::sync::Arc;

use tenancy_core::erasure::receipts::*;

use crate::support::*;

#[derive(serde::Deserialize)]
struct Case {
    seed: String,
    public: String,
    receipts: Vec<Frozen>,
}

#[derive(serde::Deserialize)]
struct Frozen {
    erasure: String,
    report: String,
    text: String,
}

#[test]
fn frozen_receipts_verify_and_are_written_the_same_again() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../vectors/receipts.json")).unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let key = SigningKey::from_text(&case.seed.clone().into()).unwrap();
        assert_eq!(key.public().to_string(), case.public);
        let trusted = TrustedKeys::from(case.public.parse::<PublicKey>().unwrap());
        let issuer = Issuer::new(key, Arc::new(Memory::default()));
        for (number, frozen) in (1..).zip(&case.receipts) {
            let receipt = Receipt::verify(frozen.text.as_bytes(), &trusted).unwrap();
            assert_eq!(receipt.number(), number);
            assert_eq!(receipt.erasure(), frozen.erasure);
            assert_eq!(receipt.report_text(), frozen.report);
            let again = wait(issuer.issue_text(&frozen.erasure, &frozen.report)).unwrap();
            assert_eq!(again.text(), frozen.text);
        }
    }
}
