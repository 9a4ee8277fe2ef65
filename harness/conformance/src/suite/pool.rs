//! Worker processes from the side of the process that judges.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::protocol::{self, Event, WORD, WORKER};
use super::sleep::Sleep;
use crate::Failure;

/// Time for a worker to start, and for a dead one to be mourned, before scaling.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long all threads of a worker may sleep without a break before its case is taken for one
/// that hangs, before scaling. No case sleeps, and none waits for another process.
const IDLE: Duration = Duration::from_secs(5);
/// Between two looks at the threads of a worker.
const LOOK: Duration = Duration::from_millis(100);
/// How long a worker may take to tell what its case has done.
const ANSWER: Duration = Duration::from_secs(2);
/// How much of a worker's output is kept, in bytes, and how many lines are shown.
const KEPT: usize = 64 * 1024;
const SHOWN: usize = 40;

/// Begins the sign of a process that ended; how follows.
pub(super) const CRASH: &str = "end of the process, ";
/// The sign of a case that took too long.
pub(super) const HANG: &str = "hang";

/// How a case went.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ran {
    pub(super) end: End,
    /// Something to say about a case that holds.
    pub(super) remark: Option<String>,
    pub(super) seconds: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    Held,
    Failed(Failure),
    /// The process ended: how, and what it wrote last.
    Crashed(Failure),
    /// The process was ended at the limit.
    TimedOut(Failure),
}

/// Workers of one suite: as many as are asked for at one time, kept for the next case.
#[derive(Debug)]
pub(super) struct Pool {
    suite: String,
    arguments: Vec<OsString>,
    /// Multiplies all limits of time.
    scale: f64,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    pub(super) fn new(suite: &str, arguments: Vec<OsString>, scale: f64) -> Self {
        Self { suite: suite.to_owned(), arguments, scale, idle: Mutex::new(Vec::new()) }
    }

    /// Starts a worker to see that it can be done.
    pub(super) fn probe(&self) -> Result<(), String> {
        let worker = self.start()?;
        self.keep(worker);
        Ok(())
    }

    /// Runs a case in a worker, which is not used again unless the case holds.
    /// `leaks`: what earlier cases were found to leak, so that a short look is enough.
    pub(super) fn run(&self, id: &str, limit: Duration, leaks: &BTreeSet<String>) -> Ran {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let ended = |end| Ran { end, remark: None, seconds: 0.0 };
        let mut worker = match idle.map_or_else(|| self.start(), Ok) {
            Ok(worker) => worker,
            Err(why) => return ended(End::Crashed(why.into())),
        };
        let request = protocol::request(id, leaks);
        let (limit, idle) = (limit.mul_f64(self.scale), IDLE.mul_f64(self.scale));
        let ran = worker.run(&request, limit, idle, self.patience());
        if ran.end == End::Held {
            self.keep(worker);
        }
        ran
    }

    fn keep(&self, worker: Worker) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// Never less than what a process needs, however short the limits of cases are.
    fn patience(&self) -> Duration {
        PATIENCE.mul_f64(self.scale.max(1.0))
    }

    fn start(&self) -> Result<Worker, String> {
        let failed = |error: std::io::Error| format!("a process for the cases: {error}");
        let program = std::env::current_exe().map_err(failed)?;
        let word = word();
        let mut child = Command::new(program)
            .args(&self.arguments)
            .env(WORKER, &self.suite)
            .env(WORD, &word)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let output = Arc::<Mutex<Vec<u8>>>::default();
        let (sender, events) = mpsc::channel();
        let requests = child.stdin.take();
        let readers = [
            child.stdout.take().map(|out| read_events(out, word, sender, Arc::clone(&output))),
            child.stderr.take().map(|err| read_output(err, Arc::clone(&output))),
        ];
        let readers = readers.into_iter().flatten().collect();
        let mut worker = Worker { child, requests, events, output, readers };
        match worker.events.recv_timeout(self.patience()) {
            Ok(Event::Ready) => Ok(worker),
            _ => {
                let how = worker.end(self.patience());
                let printed = worker.printed();
                Err(format!("the process for the cases did not start: {how}{printed}"))
            }
        }
    }
}

/// A word that no backend prints by chance.
fn word() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[derive(Debug)]
struct Worker {
    child: Child,
    requests: Option<ChildStdin>,
    events: mpsc::Receiver<Event>,
    /// The last of what it printed.
    output: Arc<Mutex<Vec<u8>>>,
    /// Tell that a pipe is closed.
    readers: Vec<mpsc::Receiver<()>>,
}

