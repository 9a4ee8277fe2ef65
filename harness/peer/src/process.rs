//! A peer that runs: questions to its standard input, answers from its standard output.
//!
//! ```text
//!   ask --line--> writer thread --> stdin   peer   stdout --> reader thread --line--> ask
//!                                           stderr --> reader thread: its last lines are kept
//! ```
//!
//! A peer is not trusted: lines are cut off, every answer has a deadline, and a line that is no answer
//! to the question ends the peer. It and what it has started end with this value.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};

use switchback_bench::{
    Fault,
    results::{Verdict, visible},
    text,
};

use crate::{
    Manifest,
    protocol::{Ask, Can, Say, VERSION},
};

/// How long a process may take to start and to say what it is.
pub const START: Duration = Duration::from_secs(20);
/// Most bytes of a line: a trace of the longest recording is far shorter.
const LINE: u64 = 4 << 20;
/// Lines that may wait to be read: an honest peer never has two.
const WAITING: usize = 16;
/// Lines of a peer that a fault shows, and characters of each.
const SHOWN: usize = 5;
const WIDTH: usize = 200;
/// How long a peer may take to end by itself.
const END: Duration = Duration::from_millis(500);

/// What a line of output turned out to be.
enum Line {
    Text(String),
    /// It has more than [`LINE`] bytes.
    TooLong,
    NotText,
}

/// A peer that runs.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    questions: Option<Sender<String>>,
    answers: Receiver<Line>,
    last: Arc<Mutex<VecDeque<String>>>,
    /// Disconnects when standard error has been read to its end.
    told: Receiver<()>,
    asked: u64,
    /// The first fault: a peer that is wrong once is not asked again.
    fault: Option<Fault>,
}

impl Peer {
    /// Starts a command in the folder of the manifest and asks what it is.
    ///
    /// # Errors
    /// It cannot be started, or does not answer `hello` as the manifest says.
    pub fn start(manifest: &Manifest, command: &[String]) -> Result<(Self, Say), Fault> {
        let mut peer = Self::begin(manifest, command)?;
        let hello = peer.greet(manifest)?;
        Ok((peer, hello))
    }

    /// Starts a command in the folder of the manifest, and waits for nothing.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn begin(manifest: &Manifest, command: &[String]) -> Result<Self, Fault> {
        let failed = |why: String| fault(Verdict::Failed, why);
        let (program, arguments) =
            command.split_first().ok_or_else(|| failed("no command".to_owned()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(manifest.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn();
        let child =
            child.map_err(|error| failed(format!("`{program}` does not start: {error}")))?;
        let mut peer = Self::of(child);
        peer.put(&Ask::Hello { protocol: VERSION });
        Ok(peer)
    }

    /// Waits until a command that begins has said what it is.
    ///
    /// # Errors
    /// It does not answer `hello` as the manifest says.
    pub fn greet(&mut self, manifest: &Manifest) -> Result<Say, Fault> {
        let hello = self.answer("hello", START)?;
        let Say::Hello { protocol, name, can, .. } = &hello else {
            return Err(self.refuse(Verdict::Failed, "its answer to `hello` is another one"));
        };
        let mut claimed: Vec<Can> = manifest.can.clone();
        let mut told = can.clone();
        claimed.sort_unstable();
        told.sort_unstable();
        if *protocol != VERSION || *name != manifest.name || told != claimed {
            let why = format!(
                "hello: expected protocol {VERSION}, name {:?} and can [{}], as its manifest \
                 says; found protocol {protocol}, name {name:?} and can [{}]",
                manifest.name,
                words(&claimed),
                words(&told)
            );
            return Err(self.refuse(Verdict::Failed, &why));
        }
        Ok(hello)
    }

    fn of(mut child: Child) -> Self {
        let (questions, lines) = mpsc::channel::<String>();
        if let Some(mut input) = child.stdin.take() {
            // Ends with the sender, and so ends the input of the peer.
            thread::spawn(move || {
                for line in lines {
                    if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
                        break;
                    }
                }
            });
        }
        let (lines, answers) = mpsc::sync_channel(WAITING);
        if let Some(output) = child.stdout.take() {
            // Ends with the pipe, at a line that is too long, or when the receiver is gone.
            thread::spawn(move || {
                let mut output = BufReader::new(output);
                while let Some(line) = read_line(&mut output) {
                    let over = matches!(line, Line::TooLong);
                    if lines.send(line).is_err() || over {
                        break;
                    }
                }
            });
        }
        let last = Arc::new(Mutex::new(VecDeque::new()));
        let (tells, told) = mpsc::channel::<()>();
        if let Some(errors) = child.stderr.take() {
            let last = Arc::clone(&last);
            thread::spawn(move || {
                let _tells = tells;
                let mut errors = BufReader::new(errors);
                loop {
                    match read_line(&mut errors) {
                        Some(Line::Text(line)) => keep(&last, &line),
                        Some(_) => keep(&last, "(a line that is too long, or no text)"),
                        None => break,
                    }
                }
            });
        }
        Self { child, questions: Some(questions), answers, last, told, asked: 0, fault: None }
    }

    /// Number of the process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks and waits for the answer, at most so long.
    ///
    /// # Errors
    /// What the peer does wrong, or what it says is wrong. Of all but the latter it is ended.
    #[allow(clippy::needless_pass_by_value, reason = "a question is asked once")]
    pub fn ask(&mut self, ask: Ask, deadline: Duration) -> Result<Say, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let name = ask.name();
        match self.answers.try_recv() {
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Err(self.gone(name)),
            Ok(line) => {
                let why = format!("{} before it was asked anything", shown(&line));
                return Err(self.refuse(Verdict::Failed, &why));
            }
        }
        self.put(&ask);
        self.answer(name, deadline)
    }

