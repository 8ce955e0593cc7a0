use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tenancy_core::BoxFuture;
use tenancy_core::erasure::receipts::*;

/// A sink that a test can do anything to.
#[derive(Debug, Default)]
pub(crate) struct Memory(pub(crate) Mutex<BTreeMap<u64, Vec<u8>>>);

impl Memory {
    pub(crate) fn text(&self, number: u64) -> String {
        String::from_utf8(self.0.lock().unwrap()[&number].clone()).unwrap()
    }

    pub(crate) fn put(&self, number: u64, text: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().insert(number, text.into());
    }

    pub(crate) fn remove(&self, number: u64) -> Vec<u8> {
        self.0.lock().unwrap().remove(&number).unwrap()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl ReceiptSink for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
        Box::pin(async { Ok(self.0.lock().unwrap().keys().copied().collect()) })
    }

    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
        Box::pin(async move { Ok(self.0.lock().unwrap().get(&number).cloned()) })
    }

    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            let mut receipts = self.0.lock().unwrap();
            if receipts.contains_key(&number) {
                return Err(SinkError::Taken { number });
            }
            receipts.insert(number, text.into());
            Ok(())
        })
    }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(crate) fn report(tenant: &str) -> String {
    format!("{{\"tenant\":\"{tenant}\"}}\n")
}

pub(crate) fn issue(issuer: &Issuer, erasure: &str) -> Result<Receipt, IssueError> {
    wait(issuer.issue_text(erasure, &report(erasure)))
}

pub(crate) fn load(sink: &dyn ReceiptSink, trusted: &TrustedKeys) -> Result<Chain, ChainError> {
    wait(Chain::load(sink, trusted))
}

/// A sink with this many receipts, and what verifies them.
pub(crate) fn with_receipts(count: usize) -> (Arc<Memory>, Issuer, TrustedKeys) {
    let sink = Arc::new(Memory::default());
    let key = SigningKey::generate().unwrap();
    let trusted = TrustedKeys::from(key.public());
    let issuer = Issuer::new(key, sink.clone());
    for number in 1..=count {
        issue(&issuer, &format!("erasure-{number}")).unwrap();
    }
    (sink, issuer, trusted)
}
