//! The parent's side of a measurement: starts a process per block and repetition and outlives them.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use serde::de::DeserializeOwned;

use crate::{
    fault::Fault,
    interrupt,
    paired::{BlockSamples, Settings},
    results::Verdict,
    suite::Block,
    summary::Findings,
    worker::{Event, MARK, Request, VARIABLE},
};

/// A cell of which a sample takes longer, in ns of wall time, is measured in one process only.
pub(crate) const LONG: u64 = 2_000_000_000;
/// The same of a cell of another program: there may be a dozen of them, and each is started again and
/// warmed up in each process.
const LONG_OF_PEERS: u64 = 150_000_000;

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
    Interrupted,
}

/// What a parent hears of a child.
pub(crate) enum Heard<E> {
    Said(E),
    /// It says nothing more.
    Closed,
    /// The run is to end.
    Interrupted,
}

/// Measures the `backends` of a block in fresh processes.
///
/// A cell that kills its process, hangs, or leaves threads at work is given up, and the process is
/// repeated without it, so that every other cell still gets its number. A cell whose samples take
/// more than two seconds, of another program a part of a second, is measured in the first process only;
/// the results say how many processes there were. `begins` is told what runs. A run that is interrupted ends with what the processes have
/// found that came to their end.
///
/// # Errors
/// If a process cannot be started, or ends before it has run anything.
pub fn measure(
    block: &Block,
    mut backends: Vec<String>,
    spread: &Spread,
    begins: &mut dyn FnMut(&str),
) -> io::Result<Findings> {
    let reference = block.reference.as_ref().map(|cell| cell.backend.as_str());
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
            End::Done(BlockSamples { spoilt_by: Some(backend), .. }) => {
                backends.retain(|name| *name != backend);
                let why = "threads that it has started work on after its run, and take the \
                           processors from the others: end them with the run";
                let fault = Fault { verdict: Verdict::Failed, why: why.to_owned() };
                findings.fatal.push((backend, fault));
            }
            End::Done(samples) => {
                backends.retain(|name| goes_on(&samples, name, reference == Some(name)));
                findings.processes.push(samples);
                process += 1;
            }
            End::Fatal(backend, fault) => {
                backends.retain(|name| *name != backend);
                findings.fatal.push((backend, fault));
            }
            End::Interrupted => break,
        }
    }
    Ok(findings)
}

/// Whether a backend is measured in a further process. What failed once is not run again, since it
/// cannot get a number any more; what takes long is not either, unless ratios need it.
fn goes_on(samples: &BlockSamples, backend: &str, is_reference: bool) -> bool {
    samples.lanes.iter().filter(|lane| lane.backend == backend).all(|lane| {
        let most = if lane.warm_up.is_some() { LONG_OF_PEERS } else { LONG };
        let is_long = lane.samples.iter().any(|(_, time)| time.wall > most);
        lane.fault.is_none() && (is_reference || !is_long)
    })
}

