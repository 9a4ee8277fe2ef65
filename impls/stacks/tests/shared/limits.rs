// What happens where stacks end, on the backend that the including file calls `Native`.

use std::{
    env, fs,
    hint::black_box,
    os::unix::process::ExitStatusExt as _,
    process::{Command, Output},
    ptr::{null, null_mut},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
};

use switchback::{Backend, Channel, Error, Kind, tasklet};

const CHILD: &str = "SWITCHBACK_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs one test of this program in a shell that has set limits before.
fn child(test: &str, limits: &str) -> Command {
    let mut command = Command::new("sh");
    let program = env::current_exe().expect("this program");
    command.args(["-c", &format!("{limits} exec \"$0\" \"$@\"")]).arg(program);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command
}

fn run(mut command: Command) -> (Output, String) {
    let output = command.output().expect("a child process");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

/// Uses some 100 bytes of stack a level, and comes back.
#[inline(never)]
fn recurse(levels: u64) -> u64 {
    let weight = black_box([levels; 8]);
    if levels == 0 { 0 } else { 1 + recurse(levels - 1) + (weight[0] - levels) }
}

#[tasklet]
async fn digger<B: Backend>(levels: u64, depth: B::Channel<u64>) -> Result<(), Error> {
    depth.send(recurse(levels)).await
}

#[tasklet]
async fn spawns_a_digger<B: Backend>(levels: u64) -> Result<u64, Error> {
    let depth: B::Channel<u64> = B::channel();
    B::spawn(digger(1, depth.clone()));
    assert_eq!(depth.receive().await?, 1);
    B::spawn(digger(levels, depth.clone()));
    depth.receive().await
}

#[tasklet]
async fn digs_itself<B: Backend>(levels: u64) -> Result<u64, Error> {
    Ok(recurse(levels))
}

const ENDLESS: u64 = 1 << 40;

#[test]
fn a_tasklet_that_overflows_its_stack_is_named() {
    if is_child() {
        let _ = Native::run(spawns_a_digger(ENDLESS));
    } else {
        let (output, said) = run(child("a_tasklet_that_overflows_its_stack_is_named", ""));
        let line = "\ntasklet limits::digger (#3) overflowed its stack of 64 KiB\nhelp: ";
        assert!(said.contains(line), "{said}");
        assert!(said.contains("set SWITCHBACK_STACK_KIB=256 for larger stacks\n"), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{said}");
    }
}

#[test]
fn main_that_overflows_its_stack_is_named() {
    if is_child() {
        let _ = Native::run(digs_itself(ENDLESS));
    } else {
        let (output, said) = run(child("main_that_overflows_its_stack_is_named", ""));
        let line = "\nmain tasklet limits::digs_itself overflowed its stack of 8192 KiB\nhelp: ";
        assert!(said.contains(line), "{said}");
        assert!(said.contains("SWITCHBACK_MAIN_STACK_KIB=32768"), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{said}");
    }
}

#[test]
fn the_size_of_stacks_can_be_set() {
    if is_child() {
        // Some MiB.
        assert_eq!(Native::run(spawns_a_digger(10_000)), Ok(10_000));
    } else {
        let name = "the_size_of_stacks_can_be_set";
        let (_, said) = run(child(name, ""));
        assert!(said.contains("overflowed its stack of 64 KiB"), "{said}");
        let mut large = child(name, "");
        large.env("SWITCHBACK_STACK_KIB", "16384");
        let (output, said) = run(large);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn a_size_that_is_no_number_is_an_error_that_names_it() {
    if is_child() {
        let error = Native::run(spawns_a_digger(1)).unwrap_err();
        assert_eq!(error.kind(), Kind::Exhausted);
        let cause = "SWITCHBACK_STACK_KIB: \"64K\" is not a number of KiB from 16 to 1048576";
        assert!(error.to_string().ends_with(cause), "{error}");
    } else {
        let mut command = child("a_size_that_is_no_number_is_an_error_that_names_it", "");
        command.env("SWITCHBACK_STACK_KIB", "64K");
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn an_overflow_of_a_thread_of_std_is_reported_by_std_as_before() {
    if is_child() {
        assert_eq!(Native::run(spawns_a_digger(1)), Ok(1));
        let named = thread::Builder::new().name("plain".into());
        let _ = named.spawn(|| black_box(recurse(ENDLESS))).expect("a thread").join();
    } else {
        let name = "an_overflow_of_a_thread_of_std_is_reported_by_std_as_before";
        let (output, said) = run(child(name, ""));
        assert!(said.contains("thread 'plain'") && said.contains("has overflowed"), "{said}");
        assert!(!said.contains("tasklet"), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{said}");
    }
}

#[test]
fn a_fault_that_is_no_overflow_is_not_called_one() {
    if is_child() {
        assert_eq!(Native::run(spawns_a_digger(1)), Ok(1));
        // SAFETY: there is no memory, so that the process ends here.
        unsafe { null::<u8>().wrapping_add(black_box(8)).read_volatile() };
    } else {
        let (output, said) = run(child("a_fault_that_is_no_overflow_is_not_called_one", ""));
        assert!(!said.contains("tasklet"), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{said}");
    }
}

#[test]
fn a_thread_that_std_did_not_start_names_its_tasklets_too() {
    extern "C" fn overflow(_: *mut libc::c_void) -> *mut libc::c_void {
        let _ = Native::run(spawns_a_digger(ENDLESS));
        null_mut()
    }
    if is_child() {
        let mut thread = 0;
        // SAFETY: the thread is joined; what it runs takes no argument.
        unsafe {
            libc::pthread_create(&raw mut thread, null(), overflow, null_mut());
            libc::pthread_join(thread, null_mut());
        }
    } else {
        let name = "a_thread_that_std_did_not_start_names_its_tasklets_too";
        let (output, said) = run(child(name, ""));
        assert!(said.contains("tasklet limits::digger (#3) overflowed"), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{said}");
    }
}

static ANSWERED: AtomicU64 = AtomicU64::new(0);

fn answered() {
    ANSWERED.fetch_add(1, Relaxed);
}

#[tasklet]
async fn waiter<B: Backend>(gate: B::Channel<u64>) -> Result<(), Error> {
    gate.receive().await?;
    answered();
    Ok(())
}

/// Makes tasklets until one is refused or there are `most`, then wakes all; gives their number,
/// the most memory, and the refusal.
#[tasklet]
async fn until_refused<B: Backend>(most: u64) -> Result<(u64, u64, String), Error> {
    let gate: B::Channel<u64> = B::channel();
    let mut made: u64 = 0;
    let mut why: String = String::new();
    while made < most {
        B::spawn(waiter(gate.clone()));
        if let Err(error) = B::schedule().await {
            assert_eq!(error.kind(), Kind::Exhausted);
            why = error.to_string();
            break;
        }
        made += 1;
    }
    let memory: u64 = resident();
    let mut left: u64 = made;
    while left > 0 {
        gate.send(0).await?;
        left -= 1;
    }
    // Lets the last one end.
    B::schedule().await?;
    Ok((made, memory, why))
}

/// Bytes of memory this process takes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("what the system knows");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// A limit of the process, and words of the refusal.
fn limited(test: &str, limit: &str) {
    if is_child() {
        let (made, _, why) = Native::run(until_refused(100_000)).expect("main goes on");
        assert!(made > 1_000, "{made}: {why}");
        assert!(why.contains(&format!("no stack for tasklet {}: ", made + 2)), "{why}");
        assert!(why.contains("KiB of address space for stacks"), "{why}");
        assert_eq!(ANSWERED.load(Relaxed), made);
        // Not for ever: what has ended makes room.
        assert_eq!(Native::run(spawns_a_digger(1)), Ok(1));
    } else {
        let (output, said) = run(child(test, limit));
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn without_address_space_a_spawn_fails_and_all_others_end() {
    limited("without_address_space_a_spawn_fails_and_all_others_end", "ulimit -v 500000;");
}

#[test]
fn without_data_memory_a_spawn_fails_and_all_others_end() {
    limited("without_data_memory_a_spawn_fails_and_all_others_end", "ulimit -d 500000;");
}

#[test]
fn more_tasklets_than_mappings_take_little_more_than_a_page_each() {
    if is_child() {
        let limit =
            fs::read_to_string("/proc/sys/vm/max_map_count").expect("what the system knows");
        let count = limit.trim().parse::<u64>().expect("a number").min(65_530) + 1_000;
        let before = resident();
        let (made, after, why) = Native::run(until_refused(count)).expect("main goes on");
        // Older systems make room for fewer, and say so.
        if why.is_empty() {
            assert_eq!((made, ANSWERED.load(Relaxed)), (count, count));
            let each = (after - before) / count;
            // Unoptimized, the calls inside of an operation fill two pages and reach a third.
            assert!(each <= if cfg!(debug_assertions) { 12_700 } else { 4_300 }, "{each} bytes");
        } else {
            assert!(why.contains("vm.max_map_count"), "{why}");
        }
    } else {
        let name = "more_tasklets_than_mappings_take_little_more_than_a_page_each";
        let (output, said) = run(child(name, ""));
        assert!(output.status.success(), "{said}");
    }
}

#[tasklet]
async fn nothing<B: Backend>() -> Result<(), Error> {
    Ok(())
}

#[tasklet]
async fn spawns<B: Backend>(many: u64) -> Result<(), Error> {
    let mut left: u64 = many;
    while left > 0 {
        B::spawn(nothing());
        B::schedule().await?;
        left -= 1;
    }
    Ok(())
}

#[test]
fn a_million_tasklets_one_after_the_other_take_the_memory_of_a_few() {
    if is_child() {
        assert_eq!(Native::run(spawns(1_000)), Ok(()));
        let before = resident();
        assert_eq!(Native::run(spawns(1_000_000)), Ok(()));
        let more = resident().saturating_sub(before);
        // A byte kept of each would be more.
        assert!(more < 1_000_000, "{more} bytes more");
    } else {
        let name = "a_million_tasklets_one_after_the_other_take_the_memory_of_a_few";
        let (output, said) = run(child(name, ""));
        assert!(output.status.success(), "{said}");
    }
}

#[tasklet]
async fn trims<B: Backend>() -> Result<(), Error> {
    trim()
}

#[test]
fn trimming_gives_memory_back_between_runs_only() {
    if is_child() {
        let before = resident();
        let (made, most, why) = Native::run(until_refused(5_000)).expect("main goes on");
        assert_eq!((made, why.as_str()), (5_000, ""));
        assert!(most - before > 5_000 * 4_096);
        assert_eq!(Native::run(trims()).map_err(|e| e.kind()), Err(Kind::WrongScheduler));
        let kept = resident();
        assert!(kept > before + 5_000 * 4_096, "stacks are kept for the next run");
        trim().expect("between runs");
        assert!(resident() < kept - 4_500 * 4_096, "{} of {kept}", resident());
        assert_eq!(Native::run(spawns_a_digger(1)), Ok(1));
    } else {
        let (output, said) = run(child("trimming_gives_memory_back_between_runs_only", ""));
        assert!(output.status.success(), "{said}");
    }
}