    /// Sends a question with the next number.
    fn put(&mut self, ask: &Ask) {
        self.asked += 1;
        if let Some(questions) = &self.questions {
            // If the peer reads no more, it does not answer either.
            let _ = questions.send(ask.line(self.asked) + "\n");
        }
    }

    /// Waits for the answer to the last question, at most so long.
    fn answer(&mut self, name: &str, deadline: Duration) -> Result<Say, Fault> {
        let id = self.asked;
        let line = match self.answers.recv_timeout(deadline) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return Err(self.gone(name)),
            Err(RecvTimeoutError::Timeout) => {
                let why = format!(
                    "no answer to `{name}` after {} s (does it flush its output after each line?)",
                    deadline.as_secs_f64()
                );
                return Err(self.refuse(Verdict::Timeout, &why));
            }
        };
        let Line::Text(text) = &line else {
            let why = format!("expected an answer to `{name}`: {}", shown(&line));
            return Err(self.refuse(Verdict::Failed, &why));
        };
        match Say::read(text) {
            Err(why) => {
                let why = format!("expected an answer to `{name}`: {}: {why}", shown(&line));
                Err(self.refuse(Verdict::Failed, &why))
            }
            Ok((other, _)) if other != id => {
                let why = format!(
                    "expected an answer to `{name}`, which has the id {id}: {}",
                    shown(&line)
                );
                Err(self.refuse(Verdict::Failed, &why))
            }
            Ok((_, Say::Error { why })) => {
                Err(fault(Verdict::Failed, format!("it says of `{name}`: {}", visible(&why))))
            }
            Ok((_, Say::Unsupported { why })) => {
                Err(fault(Verdict::Unsupported, format!("it says of `{name}`: {}", visible(&why))))
            }
            Ok((_, say)) => Ok(say),
        }
    }

    /// The fault of an answer that is well-formed and wrong.
    pub fn refuse(&mut self, verdict: Verdict, why: &str) -> Fault {
        self.end_now();
        // What the process has written is there, but perhaps not read yet.
        let _ = self.told.recv_timeout(END);
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<String> = last.iter().cloned().collect();
        let told = if lines.is_empty() {
            why.to_owned()
        } else {
            format!("{why}; its last lines: {}", lines.join(" | "))
        };
        let fault = fault(verdict, told);
        self.fault = Some(fault.clone());
        fault
    }

    /// The fault of a peer whose output has ended.
    fn gone(&mut self, name: &str) -> Fault {
        let how = match self.ended() {
            Some(status) => format!("the process ended: {status}"),
            None => "the process closed its standard output and went on".to_owned(),
        };
        self.refuse(Verdict::Crash, &format!("no answer to `{name}`: {how}"))
    }

    /// How the process ends, if it does in a moment.
    fn ended(&mut self) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if begun.elapsed() < END => thread::sleep(Duration::from_millis(1)),
                _ => return None,
            }
        }
    }

    /// Ends the process and what it has started.
    fn end_now(&mut self) {
        self.questions = None;
        end_group(&mut self.child);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.fault.is_none()
            && let Some(questions) = self.questions.take()
        {
            let _ = questions.send(Ask::End {}.line(self.asked + 1) + "\n");
            drop(questions);
            self.ended();
        }
        self.end_now();
    }
}