impl Worker {
    fn run(&mut self, request: &str, limit: Duration, idle: Duration, patience: Duration) -> Ran {
        let begin = Instant::now();
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // A worker that is dead already does not answer either, which is found below.
        if let Some(requests) = &mut self.requests {
            let _ = writeln!(requests, "{request}").and_then(|()| requests.flush());
        }
        let (mut replay, mut remark) = (Vec::new(), None);
        let mut sleep = Sleep::new(self.child.id(), idle);
        loop {
            let left = limit.saturating_sub(begin.elapsed());
            let end = match self.events.recv_timeout(left.min(LOOK)) {
                Err(mpsc::RecvTimeoutError::Timeout)
                    if begin.elapsed() < limit && !sleep.is_long() =>
                {
                    continue;
                }
                Ok(Event::Ready | Event::Doing(_)) => continue,
                Ok(Event::Replay(variables)) => {
                    replay = variables;
                    continue;
                }
                Ok(Event::Remark(text)) => {
                    remark = Some(text);
                    continue;
                }
                Ok(Event::Done { failed: None, seconds }) => {
                    return Ran { end: End::Held, remark, seconds };
                }
                Ok(Event::Done { failed: Some(mut failure), seconds }) => {
                    self.end(patience);
                    failure.text += &self.printed();
                    return Ran { end: End::Failed(failure), remark, seconds };
                }
                Ok(Event::Unknown) => {
                    self.end(patience);
                    End::Crashed(
                        format!("the process for the cases has no case `{request}`").into(),
                    )
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let how = if begin.elapsed() < limit {
                        format!("no thread of its process has run for {:.1} s", idle.as_secs_f64())
                    } else {
                        format!("took longer than {:.1} s", limit.as_secs_f64())
                    };
                    let doing = self.doing();
                    let _ = self.child.kill();
                    self.end(patience);
                    let text = format!("{how}{doing}{}", self.printed());
                    let sign = Some(HANG.to_owned());
                    End::TimedOut(Failure { text, replay, sign, ..Failure::default() })
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let how = self.end(patience);
                    let text = format!("the process ended: {how}{}", self.printed());
                    let sign = Some(format!("{CRASH}{how}"));
                    End::Crashed(Failure { text, replay, sign, ..Failure::default() })
                }
            };
            return Ran { end, remark, seconds: begin.elapsed().as_secs_f64() };
        }
    }

    /// What the case has done so far, as a part of the text of a failure.
    fn doing(&mut self) -> String {
        if let Some(requests) = &mut self.requests {
            let _ = writeln!(requests, "{}", protocol::ASK).and_then(|()| requests.flush());
        }
        let deadline = Instant::now() + ANSWER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event::Doing(Some(text))) => return format!("\n\n{text}"),
                Ok(Event::Doing(None)) | Err(_) => return String::new(),
                Ok(_) => {}
            }
        }
    }

    /// Ends the process, kindly first, and waits for the rest of its output.
    fn end(&mut self, patience: Duration) -> String {
        drop(self.requests.take());
        let deadline = Instant::now() + patience;
        // The pipes close when the process is gone, unless it left children of its own behind.
        let closed = |reader: &mpsc::Receiver<()>| {
            let left = deadline.saturating_duration_since(Instant::now());
            reader.recv_timeout(left) != Err(mpsc::RecvTimeoutError::Timeout)
        };
        if !self.readers.iter().all(closed) {
            let _ = self.child.kill();
        }
        self.child.wait().map_or_else(|error| error.to_string(), |status| described(&status))
    }

    /// What it printed last, as a part of the text of a failure.
    fn printed(&self) -> String {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&output);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let shown = &lines[lines.len().saturating_sub(SHOWN)..];
        if shown.is_empty() {
            String::new()
        } else {
            format!("\n\nprinted\n  {}", shown.join("\n  "))
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `exit status: 3`, `signal: 6 (SIGABRT)`; whether a core was written is of no interest.
fn described(status: &ExitStatus) -> String {
    status.to_string().replace(" (core dumped)", "")
}

fn read_events(
    out: impl Read + Send + 'static,
    word: String,
    events: mpsc::Sender<Event>,
    output: Arc<Mutex<Vec<u8>>>,
) -> mpsc::Receiver<()> {
    let (closed, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(out);
        let mut line = Vec::new();
        // A line without an end must not fill the memory.
        let most = u64::try_from(16 * KEPT).unwrap_or(u64::MAX);
        let mut next = |line: &mut Vec<u8>| lines.by_ref().take(most).read_until(b'\n', line);
        while next(&mut line).is_ok_and(|read| read > 0) {
            match Event::read(&String::from_utf8_lossy(&line), &word) {
                Some(event) => drop(events.send(event)),
                None => keep(&output, &line),
            }
            line.clear();
        }
        let _ = closed.send(());
    });
    receiver
}

fn read_output(
    mut err: impl Read + Send + 'static,
    output: Arc<Mutex<Vec<u8>>>,
) -> mpsc::Receiver<()> {
    let (closed, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = err.read(&mut bytes) {
            keep(&output, &bytes[..read]);
        }
        let _ = closed.send(());
    });
    receiver
}

/// Keeps the last of what is printed.
fn keep(output: &Mutex<Vec<u8>>, bytes: &[u8]) {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    output.extend_from_slice(bytes);
    let over = output.len().saturating_sub(KEPT);
    output.drain(..over);
}
