use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tenancy_core::erasure::Report;
use tenancy_core::erasure::receipts::*;
use tenancy_core::{BoxFuture, CanonicalTenant};

use crate::support::*;

#[test]
fn an_erasure_that_asks_again_gets_the_same_receipt() {
    let (sink, issuer, _) = with_receipts(3);
    let again = issue(&issuer, "erasure-2").unwrap();
    assert_eq!(again.number(), 2);
    assert_eq!(sink.len(), 3);
    let other = wait(issuer.issue_text("erasure-2", &report("another")));
    assert!(matches!(other, Err(IssueError::OtherReport { number: 2 })));
    assert_eq!(sink.len(), 3);
}

#[test]
fn of_many_issuers_at_once_each_gets_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::generate().unwrap();
    let trusted = TrustedKeys::from(key.public());
    let text = key.to_text();
    thread::scope(|scope| {
        for t in 0..4 {
            let (text, path) = (&text, folder.path());
            scope.spawn(move || {
                let key = SigningKey::from_text(text).unwrap();
                let issuer = Issuer::new(key, Arc::new(Directory::open(path).unwrap()));
                for n in 0..5 {
                    issue(&issuer, &format!("erasure-{t}-{n}")).unwrap();
                }
            });
        }
    });
    let chain = load(&Directory::open(folder.path()).unwrap(), &trusted).unwrap();
    assert_eq!(chain.receipts().len(), 20);
    for t in 0..4 {
        for n in 0..5 {
            assert!(chain.of_erasure(&format!("erasure-{t}-{n}")).is_some());
        }
    }
}

/// A sink that loses its connection at a call.
#[derive(Debug)]
struct Cut {
    sink: Arc<Memory>,
    calls: AtomicUsize,
    at: usize,
    /// Whether the call that is cut off has an effect.
    after: bool,
}

impl Cut {
    fn fails(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) == self.at
    }
}

fn cut_off<T>() -> Result<T, SinkError> {
    Err(SinkError::Failed {
        sink: "cut".to_owned(),
        error: "cut off".into(),
    })
}

impl ReceiptSink for Cut {
    fn name(&self) -> String {
        "cut".to_owned()
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
        if self.fails() {
            return Box::pin(async { cut_off() });
        }
        self.sink.numbers()
    }

    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
        if self.fails() {
            return Box::pin(async { cut_off() });
        }
        self.sink.read(number)
    }

    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        if self.fails() {
            return Box::pin(async move {
                if self.after {
                    self.sink.append(number, text).await?;
                }
                cut_off()
            });
        }
        self.sink.append(number, text)
    }
}

#[test]
fn cut_off_at_any_call_and_asked_again_it_ends_the_same() {
    let mut failures = 0;
    for of_copy in [false, true] {
        for after in [false, true] {
            for at in 0..8 {
                let key = SigningKey::generate().unwrap();
                let trusted = TrustedKeys::from(key.public());
                let sinks = [Arc::new(Memory::default()), Arc::new(Memory::default())];
                let good = Issuer::new(
                    SigningKey::from_text(&key.to_text()).unwrap(),
                    sinks[0].clone(),
                )
                .copy_to(sinks[1].clone());
                issue(&good, "before").unwrap();
                let cut = |i: usize| Cut {
                    sink: sinks[i].clone(),
                    calls: AtomicUsize::new(0),
                    at: if of_copy == (i == 1) { at } else { usize::MAX },
                    after,
                };
                let bad = Issuer::new(key, Arc::new(cut(0))).copy_to(Arc::new(cut(1)));
                failures += usize::from(issue(&bad, "erasure").is_err());
                let receipt = issue(&good, "erasure").unwrap();
                assert_eq!(receipt.number(), 2);
                for sink in &sinks {
                    let chain = load(&**sink, &trusted).unwrap();
                    assert_eq!(chain.receipts().len(), 2);
                    assert_eq!(chain.receipts()[1], receipt);
                }
            }
        }
    }
    assert!(failures >= 12, "{failures}");
}

#[test]
fn a_sink_that_keeps_something_else_is_noticed() {
    #[derive(Debug)]
    struct Forgetful(Memory);
    impl ReceiptSink for Forgetful {
        fn name(&self) -> String {
            "forgetful".to_owned()
        }
        fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
            self.0.numbers()
        }
        fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
            self.0.read(number)
        }
        fn append<'a>(&'a self, _: u64, _: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
            Box::pin(async { Ok(()) })
        }
    }
    let key = SigningKey::generate().unwrap();
    let issuer = Issuer::new(key, Arc::new(Forgetful(Memory::default())));
    assert!(matches!(
        issue(&issuer, "erasure"),
        Err(IssueError::NotKept { number: 1 })
    ));
}

#[test]
fn what_cannot_stand_in_a_receipt_is_refused() {
    let (sink, issuer, _) = with_receipts(0);
    let long = "x".repeat(MAX_RECEIPT_BYTES) + "\n";
    for (erasure, report) in [
        ("", "{}\n"),
        ("a\nb", "{}\n"),
        ("../a", "{}\n"),
        ("a b", "{}\n"),
        ("a", "{}"),
        ("a", ""),
        ("a", &*long),
    ] {
        let refused = wait(issuer.issue_text(erasure, report));
        assert!(matches!(refused, Err(IssueError::Report(_))), "{erasure}");
    }
    assert_eq!(sink.len(), 0);
    // A report may look like the end of a receipt.
    let odd = format!("{{}}\nsignature {}\n", "0".repeat(128));
    let receipt = wait(issuer.issue_text("a", &odd)).unwrap();
    assert_eq!(receipt.report_text(), odd);
}

#[test]
fn the_report_of_an_erasure_is_read_back_from_its_receipt() {
    let (sink, issuer, trusted) = with_receipts(0);
    let tenant = CanonicalTenant::from_text("Müller & Söhne").unwrap();
    let mut report = Report::new("e-1", tenant, "2026-11-25T22:40:12.123456Z");
    let unfinished = wait(issuer.issue(&report));
    assert!(matches!(unfinished, Err(IssueError::NotFinished)));
    report.finished = "2026-11-25T22:41:12.123456Z".to_owned();
    let receipt = wait(issuer.issue(&report)).unwrap();
    assert_eq!(receipt.report().unwrap(), report);
    let read = load(&*sink, &trusted).unwrap();
    assert_eq!(read.receipts()[0].report().unwrap(), report);
    // Signed, and yet of another erasure than its receipt, or of a later form.
    let text = report.to_json().unwrap() + "\n";
    for (erasure, text) in [
        ("e-2", text.clone()),
        ("e-3", text.replace("\"format\":1", "\"format\":2")),
        ("e-4", "{}\n".to_owned()),
    ] {
        let receipt = wait(issuer.issue_text(erasure, &text)).unwrap();
        assert_eq!(receipt.report(), Err(ReceiptError::Report));
    }
}
