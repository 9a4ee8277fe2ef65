//! What a person at a terminal sees and does: lines, colours, Ctrl-C.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, ExitStatus, Stdio},
    sync::mpsc,
};

use libtest_mimic::{Failed, Trial};
use rustix::{
    process::{Pid, Signal, getpgid, kill_process, kill_process_group},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::{ALL, Folder, ids};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("a_terminal_shows_what_runs_and_then_a_table", a_terminal),
        Trial::test("colours_stay_away_where_they_are_not_wanted", colours),
        Trial::test("an_interrupted_run_keeps_what_is_measured", interrupted),
        Trial::test("a_second_interruption_ends_at_once", interrupted_twice),
        Trial::test("an_interrupted_test_ends", interrupted_test),
        Trial::test("criterion_is_interrupted_at_once", interrupted_criterion),
    ]
}

/// Runs a toy suite on a terminal of 80 columns and gives all that it shows there.
fn on_terminal(
    folder: &Folder,
    toy: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let open = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let terminal = open();
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let mut command = folder.command(toy, arguments);
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(open()).stderr(open());
    command.envs(variables.iter().copied());
    let mut child = command.spawn().unwrap();
    // The command holds the terminal open as well; what remains is that of the child.
    drop((terminal, command));
    let mut shown = Vec::new();
    // Ends with an error on Linux, once the other side is closed.
    let _ = File::from(master).read_to_end(&mut shown);
    child.wait().unwrap();
    String::from_utf8_lossy(&shown).into_owned()
}

/// A text without what moves the cursor, clears lines and sets colours.
fn plain(shown: &str) -> String {
    anstream::adapter::strip_str(shown).to_string()
}

/// Whether a text has sequences that set colours or weights.
fn is_coloured(shown: &str) -> bool {
    shown.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| c != ';' && !c.is_ascii_digit());
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

fn a_terminal() -> Result<(), Failed> {
    let folder = Folder::new("terminal");
    let shown = plain(&on_terminal(&folder, "faults", &["--bench", "count/(plain|wrong)"], &[]));
    // Which of the cells are drawn depends on how fast they are.
    assert!(shown.contains("0 of 5 cells: count/"), "{shown}");
    assert!(
        shown.contains("3 of 5 cells, a few seconds left: count/"),
        "an estimate after the first block: {shown}"
    );
    let (_, table) = shown.rsplit_once("count/3: nanoseconds per step").expect("a table");
    let (table, failed) = table.split_once("1 failed:").expect("a failure");
    assert!(failed.contains("count/wrong/3: failed: "), "{shown}");
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    assert!(table.iter().all(|line| line.chars().count() <= 80), "{shown}");
    let place = |name: &str| table.iter().position(|line| line.starts_with(&format!("  {name} ")));
    assert!(place("plain") < place("wrong") && place("wrong") > place("corosensei"), "{shown}");
    assert!(place("corosensei").is_some() && table.contains(&"count/4: nanoseconds per step"));
    assert!(
        !shown.contains("  ok\r\n"),
        "the line of the progress stands for what is well: {shown}"
    );
    Ok(())
}

fn colours() -> Result<(), Failed> {
    let folder = Folder::new("colours");
    let arguments = ["--bench", "--exact", "count/plain/3"];
    let is = |arguments: &[&str], variables: &[(&str, &str)]| {
        is_coloured(&on_terminal(&folder, "sound", arguments, variables))
    };
    assert!(is(&arguments, &[]), "a terminal has colours");
    assert!(is(&arguments, &[("NO_COLOR", "")]), "an empty variable says nothing");
    assert!(!is(&arguments, &[("NO_COLOR", "1")]));
    assert!(!is(&arguments, &[("TERM", "dumb")]));
    assert!(!is(&[&arguments[..], &["--color", "never"]].concat(), &[]));
    let piped = |arguments: &[&str]| {
        let output = folder.command("sound", arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains('\u{1b}')
    };
    assert!(!piped(&arguments), "a pipe has none");
    assert!(piped(&[&arguments[..], &["--color", "always"]].concat()));
    Ok(())
}

/// A program that a test that fails does not leave behind.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A toy suite in a group of its own, as a shell starts it, and the lines that it says.
fn start(folder: &Folder, toy: &str, arguments: &[&str]) -> (Started, mpsc::Receiver<String>) {
    let mut command = folder.command(toy, arguments);
    // No deadline may end what the interruption is to end.
    command.env("SWITCHBACK_DEADLINE", "600").stdout(Stdio::piped()).process_group(0);
    let mut child = command.spawn().unwrap();
    let (sender, lines) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    (Started(child), lines)
}

fn wait_for(lines: &mpsc::Receiver<String>, start: &str) {
    assert!(lines.iter().any(|line| line.starts_with(start)), "no line {start:?}");
}

/// Ctrl-C, as a terminal sends it to all processes of the group in the foreground.
fn interrupt(child: &Started) {
    kill_process_group(Pid::from_child(&child.0), Signal::INT).unwrap();
}

/// Numbers of the processes that were started with this folder for its results, as far as the system tells;
/// of those, if asked for, the ones that measure.
fn processes(folder: &Folder, measuring: bool) -> Vec<Pid> {
    let own = format!("SWITCHBACK_OUTPUT={}", folder.0.display());
    let is = |all: &[u8], holds: &dyn Fn(&[u8]) -> bool| all.split(|byte| *byte == 0).any(holds);
    let found = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|process| {
        let number = process.file_name().to_str()?.parse().ok()?;
        let all = fs::read(process.path().join("environ")).ok()?;
        let wanted = is(&all, &|one| one == own.as_bytes())
            && (!measuring || is(&all, &|one| one.starts_with(b"SWITCHBACK_WORKER=")));
        Pid::from_raw(number).filter(|_| wanted)
    });
    found.collect()
}

