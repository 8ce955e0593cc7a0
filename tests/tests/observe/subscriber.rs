//! A subscriber that keeps everything it is told.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A span as it was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) parent: Option<u64>,
    pub(crate) fields: HashMap<String, String>,
    pub(crate) closed: bool,
    metadata: Option<&'static Metadata<'static>>,
}

impl Told {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        self.fields.insert(field.name().to_owned(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields
            .insert(field.name().to_owned(), value.to_owned());
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Listener {
    spans: Arc<Mutex<Vec<Told>>>,
    only_above: Option<Level>,
}

impl Listener {
    /// One that wants nothing as detailed as this level.
    pub(crate) fn of_less_than(level: Level) -> Self {
        Listener {
            only_above: Some(level),
            ..Listener::default()
        }
    }

    fn spans(&self) -> MutexGuard<'_, Vec<Told>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them, events too, in the order in which they began. Ids are their places, from one.
    pub(crate) fn all(&self) -> Vec<Told> {
        self.spans().clone()
    }

    /// The statements.
    pub(crate) fn statements(&self) -> Vec<Told> {
        let all = self.all().into_iter();
        all.filter(|told| told.name == "statement").collect()
    }

    /// Runs a step that this subscriber, and it alone, is told of.
    pub(crate) fn during<R>(&self, step: impl FnOnce() -> R) -> R {
        tracing::subscriber::with_default(self.clone(), step)
    }

    /// Runs a future on this thread, likewise.
    pub(crate) fn during_async<R>(&self, future: impl Future<Output = R>) -> R {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        self.during(|| runtime.block_on(future))
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target().starts_with("tenancy") || metadata.target() == "app";
        is_ours
            && self
                .only_above
                .is_none_or(|level| *metadata.level() < level)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let parent = match attributes.parent() {
            Some(parent) => Some(parent.into_u64()),
            None => ENTERED.with_borrow(|entered| entered.last().copied()),
        };
        let mut told = Told {
            name: attributes.metadata().name().to_owned(),
            parent,
            metadata: Some(attributes.metadata()),
            ..Told::default()
        };
        attributes.record(&mut told);
        let mut spans = self.spans();
        spans.push(told);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.spans();
        values.record(&mut spans[span.into_u64() as usize - 1]);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut told = Told {
            name: format!("event {}", event.metadata().target()),
            parent: ENTERED.with_borrow(|entered| entered.last().copied()),
            ..Told::default()
        };
        event.record(&mut told);
        self.spans().push(told);
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let last = ENTERED.with_borrow_mut(Vec::pop);
        assert_eq!(
            last,
            Some(span.into_u64()),
            "spans are left in the order they were entered"
        );
    }

    fn current_span(&self) -> Current {
        let Some(last) = ENTERED.with_borrow(|entered| entered.last().copied()) else {
            return Current::none();
        };
        match self.spans()[last as usize - 1].metadata {
            Some(metadata) => Current::new(Id::from_u64(last), metadata),
            None => Current::none(),
        }
    }

    fn try_close(&self, span: Id) -> bool {
        // Clones of a span are not counted here: the first to go is enough to see that it ends.
        self.spans()[span.into_u64() as usize - 1].closed = true;
        true
    }
}
