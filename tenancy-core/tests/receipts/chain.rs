//! What is noticed when receipts are removed, exchanged and moved.

use tenancy_core::erasure::receipts::*;

use crate::support::*;

#[test]
fn a_whole_chain_is_read_in_order() {
    let (sink, _, trusted) = with_receipts(12);
    let chain = load(&*sink, &trusted).unwrap();
    let names: Vec<_> = chain.receipts().iter().map(Receipt::erasure).collect();
    let expected: Vec<_> = (1..=12).map(|n| format!("erasure-{n}")).collect();
    assert_eq!(names, expected);
    assert_eq!(chain.of_erasure("erasure-7").unwrap().number(), 7);
    assert!(chain.of_erasure("erasure-13").is_none());
}

#[test]
fn a_receipt_that_was_removed_is_missed() {
    for number in 1..=3 {
        let (sink, issuer, trusted) = with_receipts(4);
        sink.remove(number);
        let error = load(&*sink, &trusted).unwrap_err();
        assert!(matches!(error, ChainError::Missing { number: n } if n == number));
        // Nothing is added to a chain with a gap.
        assert!(matches!(
            issue(&issuer, "later"),
            Err(IssueError::Chain(ChainError::Missing { .. }))
        ));
        assert_eq!(sink.len(), 3);
    }
}

#[test]
fn receipts_that_moved_up_into_a_gap_are_noticed() {
    let (sink, _, trusted) = with_receipts(3);
    sink.remove(2);
    let third = sink.remove(3);
    sink.put(2, third);
    let error = load(&*sink, &trusted).unwrap_err();
    assert!(matches!(error, ChainError::OutOfPlace { number: 2 }));
}

#[test]
fn a_receipt_of_another_chain_of_the_same_key_does_not_fit() {
    let key = SigningKey::generate().unwrap();
    let trusted = TrustedKeys::from(key.public());
    let copy = SigningKey::from_text(&key.to_text()).unwrap();
    let sinks = [key, copy].map(|key| {
        let sink = std::sync::Arc::new(Memory::default());
        let issuer = Issuer::new(key, sink.clone());
        (sink, issuer)
    });
    for (i, (_, issuer)) in sinks.iter().enumerate() {
        for n in 0..3 {
            issue(issuer, &format!("chain-{i}-{n}")).unwrap();
        }
    }
    let [(first, _), (second, _)] = sinks;
    first.put(2, second.text(2));
    let error = load(&*first, &trusted).unwrap_err();
    assert!(matches!(error, ChainError::Broken { number: 2 }));
}

#[test]
fn a_chain_whose_end_was_cut_off_lacks_a_digest_that_is_kept_elsewhere() {
    let (sink, _, trusted) = with_receipts(3);
    let last = load(&*sink, &trusted).unwrap().receipts()[2].digest();
    assert!(load(&*sink, &trusted).unwrap().find(last).is_some());
    sink.remove(3);
    // The chain alone cannot tell.
    let chain = load(&*sink, &trusted).unwrap();
    assert!(chain.find(last).is_none());
}

#[test]
fn a_chain_that_was_cut_off_and_goes_on_differs_from_its_copy() {
    let (sink, _, _) = with_receipts(0);
    let copy = std::sync::Arc::new(Memory::default());
    let key = SigningKey::generate().unwrap();
    let issuer = Issuer::new(key, sink.clone()).copy_to(copy.clone());
    for n in 1..=3 {
        issue(&issuer, &format!("erasure-{n}")).unwrap();
    }
    assert_eq!(copy.text(3), sink.text(3));
    sink.remove(3);
    assert!(matches!(
        issue(&issuer, "another"),
        Err(IssueError::CopyDiffers { number: 3, .. })
    ));
}

#[test]
fn a_chain_goes_on_under_a_new_key_while_the_old_one_is_trusted() {
    let (sink, _, old) = with_receipts(2);
    let new = SigningKey::generate().unwrap();
    let public = new.public();
    let issuer = Issuer::new(new, sink.clone());
    assert!(matches!(issue(&issuer, "later"), Err(IssueError::Chain(_))));

    let (sink, _, _) = with_receipts(0);
    let first = SigningKey::generate().unwrap();
    let before = first.public();
    issue(&Issuer::new(first, sink.clone()), "first").unwrap();
    let second = SigningKey::generate().unwrap();
    let after = second.public();
    issue(&Issuer::new(second, sink.clone()).trust(before), "second").unwrap();
    assert!(load(&*sink, &TrustedKeys::from(before).with(after)).is_ok());
    assert!(load(&*sink, &after.into()).is_err());
    assert!(load(&*sink, &old.with(public)).is_err());
}
