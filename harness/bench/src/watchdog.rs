//! Ends the program when a cell hangs in the program's own process, where nothing else can.

use std::{
    process,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use crate::lines;

/// Watches one cell at a time; dropping it ends the watch.
#[derive(Debug)]
pub struct Watchdog {
    watch: Sender<Option<String>>,
}

impl Watchdog {
    /// Starts a watch that allows each run `deadline`.
    #[must_use]
    pub fn new(deadline: Duration) -> Self {
        let (watch, runs) = mpsc::channel::<Option<String>>();
        thread::spawn(move || {
            let mut running = None;
            loop {
                let next = match &running {
                    None => runs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                    Some(_) => runs.recv_timeout(deadline),
                };
                match (next, running.take()) {
                    (Ok(next), _) => running = next,
                    (Err(RecvTimeoutError::Timeout), Some(id)) => give_up(&id, deadline),
                    (Err(_), _) => return,
                }
            }
        });
        Self { watch }
    }

    /// Watches while `work` runs.
    pub fn during<T>(&self, id: &str, work: impl FnOnce() -> T) -> T {
        // If the watching thread is gone there is no watch, and the work still counts.
        let _ = self.watch.send(Some(id.to_owned()));
        let done = work();
        let _ = self.watch.send(None);
        done
    }
}

fn give_up(id: &str, deadline: Duration) {
    lines::complain(format_args!(
        "{id} hangs: no end after {} s although it ended before. The paired results are saved. \
         Leave criterion out with SWITCHBACK_CRITERION=0, or select other cells with a filter.",
        deadline.as_secs_f64()
    ));
    process::exit(1);
}
