//! The parent's side of a measurement: starts a process per block and repetition and outlives them.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use serde::de::DeserializeOwned;

use crate::{
    paired::{BlockSamples, Settings},
    results::Verdict,
    sampler::Fault,
    suite::Block,
    summary::Findings,
    worker::{Event, MARK, Request, VARIABLE},
};

/// How a block is spread over processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Fresh processes that share the time budget.
    pub processes: u64,
    /// Longest silence of a process: no single sample may take longer.
    pub deadline: Duration,
    /// What each process does; its `process` number is set for each.
    pub settings: Settings,
}

enum End {
    Done(BlockSamples),
    Fatal(String, Fault),
}

/// Measures the `backends` of a block in fresh processes.
///
/// A cell that kills its process or hangs is given up and the process repeated without it, so
/// that every other cell still gets its number. `begins` is told what runs.
///
/// # Errors
/// If a process cannot be started, or ends before it has run anything.
pub fn measure(
    block: &Block,
    mut backends: Vec<String>,
    spread: &Spread,
    begins: &mut dyn FnMut(&str),
) -> io::Result<Findings> {
    let mut findings = Findings::default();
    let mut process = 0;
    while process < spread.processes && !backends.is_empty() {
        let request = Request {
            scenario: block.scenario.clone(),
            size: block.size,
            backends: backends.clone(),
            settings: Settings { process, ..spread.settings.clone() },
        };
        match one(&request, spread.deadline, begins)? {
            End::Done(samples) => {
                // What failed once is not run again: it cannot get a number any more.
                backends.retain(|name| {
                    !samples.lanes.iter().any(|lane| lane.backend == *name && lane.fault.is_some())
                });
                findings.processes.push(samples);
                process += 1;
            }
            End::Fatal(backend, fault) => {
                backends.retain(|name| *name != backend);
                findings.fatal.push((backend, fault));
            }
        }
    }
    Ok(findings)
}

fn one(request: &Request, deadline: Duration, begins: &mut dyn FnMut(&str)) -> io::Result<End> {
    let mut child = Command::new(env::current_exe()?)
        .env(VARIABLE, serde_json::to_string(request)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let events = listen(&mut child);
    let end = follow(&mut child, &events, deadline, begins);
    if end.is_err() {
        // Nothing is known of it, so nothing may go on running.
        let _ = child.kill();
        let _ = child.wait();
    }
    end
}

fn follow(
    child: &mut Child,
    events: &Receiver<Event>,
    deadline: Duration,
    begins: &mut dyn FnMut(&str),
) -> io::Result<End> {
    let mut running: Option<String> = None;
    loop {
        match events.recv_timeout(deadline) {
            Ok(Event::Begins(backend)) => {
                begins(&backend);
                running = Some(backend);
            }
            Ok(Event::Ends(samples)) => {
                // Not waited for its own sake: leftover threads of a backend may keep it alive.
                let _ = child.kill();
                child.wait()?;
                return Ok(End::Done(samples));
            }
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                let why = format!("no end after {} s", deadline.as_secs_f64());
                return fatal(running, Verdict::Timeout, why);
            }
            Err(RecvTimeoutError::Disconnected) => {
                let why = format!("the process ended: {}", child.wait()?);
                return fatal(running, Verdict::Crash, why);
            }
        }
    }
}

fn fatal(running: Option<String>, verdict: Verdict, why: String) -> io::Result<End> {
    match running {
        Some(backend) => Ok(End::Fatal(backend, Fault { verdict, why })),
        None => Err(io::Error::other(format!("the measuring process ran nothing: {why}"))),
    }
}

/// What a child says, event by event.
pub(crate) fn listen<E: DeserializeOwned + Send + 'static>(child: &mut Child) -> Receiver<E> {
    let (sender, events) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        // Ends with the pipe, or when the receiver is dropped.
        thread::spawn(move || {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                let event = line
                    .strip_prefix(MARK.as_bytes())
                    .and_then(|json| serde_json::from_slice(json).ok());
                if event.is_some_and(|event: E| sender.send(event).is_err()) {
                    break;
                }
            }
        });
    }
    events
}
