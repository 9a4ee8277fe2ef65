//! The parent's side: asks a child, and asks another for less if that one did not come back.

use std::{
    env,
    io::{self, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{
    Probe,
    child::{Event, Request, VARIABLE},
    memory,
};
use crate::{
    dispatch::{self, Heard},
    interrupt,
    results::{Capacity, Memory, Verdict},
    text,
};

/// So many are asked for where the system does not say how much memory is left.
const CAREFUL: u64 = 100_000;

/// Processes that may go wrong before it is given up.
const ATTEMPTS: usize = 5;

/// How a child came to its end.
enum End {
    /// It said so.
    Ended { count: u64, refused: Option<String>, right: bool },
    /// The run gave an error.
    Failed(String),
    /// It died when there were at least so many.
    Died(u64, String),
    /// It hangs.
    Silent,
    /// The run is to end.
    Interrupted,
}

#[derive(Default)]
struct Story {
    memory: Vec<Memory>,
    enough: Option<u64>,
    /// Nothing before the child has begun.
    grown: Option<u64>,
}

/// Finds out how far `probe` comes, at most to `most`; nothing if the run is interrupted. `deadline` is
/// the longest silence of a process.
///
/// # Errors
/// If a process cannot be started.
pub(crate) fn measure(
    probe: &Probe,
    most: u64,
    deadline: Duration,
) -> io::Result<Option<Capacity>> {
    let told = |text: Option<String>| text.map(|text| text::without_folders(&text).into_owned());
    let found = attempts(probe, most, deadline)?;
    Ok(found.map(|found| Capacity { ended: told(found.ended), why: told(found.why), ..found }))
}

fn attempts(probe: &Probe, most: u64, deadline: Duration) -> io::Result<Option<Capacity>> {
    // The other half is for other processes, and for memory of a growing backend that is not
    // resident yet.
    let allowed = memory::available().map(|bytes| bytes / 2);
    let mut found = Capacity {
        backend: probe.backend.clone(),
        probe: probe.name.clone(),
        verdict: Verdict::Ok,
        unit: probe.unit.clone(),
        asked: if allowed.is_some() { most } else { most.min(CAREFUL) },
        reached: None,
        ended: None,
        memory: Vec::new(),
        why: None,
        reproduce: None,
    };
    let (mut most, mut last) = (found.asked, Verdict::Crash);
    for _ in 0..ATTEMPTS {
        let request = Request { id: probe.id(), most, memory: allowed };
        let (story, end) = one(&request, deadline)?;
        match end {
            End::Ended { count, right: true, refused } if count > 0 => {
                let refused = refused.map(|why| format!("refused: {why}"));
                let enough = story.enough.map(|bytes| {
                    format!("{} MiB resident, half of what the system had left", bytes >> 20)
                });
                found.ended = found.ended.or(refused).or(enough);
                (found.reached, found.memory) = (Some(count), story.memory);
                return Ok(Some(found));
            }
            End::Ended { count: 0, refused, .. } => {
                let why = refused.unwrap_or_else(|| "not even one was made".to_owned());
                return Ok(Some(without(found, Verdict::Failed, why)));
            }
            End::Ended { count, .. } => {
                let why = format!("what came back from {count} does not add up");
                return Ok(Some(without(found, Verdict::Failed, why)));
            }
            // An error on the way is a limit too, if less of it goes well.
            End::Failed(why) => {
                let at = story.grown.unwrap_or(0);
                most = less(most, at);
                found.ended.get_or_insert(why);
                last = Verdict::Failed;
            }
            End::Silent => {
                let seconds = deadline.as_secs_f64();
                let why = format!("silent for {seconds} s after {}", story.grown.unwrap_or(0));
                return Ok(Some(without(found, Verdict::Timeout, why)));
            }
            End::Interrupted => return Ok(None),
            End::Died(at, why) => {
                most = less(most, at);
                found.ended.get_or_insert(format!("the process ended: {why}"));
                last = Verdict::Crash;
            }
        }
        if most == 0 {
            break;
        }
    }
    let why = found.ended.take().unwrap_or_default();
    Ok(Some(without(found, last, why)))
}

/// What to ask for after `most` went wrong when there were `at`: the same again may need a little
/// more on its way to the end than it had.
const fn less(most: u64, at: u64) -> u64 {
    if at < most { at } else { most - most.div_ceil(8) }
}

fn without(found: Capacity, verdict: Verdict, why: String) -> Capacity {
    Capacity { verdict, why: Some(why), ended: None, ..found }
}

fn one(request: &Request, deadline: Duration) -> io::Result<(Story, End)> {
    let mut child = interrupt::apart(&mut Command::new(env::current_exe()?))
        .env(VARIABLE, serde_json::to_string(request)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let events = dispatch::listen(&mut child);
    let last_words = last_words(&mut child);
    let mut story = Story::default();
    let end = follow(&events, deadline, &mut story);
    // The child may still run; nothing it does is waited for.
    interrupt::end(&mut child);
    let status = child.wait()?;
    if let Some(end) = end {
        return Ok((story, end));
    }
    if interrupt::is_asked() {
        return Ok((story, End::Interrupted));
    }
    let words = last_words.and_then(|words| words.join().ok()).unwrap_or_default();
    let why = if words.is_empty() { status.to_string() } else { format!("{status}: {words}") };
    let Some(grown) = story.grown else {
        return Err(io::Error::other(format!("{} did not begin: {why}", request.id)));
    };
    Ok((story, End::Died(grown, why)))
}

/// Nothing if the process died.
fn follow(events: &Receiver<Heard<Event>>, deadline: Duration, story: &mut Story) -> Option<End> {
    loop {
        match events.recv_timeout(deadline) {
            Ok(Heard::Said(Event::Grown(count))) => story.grown = Some(count),
            Ok(Heard::Said(Event::Mark(count, resident, tables))) => {
                story.memory.push(Memory { count, resident, tables });
            }
            Ok(Heard::Said(Event::Enough(bytes))) => story.enough = Some(bytes),
            Ok(Heard::Said(Event::Ends { count, refused, digest, expected })) => {
                return Some(End::Ended { count, refused, right: digest == expected });
            }
            Ok(Heard::Said(Event::Failed(why))) => return Some(End::Failed(why)),
            Err(RecvTimeoutError::Timeout) => return Some(End::Silent),
            Ok(Heard::Interrupted) => return Some(End::Interrupted),
            Ok(Heard::Closed) | Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// The first line that a child writes to its standard error: later ones are advice and traces.
fn last_words(child: &mut Child) -> Option<thread::JoinHandle<String>> {
    let mut errors = child.stderr.take()?;
    Some(thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until an error is all there is.
        let _ = errors.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim().to_owned()
    }))
}
