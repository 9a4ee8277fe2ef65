//! A peer as a subject of the conformance suite.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use switchback::Capabilities;
use switchback_bench::{Fault, results};
use switchback_conformance::{
    Event, Failure, Program, Subject, Verdict,
    model::Rules,
    suite::{Place, Suite},
};

use crate::{
    Manifest,
    process::Peer,
    protocol::{Ask, Can, Say},
};

/// How long a program may take, and how long once one did not come back.
const LIMIT: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_secs(1);

/// The suite of a peer that is started by `command`; `None` if it does not claim to run programs. The
/// cases are for this process: the peer runs in others, one for each case that is judged at a time.
#[must_use]
pub fn suite(manifest: &Manifest, command: &[String], place: Place) -> Option<Suite> {
    if !manifest.can.contains(&Can::Run) {
        return None;
    }
    let pool = Arc::new(Pool {
        manifest: manifest.clone(),
        command: command.to_vec(),
        idle: Mutex::default(),
        hung: AtomicBool::new(false),
    });
    // The recordings show what the reference does, and so must a peer.
    let subject = Subject::new(capabilities(manifest), Rules::REFERENCE, move |program, budget| {
        pool.run(program, budget)
    });
    let suite = Suite::of_programs(&manifest.name, place, subject);
    Some(suite.known_failures(manifest.known_failures.cases()))
}

fn capabilities(manifest: &Manifest) -> Capabilities {
    let can = |what| manifest.can.contains(&what);
    Capabilities {
        order_exact: can(Can::OrderExact),
        control: can(Can::Control),
        throw: can(Can::Throw),
        kill: can(Can::Throw),
        close: can(Can::Close),
        deadlock: can(Can::Deadlock),
        buffer: manifest.buffer,
        ..Capabilities::NONE
    }
}

/// Processes of a peer that wait for the next program.
struct Pool {
    manifest: Manifest,
    command: Vec<String>,
    idle: Mutex<Vec<Peer>>,
    /// A program did not come back.
    hung: AtomicBool,
}

impl Pool {
    fn run(&self, program: &Program, budget: usize) -> Result<Vec<Event>, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut peer = match idle {
            Some(peer) => peer,
            None => Peer::start(&self.manifest, &self.command).map_err(failure)?.0,
        };
        let ask = Ask::Run { program: program.to_value(), events: budget };
        let limit = if self.hung.load(Ordering::Relaxed) { SHORT } else { LIMIT };
        let said = peer.ask(ask, limit).map_err(|fault| {
            if fault.verdict == results::Verdict::Timeout {
                self.hung.store(true, Ordering::Relaxed);
            }
            failure(fault)
        })?;
        let Say::Ran { events } = said else {
            let why = "its answer to `run` is another one than `ran`";
            return Err(failure(peer.refuse(results::Verdict::Failed, why)));
        };
        let events: Result<Vec<Event>, String> = events.iter().map(Event::from_value).collect();
        let events = events.map_err(|found| {
            let why = format!(
                "expected events such as [TASKLET, OP NUMBER, NAME], each of the three a string; found \
                 that {found}"
            );
            failure(peer.refuse(results::Verdict::Failed, &why))
        })?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(peer);
        Ok(events)
    }
}

/// A fault of a peer as the failure of a case.
fn failure(fault: Fault) -> Failure {
    let verdict = match fault.verdict {
        results::Verdict::Crash => Some(Verdict::Crash),
        results::Verdict::Timeout => Some(Verdict::Timeout),
        _ => None,
    };
    // What a program sent differs from case to case; how it went wrong does not.
    let sign: String = fault.why.chars().take_while(|c| *c != ':').collect();
    Failure { text: fault.why, verdict, sign: Some(sign), ..Failure::default() }
}