/// As the protocol writes them.
fn words(can: &[Can]) -> String {
    let word = |can| serde_json::to_string(can).unwrap_or_default();
    can.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Runs a command to its end, at most so long: how it ended, and the first lines that it wrote.
///
/// # Errors
/// It does not start, or does not end in time; then it is ended, with what it has started.
pub(crate) fn to_its_end(
    command: &mut Command,
    limit: Duration,
) -> Result<(ExitStatus, String), String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let first = Arc::new(Mutex::new(VecDeque::new()));
    let (reads, read) = mpsc::channel::<()>();
    let errors = child.stderr.take().map(|from| Box::new(from) as Box<dyn Read + Send>);
    let output = child.stdout.take().map(|from| Box::new(from) as Box<dyn Read + Send>);
    for from in [errors, output].into_iter().flatten() {
        let (first, reads) = (Arc::clone(&first), reads.clone());
        // Reads to the end, so that the command is never stopped by a pipe that is full.
        thread::spawn(move || {
            let _reads = reads;
            let mut from = BufReader::new(from);
            while let Some(line) = read_line(&mut from) {
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                match line {
                    Line::Text(text) if first.len() < SHOWN && !text.trim().is_empty() => {
                        first.push_back(cut(&text));
                    }
                    _ => {}
                }
            }
        });
    }
    drop(reads);
    let begun = Instant::now();
    let ended = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break Some(status),
            None if begun.elapsed() >= limit => break None,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    if ended.is_none() {
        end_group(&mut child);
    }
    // What it has started may hold its output open.
    let _ = read.recv_timeout(END);
    let lines = first.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = lines.iter().map(String::as_str).collect::<Vec<_>>().join(" | ");
    match ended {
        Some(status) => Ok((status, lines)),
        None => Err(format!("it has not ended after {} s; {lines}", limit.as_secs_f64())),
    }
}

/// Ends a process and what it has started.
fn end_group(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        // There may be none left.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn fault(verdict: Verdict, why: String) -> Fault {
    Fault { verdict, why }
}

fn shown(line: &Line) -> String {
    match line {
        Line::Text(text) => format!("found `{}`", cut(text)),
        Line::TooLong => format!("found a line of more than {LINE} bytes"),
        Line::NotText => "found a line that is no UTF-8".to_owned(),
    }
}

fn cut(text: &str) -> String {
    let text = visible(text.trim_end());
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_string(),
    }
}

fn keep(last: &Mutex<VecDeque<String>>, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    if last.len() == SHOWN {
        last.pop_front();
    }
    last.push_back(cut(&text::without_folders(line)));
}

/// The next line; nothing at the end.
fn read_line(from: &mut impl BufRead) -> Option<Line> {
    let mut bytes = Vec::new();
    match from.by_ref().take(LINE).read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => None,
        Ok(_) if bytes.last() != Some(&b'\n') && bytes.len() as u64 == LINE => Some(Line::TooLong),
        Ok(_) => Some(String::from_utf8(bytes).map_or(Line::NotText, Line::Text)),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_command_that_does_not_end_is_ended_with_what_it_has_started() {
        let limit = Duration::from_millis(200);
        let why = to_its_end(&mut shell("echo begun; sleep 1000 & sleep 1000"), limit).unwrap_err();
        assert_eq!(why, "it has not ended after 0.2 s; begun");
    }

    #[test]
    fn a_command_that_ends_says_how_and_its_first_lines() {
        let limit = Duration::from_secs(60);
        let mut many = shell("seq 100000 >&2; exit 3");
        let (status, lines) = to_its_end(&mut many, limit).expect("it ends");
        assert_eq!((status.code(), lines.as_str()), (Some(3), "1 | 2 | 3 | 4 | 5"));
    }
}