fn one(request: &Request, deadline: Duration, begins: &mut dyn FnMut(&str)) -> io::Result<End> {
    let mut child = interrupt::apart(&mut Command::new(env::current_exe()?))
        .env(VARIABLE, serde_json::to_string(request)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let events = listen(&mut child);
    let end = follow(&mut child, &events, deadline, begins);
    if end.is_err() {
        // Nothing is known of it, so nothing may go on running.
        interrupt::end(&mut child);
        let _ = child.wait();
    }
    end
}

fn follow(
    child: &mut Child,
    events: &Receiver<Heard<Event>>,
    deadline: Duration,
    begins: &mut dyn FnMut(&str),
) -> io::Result<End> {
    let mut running: Option<String> = None;
    loop {
        match events.recv_timeout(deadline) {
            Ok(Heard::Said(Event::Begins(backend))) => {
                begins(&backend);
                running = Some(backend);
            }
            Ok(Heard::Said(Event::Ends(samples))) => {
                // Not waited for its own sake: leftover threads of a backend may keep it alive.
                interrupt::end(child);
                child.wait()?;
                return Ok(End::Done(*samples));
            }
            Ok(Heard::Interrupted) => {
                interrupt::end(child);
                child.wait()?;
                return Ok(End::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) => {
                interrupt::end(child);
                child.wait()?;
                let why = format!("no end after {} s", deadline.as_secs_f64());
                return fatal(running, Verdict::Timeout, why);
            }
            Ok(Heard::Closed) | Err(RecvTimeoutError::Disconnected) => {
                let status = ended(child, deadline)?;
                if status.is_some_and(interrupt::has_ended) || interrupt::is_asked() {
                    return Ok(End::Interrupted);
                }
                let why = match status {
                    Some(status) => format!("the process ended: {status}"),
                    None => "the process closed its standard output and went on".to_owned(),
                };
                return fatal(running, Verdict::Crash, why);
            }
        }
    }
}

/// How a process that says nothing more ends, if it ends in time and the run goes on. Else it is killed.
fn ended(child: &mut Child, deadline: Duration) -> io::Result<Option<ExitStatus>> {
    // Once it has been waited for, its number may be that of another process.
    interrupt::forget();
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= deadline || interrupt::is_asked() {
            interrupt::end(child);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn fatal(running: Option<String>, verdict: Verdict, why: String) -> io::Result<End> {
    match running {
        Some(backend) => Ok(End::Fatal(backend, Fault { verdict, why })),
        None => Err(io::Error::other(format!("the measuring process ran nothing: {why}"))),
    }
}

/// What a child says, event by event, and that the run is to end.
pub(crate) fn listen<E: DeserializeOwned + Send + 'static>(
    child: &mut Child,
) -> Receiver<Heard<E>> {
    let (sender, events) = mpsc::channel();
    let waker = sender.clone();
    interrupt::waits_for(child, move || {
        // If nothing listens any more, nothing waits.
        let _ = waker.send(Heard::Interrupted);
    });
    if let Some(out) = child.stdout.take() {
        // Ends with the pipe, or when the receiver is dropped.
        thread::spawn(move || {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                let event = line
                    .strip_prefix(MARK.as_bytes())
                    .and_then(|json| serde_json::from_slice(json).ok());
                if event.is_some_and(|event: E| sender.send(Heard::Said(event)).is_err()) {
                    return;
                }
            }
            let _ = sender.send(Heard::Closed);
        });
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Time, paired::LaneSamples, results::WarmUp};

    #[test]
    fn long_and_failed_cells_take_part_once() {
        let lane = |backend: &str, wall: u64, fault: Option<Fault>| LaneSamples {
            backend: backend.into(),
            fault,
            samples: vec![(0, Time { cpu: 0, wall: 1 }), (1, Time { cpu: 0, wall })],
            ..LaneSamples::default()
        };
        let fault = Fault { verdict: Verdict::Failed, why: String::new() };
        let lanes = vec![lane("short", LONG, None), lane("long", LONG + 1, None)];
        let peer = |backend: &str, wall: u64| LaneSamples {
            warm_up: Some(WarmUp { samples: 1, stable: false }),
            ..lane(backend, wall, None)
        };
        let peers = vec![peer("peer", LONG_OF_PEERS), peer("slow peer", LONG_OF_PEERS + 1)];
        let lanes = [lanes, peers, vec![lane("failed", 1, Some(fault))]].concat();
        let samples = BlockSamples { lanes, ..BlockSamples::default() };
        let again = |backend| (goes_on(&samples, backend, false), goes_on(&samples, backend, true));
        assert_eq!(again("short"), (true, true));
        assert_eq!(again("long"), (false, true));
        assert_eq!(again("peer"), (true, true));
        assert_eq!(again("slow peer"), (false, true));
        assert_eq!(again("failed"), (false, false));
        assert_eq!(again("not in it"), (true, true));
    }
}
