//! One task: times, messages and processor time.

use std::fmt;
use std::time::{Duration, Instant};

use tenancy_testing::proxy::{Counters, WireProxy};

use crate::database::Databases;
use crate::variant::{Runner, Variant};
use crate::work::Operation;

/// The rows of one table.
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) cells: Vec<Cell>,
}

pub(crate) struct Cell {
    pub(crate) operation: Operation,
    pub(crate) variant: Variant,
    quarter: f64,
    pub(crate) median: f64,
    three_quarters: f64,
    /// Of a warm connection.
    wire: Option<Counters>,
}

impl Table {
    pub(crate) fn of(&self, operation: Operation, variant: Variant) -> &Cell {
        let mut cells = self.cells.iter();
        cells
            .find(|cell| cell.operation == operation && cell.variant == variant)
            .unwrap()
    }

    /// Beside the bare statement of the same run.
    pub(crate) fn ratio(&self, cell: &Cell) -> f64 {
        cell.median / self.of(cell.operation, Variant::Bare).median
    }
}

/// Each cell has the median, the middle half of the times, and the median in times of the bare statement's.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        self.rows(f, |f, cell| {
            write!(
                f,
                "{:.0} ({:.0}-{:.0}) **{:.2}x**",
                cell.median,
                cell.quarter,
                cell.three_quarters,
                self.ratio(cell)
            )
        })
    }
}

impl Table {
    /// Round trips, and messages of both sides, of a warm connection.
    pub(crate) fn wire(&self) -> String {
        struct Wire<'t>(&'t Table);
        impl fmt::Display for Wire<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                writeln!(f, "### Round trips and messages\n")?;
                self.0.rows(f, |f, cell| match cell.wire {
                    Some(wire) => {
                        let messages = wire.client_messages + wire.server_messages;
                        write!(f, "{} ({messages})", wire.round_trips)
                    }
                    None => Ok(()),
                })
            }
        }
        Wire(self).to_string()
    }

    fn rows(
        &self,
        f: &mut fmt::Formatter<'_>,
        show: impl Fn(&mut fmt::Formatter<'_>, &Cell) -> fmt::Result,
    ) -> fmt::Result {
        write!(f, "| |")?;
        for variant in Variant::ALL {
            write!(f, " {} |", variant.name())?;
        }
        writeln!(f, "\n|---|{}", "---|".repeat(Variant::ALL.len()))?;
        for operation in Operation::ALL {
            write!(f, "| {} |", operation.name())?;
            for variant in Variant::ALL {
                write!(f, " ")?;
                show(f, self.of(operation, variant))?;
                write!(f, " |")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

pub(crate) async fn times(databases: &Databases, round_trip: Duration) -> Table {
    let far = !round_trip.is_zero();
    // Over loopback the proxy itself would be most of the time.
    let proxy = far.then(|| {
        let server = databases.server.socket_addr().unwrap();
        WireProxy::start(server, round_trip / 2).unwrap()
    });
    let mut runners = Vec::new();
    for variant in Variant::ALL {
        let url = variant.url(databases);
        let url = proxy
            .as_ref()
            .map_or(url.clone(), |proxy| proxy.url(&url).unwrap());
        runners.push(Runner::connect(variant, &url).await);
    }
    let (runs, warm) = match round_trip.as_micros() {
        0 => (1_500, 100),
        500 => (200, 20),
        _ => (80, 10),
    };
    let mut cells = Vec::new();
    for operation in Operation::ALL {
        let mut times = vec![Vec::new(); runners.len()];
        for run in 0..warm + runs {
            for (runner, times) in runners.iter_mut().zip(&mut times) {
                let begin = Instant::now();
                runner.run(operation).await;
                if run >= warm {
                    times.push(begin.elapsed().as_secs_f64() * 1e6);
                }
            }
        }
        for ((variant, runner), times) in Variant::ALL.into_iter().zip(&mut runners).zip(times) {
            let mut wire = None;
            if let Some(proxy) = &proxy {
                proxy.reset();
                runner.run(operation).await;
                wire = Some(proxy.counters());
            }
            cells.push(cell(operation, variant, times, wire));
        }
    }
    Table {
        title: if far {
            format!("Round trip of {} ms", round_trip.as_secs_f64() * 1e3)
        } else {
            "Loopback".to_owned()
        },
        cells,
    }
}

/// The processor time of the thread of the client, everything in it included: driver, Diesel and this
/// library.
pub(crate) async fn processor_times(databases: &Databases) -> Table {
    const BLOCKS: usize = 30;
    const RUNS: u32 = 50;
    let mut runners = Vec::new();
    for variant in Variant::ALL {
        runners.push(Runner::connect(variant, &variant.url(databases)).await);
    }
    let mut cells = Vec::new();
    for operation in Operation::ALL {
        let mut times = vec![Vec::new(); runners.len()];
        for block in 0..=BLOCKS {
            for (runner, times) in runners.iter_mut().zip(&mut times) {
                let begin = thread_time();
                for _ in 0..RUNS {
                    runner.run(operation).await;
                }
                // The first block warms up.
                if block > 0 {
                    times.push((thread_time() - begin).as_secs_f64() * 1e6 / f64::from(RUNS));
                }
            }
        }
        for (variant, times) in Variant::ALL.into_iter().zip(times) {
            cells.push(cell(operation, variant, times, None));
        }
    }
    Table {
        title: "Processor time of the client, loopback".to_owned(),
        cells,
    }
}

fn cell(
    operation: Operation,
    variant: Variant,
    mut times: Vec<f64>,
    wire: Option<Counters>,
) -> Cell {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[times.len() * part / 4];
    Cell {
        operation,
        variant,
        quarter: at(1),
        median: at(2),
        three_quarters: at(3),
        wire,
    }
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}