/// A worker that is at work; none where the system does not list processes.
fn a_worker(folder: &Folder) -> Option<Pid> {
    while cfg!(target_os = "linux") {
        if let Some(worker) = processes(folder, true).first() {
            return Some(*worker);
        }
        std::thread::yield_now();
    }
    None
}

fn anything_left(folder: &Folder) -> bool {
    !processes(folder, false).is_empty()
}

fn is_interruption(status: ExitStatus) {
    assert_eq!(status.code(), Some(130), "{status}");
}

fn interrupted() -> Result<(), Failed> {
    let folder = Folder::new("ctrl-c");
    let (mut child, lines) = start(&folder, "interrupted", &["--bench"]);
    wait_for(&lines, "count/plain/4 ");
    if let Some(worker) = a_worker(&folder) {
        let group = getpgid(Some(worker))?;
        assert_ne!(group, Pid::from_child(&child.0), "a worker would look like a crash");
    }
    interrupt(&child);
    is_interruption(child.0.wait()?);
    let run = folder.run();
    assert_eq!(ids(&run), ALL, "no cell of the block that was cut short");
    assert!(!run.complete);
    assert_eq!(fs::read_to_string(folder.0.join("report.html"))?, "4 results");
    let rest: Vec<String> = lines.iter().collect();
    assert!(rest.iter().any(|line| line.starts_with("interrupted: ")), "{rest:?}");
    assert!(rest.iter().any(|line| line == "count/4: nanoseconds per step"), "{rest:?}");
    assert!(!rest.iter().any(|line| line.contains("crash")), "{rest:?}");
    assert!(!anything_left(&folder), "the workers end");
    Ok(())
}

fn interrupted_twice() -> Result<(), Failed> {
    let folder = Folder::new("ctrl-c-twice");
    let (mut child, lines) = start(&folder, "stuck", &["--bench"]);
    wait_for(&lines, "count/plain/4 ");
    kill_process(Pid::from_child(&child.0), Signal::INT)?;
    wait_for(&lines, "the report begins");
    assert!(child.0.try_wait()?.is_none(), "it is in the report, which never ends");
    interrupt(&child);
    is_interruption(child.0.wait()?);
    assert_eq!(ids(&folder.run()), ALL);
    assert!(!anything_left(&folder), "the workers end");
    Ok(())
}

/// criterion measures in the program itself, where nothing can be ended but all.
fn interrupted_criterion() -> Result<(), Failed> {
    let folder = Folder::new("ctrl-c-criterion");
    let arguments =
        ["--bench", "--noplot", "--exact", "count/hangs later/3", "--sample-size", "10"];
    let (mut child, lines) = start(&folder, "later", &arguments);
    wait_for(&lines, "it hangs now");
    interrupt(&child);
    is_interruption(child.0.wait()?);
    assert!(folder.run().complete, "all that counts is there");
    Ok(())
}

fn interrupted_test() -> Result<(), Failed> {
    let folder = Folder::new("ctrl-c-test");
    let (mut child, lines) = start(&folder, "interrupted", &["--bench", "--test"]);
    wait_for(&lines, "count/plain/4 ");
    interrupt(&child);
    is_interruption(child.0.wait()?);
    assert!(!folder.0.join("run.json").exists() && !anything_left(&folder));
    Ok(())
}
