use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use super::store::Seen;
use super::{Address, Generation};

/// What all who wait for one load are given.
pub(super) type Outcome = Result<Bytes, Arc<dyn Error + Send + Sync>>;

/// The loads that are under way in this process.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Route, Arc<OnceCell<Outcome>>>>);

/// Callers share a load only if they saw the same state: whoever looked after a removal saw another one
/// than those before, and does not get what they read. Without a state while the store fails.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) address: Address,
    pub(super) state: Option<(Generation, Option<Seen>)>,
}

/// A place in a flight.
pub(super) struct Boarded<'a> {
    flights: &'a Flights,
    route: Route,
    cell: Option<Arc<OnceCell<Outcome>>>,
}

impl Flights {
    pub(super) fn board(&self, route: Route) -> Boarded<'_> {
        let cell = Arc::clone(self.lock().entry(route.clone()).or_default());
        Boarded {
            flights: self,
            route,
            cell: Some(cell),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Route, Arc<OnceCell<Outcome>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Boarded<'_> {
    /// The outcome of the flight: of `load`, unless somebody else's runs already. If that one is cut off,
    /// `load` runs after it.
    pub(super) async fn outcome(&self, load: impl Future<Output = Outcome>) -> Outcome {
        let Some(cell) = &self.cell else {
            return load.await;
        };
        let load = async {
            let outcome = load.await;
            // Whoever comes from here on has a load of its own, also where the value was not kept.
            self.end(cell);
            outcome
        };
        cell.get_or_init(|| load).await.clone()
    }

    fn end(&self, cell: &Arc<OnceCell<Outcome>>) {
        let mut flights = self.flights.lock();
        if flights
            .get(&self.route)
            .is_some_and(|flight| Arc::ptr_eq(flight, cell))
        {
            flights.remove(&self.route);
        }
    }
}

impl Drop for Boarded<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // Under the lock, so that of two who leave at once the second one sees that it is the last.
        let last = |flight: &Arc<OnceCell<Outcome>>| Arc::strong_count(flight) == 1;
        let ours = self.cell.take().map(|cell| Arc::as_ptr(&cell));
        if flights
            .get(&self.route)
            .is_some_and(|flight| Some(Arc::as_ptr(flight)) == ours && last(flight))
        {
            flights.remove(&self.route);
        }
    }
}

impl std::fmt::Debug for Flights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Flights({})", self.lock().len())
    }
}
