use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::types::TypeName;

/// The statements that are known to be prepared on a connection.
///
/// diesel-async prepares a statement when it first meets it, and waits for the server's answer
/// before it sends the execution. A COMMIT sent meanwhile would arrive before it. So COMMIT may
/// follow at once only a statement that has run here before and was cached then: the cache of a
/// connection never forgets. Only statements with a static query id are remembered, which is how
/// diesel-async finds them too, without a look at their SQL or bind types.
///
/// A statement whose binds look up custom types waits for these as well, so they are remembered too.
#[derive(Debug, Clone, Default)]
pub struct KnownStatements(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// Whether the binds of each statement look up types.
    statements: HashMap<TypeId, bool>,
    types: HashSet<TypeName>,
    disabled: bool,
}

/// What is known about a statement before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// It may have to be prepared.
    Unknown,
    /// It is prepared, and its binds have built-in types.
    Prepared,
    /// It is prepared, and types of its binds are looked up by name.
    PreparedWithTypes,
}

impl KnownStatements {
    pub(super) fn of(&self, id: Option<TypeId>) -> Knowledge {
        let memory = self.memory();
        match id.and_then(|id| memory.statements.get(&id)) {
            _ if memory.disabled => Knowledge::Unknown,
            None => Knowledge::Unknown,
            Some(false) => Knowledge::Prepared,
            Some(true) => Knowledge::PreparedWithTypes,
        }
    }

    pub(super) fn has_types(&self, types: &[TypeName]) -> bool {
        let memory = self.memory();
        types.iter().all(|name| memory.types.contains(name))
    }

    pub(super) fn insert(&self, id: TypeId, types: Vec<TypeName>) {
        let mut memory = self.memory();
        let looks_up = memory.statements.entry(id).or_default();
        *looks_up |= !types.is_empty();
        memory.types.extend(types);
    }

    /// Begins anew, for another size of the statement cache.
    pub(super) fn reset(&self, cache_enabled: bool) {
        *self.memory() = Memory {
            disabled: !cache_enabled,
            ..Memory::default()
        };
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
