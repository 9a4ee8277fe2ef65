//! The whole program from outside: arguments, child processes, files, exit codes.
//!
//! This target is both the test and the bench target under test: with `TOY` set, it hands one of
//! the toy suites below to `switchback_bench::main`, as a real bench target would.

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{self, Command, ExitCode, Output, Stdio},
};

use libtest_mimic::{Arguments, Failed, Trial};
use switchback_bench::{
    results::{self, Run, Verdict},
    witness::Witness,
};

mod capacity;
#[cfg(target_os = "linux")]
mod memory;
mod shards;
#[cfg(unix)]
mod terminal;
mod toy;

const TOY: &str = "SWITCHBACK_TEST_TOY";

fn main() -> ExitCode {
    if let Ok(toy) = env::var(TOY) {
        return switchback_bench::main(toy::suite(&toy));
    }
    let mut trials = vec![
        Trial::test("ids_are_listed_without_running_anything", ids_are_listed),
        Trial::test("a_test_run_names_the_cells_that_fail", a_test_run_names_the_failures),
        Trial::test("cells_are_run_as_often_as_asked_for", cells_are_run_as_often_as_asked_for),
        Trial::test("a_verified_suite_gives_results_a_report_and_code_0", a_verified_suite),
        Trial::test("every_fault_has_its_verdict_and_the_rest_its_number", every_fault),
        Trial::test("a_filtered_run_keeps_the_results_of_other_cells", a_filtered_run_keeps),
        Trial::test("results_of_other_sources_are_dropped", other_sources_are_dropped),
        Trial::test("results_of_unknown_sources_are_told", unknown_sources_are_told),
        Trial::test("results_of_another_build_are_dropped", another_build_is_dropped),
        Trial::test("what_was_measured_outlives_an_interruption", an_interruption),
        Trial::test("criterion_measures_and_saves_under_the_same_ids", criterion_saves),
        Trial::test("a_cell_that_goes_wrong_under_criterion_is_reported", criterion_meets_faults),
        Trial::test("what_cannot_run_has_code_2_and_says_why", cannot_run),
        Trial::test("a_filter_that_selects_nothing_is_named_and_refused", nothing_selected),
        Trial::test("what_criterion_would_panic_about_is_refused_first", criterion_refuses),
        Trial::test("the_least_that_is_accepted_is_measured", criterion_accepts),
        Trial::test("variables_that_are_no_text_are_used_or_refused", no_text),
        Trial::test("a_list_ends_with_its_reader", a_list_without_reader),
        Trial::test("a_run_ends_as_it_would_have_with_its_reader", a_run_without_reader),
        Trial::test("a_family_chooses_its_scenarios_and_nothing_else", a_family),
        Trial::test("large_sizes_need_the_full_effort", efforts),
        Trial::test("a_large_size_that_would_take_too_long_is_left_out", too_long),
        Trial::test("a_large_size_that_does_not_end_is_no_failure", endless),
        Trial::test("a_folder_for_results_is_looked_at_first", no_folder),
        Trial::test("words_go_into_the_results_with_their_scenarios", words_travel),
        Trial::test("capacity_is_what_came_back_however_it_ended", capacity::comes_back),
        Trial::test("capacity_is_left_out_or_tried_with_few", capacity::of_few),
        Trial::test("a_report_that_fails_leaves_the_results", a_failing_report),
        Trial::test("parts_are_listed_and_are_together_all", shards::are_listed),
        Trial::test("a_part_is_measured_and_recorded", shards::are_recorded),
        Trial::test("a_part_without_a_cell_is_a_result", shards::without_cells),
        Trial::test("a_part_that_is_none_is_refused_in_one_line", shards::are_refused),
        Trial::test("programs_read_one_object_for_each_result", json_lines),
        Trial::test("criterion_and_programs_do_not_share_an_output", json_refuses),
    ];
    #[cfg(target_os = "linux")]
    trials.extend(memory::trials());
    #[cfg(unix)]
    trials.extend(terminal::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

// ---- running them

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("switchback-face-{}-{name}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Runs a toy suite as cargo would, with everything short.
    fn bench(&self, toy: &str, arguments: &[&str]) -> Output {
        self.command(toy, arguments).output().unwrap()
    }

    /// The suite sees nothing of who tests it: whether colours are wanted there, or that it is a CI,
    /// where they are shown on any terminal.
    fn command(&self, toy: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        for of_the_tester in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(of_the_tester);
        }
        command
            .args(arguments)
            .env(TOY, toy)
            .env("SWITCHBACK_OUTPUT", &self.0)
            .env("SWITCHBACK_BUDGET", "0.05")
            .env("SWITCHBACK_SAMPLE", "0.2")
            .env("SWITCHBACK_PROCESSES", "2")
            .env("SWITCHBACK_DEADLINE", "5")
            .env("SWITCHBACK_COMMIT", "toy")
            .env_remove("SWITCHBACK_CRITERION")
            .env("CRITERION_HOME", self.0.join("criterion"));
        command
    }

    fn run(&self) -> Run {
        results::read(&self.0.join("run.json")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ids(run: &Run) -> Vec<String> {
    run.results.iter().map(results::CellResult::id).collect()
}

const ALL: [&str; 4] =
    ["count/corosensei/3", "count/plain/3", "count/corosensei/4", "count/plain/4"];

// ---- the tests

fn ids_are_listed() -> Result<(), Failed> {
    let folder = Folder::new("list");
    let lines = |arguments: &[&str]| {
        let output = folder.bench("faults", arguments);
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    assert_eq!(
        lines(&["--list", "--format", "terse"]).lines().collect::<Vec<_>>(),
        [
            "count/corosensei/3: benchmark",
            "count/plain/3: benchmark",
            "count/wrong/3: benchmark",
            "count/less/3: benchmark",
            "count/panics/3: benchmark",
            "count/aborts/3: benchmark",
            "count/hangs/3: benchmark",
            "count/closes/3: benchmark",
            "count/corosensei/4: benchmark",
            "count/plain/4: benchmark",
        ],
        "unsupported cells are not on the list"
    );
    assert_eq!(lines(&["--list", "plain/[4-9]"]), "count/plain/4: benchmark\n");
    assert_eq!(lines(&["--list", "--exact", "count/plain"]), "");
    assert_eq!(lines(&["--list", "--ignored"]), "");
    assert!(!folder.0.join("run.json").exists());
    Ok(())
}

fn a_test_run_names_the_failures() -> Result<(), Failed> {
    let folder = Folder::new("test");
    let output = folder.bench("sound", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout).lines().filter(|line| line.ends_with("  ok")).count(), 4);

    let output = folder.bench("faults", &["--bench", "--test", "count/(wrong|plain)/3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        text(&output.stdout),
        "count/plain/3       ok\n\
         count/wrong/3       failed: results: expected digest 0000000000000003, found 0000000000000001\n"
    );
    assert!(!folder.0.join("run.json").exists(), "a test writes nothing");
    Ok(())
}

fn cells_are_run_as_often_as_asked_for() -> Result<(), Failed> {
    let folder = Folder::new("iterations");
    let output = folder.bench("faults", &["--bench", "--iterations", "7", "count/(wrong|plain)/3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        text(&output.stdout),
        "a backend that prints does not disturb the measurement\n\
         count/plain/3       ok  7 times\n\
         count/wrong/3       failed: results: expected digest 0000000000000003, found 0000000000000001\n"
    );
    assert!(!folder.0.join("run.json").exists(), "nothing is measured");
    let output = folder.bench("sound", &["--bench", "--iterations", "0"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("'0'"), "{output:?}");
    Ok(())
}

fn a_verified_suite() -> Result<(), Failed> {
    let folder = Folder::new("sound");
    let output = folder.bench("sound", &["--bench"]);
    assert!(output.status.success(), "{output:?}");
    let run = folder.run();
    assert_eq!(ids(&run), ALL);
    assert!(run.complete);
    for result in &run.results {
        assert_eq!(result.verdict, Verdict::Ok, "{result:?}");
        assert_eq!(result.processes, Some(2));
        assert_eq!(result.reference.as_deref(), Some("corosensei"));
        assert!(
            result.median > Some(0.0)
                && result.low <= result.median
                && result.median <= result.high
        );
        assert!(result.ratio > Some(0.0) && result.band.is_some());
    }
    assert_eq!(run.results[1].witness, Some(Witness { messages: Some(3), ..Witness::of(3) }));
    assert_eq!(fs::read_to_string(folder.0.join("report.html"))?, "4 results");
    let said = text(&output.stdout);
    assert!(
        said.lines().any(|line| line.starts_with("count/plain/3 ") && line.ends_with("  ok")),
        "{said}"
    );
    assert!(said.contains("run.json") && said.contains("report.html"), "{said}");
    Ok(())
}

fn every_fault() -> Result<(), Failed> {
    let folder = Folder::new("faults");
    let output = folder.bench("faults", &["--bench"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let run = folder.run();
    assert!(run.complete);
    let verdict = |backend: &str| {
        let result = run.find("count", backend, 3).unwrap();
        let numbers = [result.median, result.low, result.high, result.ratio];
        assert_eq!(numbers.iter().all(Option::is_some), result.verdict == Verdict::Ok);
        assert_eq!(numbers.iter().all(Option::is_none), result.verdict != Verdict::Ok);
        (result.verdict, result.why.clone().unwrap_or_default())
    };
    let is = |verdict: Verdict, why: &str| (verdict, why.to_owned());
    assert_eq!(verdict("corosensei"), is(Verdict::Ok, ""));
    assert_eq!(
        run.find("count", "plain", 3).and_then(|plain| plain.reproduce.as_deref()),
        Some("cargo bench -p switchback-bench -- --exact count/plain/3")
    );
    assert_eq!(verdict("plain"), is(Verdict::Ok, ""));
    assert_eq!(verdict("wrong").0, Verdict::Failed);
    assert_eq!(verdict("less"), is(Verdict::DifferentWork, "messages: expected 3, counted 2"));
    assert_eq!(verdict("panics"), is(Verdict::Crash, "panicked: out of stacks"));
    assert_eq!(verdict("hangs"), is(Verdict::Timeout, "no end after 5 s"));
    assert_eq!(verdict("refuses"), is(Verdict::Unsupported, "portable"));
    let (aborted, why) = verdict("aborts");
    assert_eq!(aborted, Verdict::Crash);
    assert!(why.starts_with("the process ended: "), "{why}");
    assert_eq!(run.find("count", "plain", 4).unwrap().verdict, Verdict::Ok);
    if cfg!(unix) {
        let closed = "the process closed its standard output and went on";
        assert_eq!(verdict("closes"), is(Verdict::Crash, closed));
    }
    let said = text(&output.stdout);
    assert!(said.contains("\n6 failed:\n  count/wrong/3: failed: results: "), "{said}");
    Ok(())
}

fn a_filtered_run_keeps() -> Result<(), Failed> {
    let folder = Folder::new("filter");
    assert!(folder.bench("sound", &["--bench"]).status.success());
    let mut before = folder.run();
    // Marks by which kept results can be told from new ones.
    before.results.iter_mut().for_each(|result| result.samples = Some(1_000_000));
    results::write(&folder.0.join("run.json"), &before)?;

    let output = folder.bench("sound", &["--bench", "--exact", "count/plain/4"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("kept 4 earlier results"), "{output:?}");
    let after = folder.run();
    assert_eq!(ids(&after), ALL);
    let kept: Vec<bool> = after.results.iter().map(|r| r.samples == Some(1_000_000)).collect();
    assert_eq!(kept, [true, true, false, false], "the reference of a block is measured with it");
    Ok(())
}

fn other_sources_are_dropped() -> Result<(), Failed> {
    let folder = Folder::new("sources");
    assert!(folder.bench("sound", &["--bench"]).status.success());
    let mut before = folder.run();
    before.environment.commit = "another".into();
    results::write(&folder.0.join("run.json"), &before)?;
    let output = folder.bench("sound", &["--bench", "count/plain/4"]);
    assert!(text(&output.stdout).contains("of other sources"), "{output:?}");
    assert_eq!(ids(&folder.run()), ALL[2..]);
    Ok(())
}

/// Nothing is of the same sources as what is not known, and that is what is said.
fn unknown_sources_are_told() -> Result<(), Failed> {
    let folder = Folder::new("unknown-sources");
    let bench = |filter: &str| {
        folder.command("sound", &["--bench", filter]).env("SWITCHBACK_COMMIT", "unknown").output()
    };
    assert!(bench("count")?.status.success());
    let output = bench("count/plain/4")?;
    assert!(text(&output.stdout).contains("name them in SWITCHBACK_COMMIT"), "{output:?}");
    assert_eq!(ids(&folder.run()), ALL[2..]);
    Ok(())
}

fn another_build_is_dropped() -> Result<(), Failed> {
    let folder = Folder::new("build");
    assert!(folder.bench("sound", &["--bench"]).status.success());
    let mut before = folder.run();
    let build = before.environment.build.as_mut().expect("every run knows its build");
    assert_eq!(build.debug_assertions, Some(cfg!(debug_assertions)));
    assert_eq!(build.profile, None, "cargo does not run the suite");
    build.codegen_units = Some(77);
    results::write(&folder.0.join("run.json"), &before)?;
    let output = folder.bench("sound", &["--bench", "count/plain/4"]);
    assert!(text(&output.stdout).contains("another build"), "{output:?}");
    assert_eq!(ids(&folder.run()), ALL[2..]);
    Ok(())
}

fn an_interruption() -> Result<(), Failed> {
    let folder = Folder::new("interrupted");
    let mut parent = folder.command("interrupted", &["--bench"]).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).any(|line| line.starts_with("count/plain/4 "));
    parent.kill()?;
    parent.wait()?;
    assert!(seen, "the second block is done");
    let run = folder.run();
    assert_eq!(ids(&run), ALL);
    assert!(!run.complete);
    Ok(())
}

fn criterion_saves() -> Result<(), Failed> {
    let folder = Folder::new("criterion");
    let run = |arguments: &[&str]| {
        let mut command = folder.command("faults", arguments);
        command.env("SWITCHBACK_CRITERION", "0.01").output().unwrap()
    };
    let output = run(&["--bench", "--save-baseline", "first", "--noplot", "count/(wrong|plain)/3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let samples =
        |cell: &str| folder.0.join("criterion/count").join(cell).join("first/sample.json");
    assert!(samples("plain/3").is_file(), "{output:?}");
    assert!(!samples("wrong/3").exists());
    assert!(
        text(&output.stdout).contains("\n1 failed:"),
        "criterion gets verified cells only: {output:?}"
    );

    // An option of criterion asks for its figures; without one there are none.
    let unset = |arguments: &[&str]| folder.bench("faults", arguments);
    let output = unset(&["--bench", "--noplot", "--exact", "count/plain/3"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!folder.0.join("criterion/count/plain/3/base").exists());
    let output = unset(&["--bench", "--baseline", "first", "--noplot", "--exact", "count/plain/3"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("change:"), "{output:?}");

    let output = run(&["--bench", "--baseline", "second", "--noplot", "--exact", "count/plain/3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        text(&output.stdout).contains("count/plain/3: Baseline 'second' must exist"),
        "{output:?}"
    );
    Ok(())
}

fn criterion_meets_faults() -> Result<(), Failed> {
    let folder = Folder::new("later");
    let output = folder
        .command("later", &["--bench", "--noplot", "later"])
        .env("SWITCHBACK_CRITERION", "0.01")
        .output()?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("count/hangs later/3 hangs"), "{output:?}");
    assert_eq!(folder.run().find("count", "hangs later", 3).unwrap().verdict, Verdict::Ok);
    assert!(!folder.0.join("criterion/count/wrong later/3/base").exists());

    let output = folder
        .command("later", &["--bench", "--noplot", "wrong later"])
        .env("SWITCHBACK_CRITERION", "0.01")
        .output()?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    assert!(said.contains("  count/wrong later/3: failed: results: expected"), "{said}");
    Ok(())
}

fn cannot_run() -> Result<(), Failed> {
    let folder = Folder::new("cannot");
    let refusal = |toy: &str, arguments: &[&str]| {
        let output = folder.bench(toy, arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        text(&output.stderr)
    };
    assert!(refusal("sound", &["--bench", "("]).starts_with("the filter \"(\": "));
    assert!(refusal("sound", &["--bench", "--no-such-flag"]).contains("--no-such-flag"));
    assert_eq!(
        refusal("twice", &["--list"]),
        "the suite has two cells count/plain/3: two of its backends or rows are named \"plain\"; \
         expected a name of its own for each\n"
    );
    assert_eq!(
        refusal("unnamed", &["--list"]),
        "the name of a backend: expected a name, found an empty text\n"
    );
    assert_eq!(
        refusal("turned", &["--list"]),
        "the name of a backend: expected characters that can be seen and keep their order, found \
         U+202E in \"hard\\u{202e}\"\n"
    );
    assert_eq!(
        refusal("parted", &["--list"]),
        "the name of a backend: expected no `/`, which parts an id, found \"my/own\"\n"
    );
    assert!(refusal("nothing", &["--list"]).starts_with("scenario count has a block of size 0; "));
    assert!(
        refusal("again", &["--list"]).starts_with("the suite has scenario count at size 3 twice; ")
    );
    assert_eq!(refusal("strangers", &["--list"]), "the suite has two scenarios count\n");
    let output = folder.command("sound", &["--bench"]).env("SWITCHBACK_BUDGET", "much").output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

fn a_family() -> Result<(), Failed> {
    let folder = Folder::new("family");
    let lines = |arguments: &[&str]| {
        let output = folder.bench("families", arguments);
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let counting = "count/corosensei/3: benchmark\ncount/plain/3: benchmark\n";
    assert_eq!(lines(&["--family", "counting", "--list"]), counting);
    assert_eq!(lines(&["--list", "--family=adding"]), "sum/plain/3: benchmark\n");
    assert_eq!(lines(&["--family=counting", "--list", "plain"]), "count/plain/3: benchmark\n");
    assert!(
        lines(&["--list"]).ends_with("sum/plain/3: benchmark\ncapacity/sound/blocked: benchmark\n")
    );

    let refused = |toy: &str, arguments: &[&str], said: &str| {
        let output = folder.bench(toy, arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(text(&output.stderr), said);
    };
    for name in ["nosuch", "", "count", "Counting"] {
        refused(
            "families",
            &["--bench", "--family", name],
            &format!("--family: expected one of counting, adding; found {name:?}\n"),
        );
    }
    refused(
        "sound",
        &["--list", "--family", "counting"],
        "--family: expected none, the suite has no families; found \"counting\"\n",
    );
    refused(
        "families",
        &["--family", "adding", "--test", "count"],
        "no cell of the family \"adding\" matches the filter \"count\": --list prints the \
         ids of all cells\n",
    );
    refused(
        "families",
        &["--family", "adding", "--bench", "--exact", "capacity/sound/blocked"],
        "no cell of the family \"adding\" has the id \"capacity/sound/blocked\": --list \
         prints the ids of all cells\n",
    );

    // criterion reads the arguments, too, and knows no families.
    let output = folder
        .command("families", &["--bench", "--noplot", "--family", "adding"])
        .env("SWITCHBACK_CRITERION", "0.01")
        .output()?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(ids(&folder.run()), ["sum/plain/3"]);
    assert!(folder.0.join("criterion/sum/plain/3/base/sample.json").is_file());
    assert!(!folder.0.join("criterion/count").exists());
    Ok(())
}

fn efforts() -> Result<(), Failed> {
    let folder = Folder::new("efforts");
    let lines = |arguments: &[&str]| {
        let output = folder.bench("large", arguments);
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let usual = "count/corosensei/3: benchmark\ncount/plain/3: benchmark\n";
    assert_eq!(lines(&["--list"]), usual);
    assert_eq!(lines(&["--list", "--effort", "default"]), usual);
    assert_eq!(lines(&["--effort=quick", "--list"]), usual);
    let full = format!("{usual}{}", usual.replace("/3", "/5"));
    assert_eq!(lines(&["--list", "--effort", "full"]), full);
    let output = folder.command("large", &["--list"]).env("SWITCHBACK_EFFORT", "full").output()?;
    assert_eq!(text(&output.stdout), full);

    let refused = |arguments: &[&str], said: &str| {
        let output = folder.bench("large", arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).starts_with(said), "{output:?}");
    };
    refused(
        &["--bench", "plain/5"],
        "no cell matches the filter \"plain/5\": large sizes need --effort full\n",
    );
    refused(
        &["--bench", "--effort", "much"],
        "error: invalid value 'much' for '--effort <EFFORT>'",
    );
    refused(&["--bench", "--effort", "full", "--quick"], "error: the argument '--effort <EFFORT>'");
    let output = folder.command("large", &["--bench"]).env("SWITCHBACK_EFFORT", "much").output()?;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "SWITCHBACK_EFFORT: expected quick, default or full; found \"much\"\n"
    );

    // criterion reads the arguments, too, and knows no efforts.
    let output = folder
        .command("large", &["--bench", "--noplot", "--effort", "full"])
        .env("SWITCHBACK_CRITERION", "0.01")
        .output()?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        ids(&folder.run()),
        ["count/corosensei/3", "count/plain/3", "count/corosensei/5", "count/plain/5"]
    );
    Ok(())
}

fn too_long() -> Result<(), Failed> {
    let folder = Folder::new("larger");
    let output = folder.bench("larger", &["--bench", "--effort", "full"]);
    assert!(output.status.success(), "{output:?}");
    let run = folder.run();
    assert_eq!(run.find("count", "slow", 3).unwrap().verdict, Verdict::Ok);
    assert_eq!(run.find("count", "plain", 5).unwrap().verdict, Verdict::Ok);
    let slow = run.find("count", "slow", 5).unwrap();
    assert_eq!(slow.verdict, Verdict::Unsupported);
    let why = slow.why.as_deref().unwrap();
    assert!(why.starts_with("one run would take some "), "{why}");
    assert!(why.ends_with(" s, going by size 3; at most 5 s are measured"), "{why}");
    Ok(())
}

fn endless() -> Result<(), Failed> {
    let folder = Folder::new("endless");
    let output = folder.bench("endless", &["--bench", "--effort", "full", "/5$"]);
    assert!(output.status.success(), "{output:?}");
    let run = folder.run();
    assert_eq!(run.find("count", "plain", 5).unwrap().verdict, Verdict::Ok);
    let hangs = run.find("count", "hangs", 5).unwrap();
    assert_eq!(hangs.verdict, Verdict::Unsupported);
    let why = hangs.why.as_deref().unwrap();
    assert_eq!(why, "no end after 5 s: too slow for this large size, or it hangs");
    // The full effort is not what is missing.
    let output = folder.bench("endless", &["--bench", "--effort", "full", "nowhere/5"]);
    assert!(text(&output.stderr).contains("--list prints the ids"), "{output:?}");
    Ok(())
}

fn no_folder() -> Result<(), Failed> {
    let folder = Folder::new("no-folder");
    let file = folder.0.join("a file");
    fs::create_dir_all(&folder.0)?;
    fs::write(&file, "kept")?;
    for (output, part) in [
        (file.as_os_str(), "SWITCHBACK_OUTPUT: expected a folder for results, found "),
        ("".as_ref(), "SWITCHBACK_OUTPUT: expected a folder, found an empty text"),
    ] {
        let ended =
            folder.command("large", &["--bench"]).env("SWITCHBACK_OUTPUT", output).output()?;
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(text(&ended.stderr).contains(part), "{ended:?}");
        assert!(!text(&ended.stdout).contains("count/"), "nothing was measured: {ended:?}");
    }
    assert_eq!(fs::read_to_string(&file)?, "kept");
    Ok(())
}

fn words_travel() -> Result<(), Failed> {
    let folder = Folder::new("words");
    let bench = |arguments: &[&str]| {
        let output = folder.bench("families", &[&["--bench"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        let words = folder.run().scenarios.into_iter();
        words.map(|a| format!("{} {} {}", a.scenario, a.family, a.title)).collect::<Vec<_>>()
    };
    let (count, sum) = ("count counting The count", "sum adding The sum");
    assert_eq!(bench(&["--exact", "sum/plain/3"]), [sum], "of those with results");
    assert_eq!(bench(&["--exact", "count/plain/3"]), [count, sum], "in the order of the suite");
    Ok(())
}

fn nothing_selected() -> Result<(), Failed> {
    let folder = Folder::new("nothing");
    let said = |toy: &str, arguments: &[&str], code: i32| {
        let output = folder.bench(toy, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        assert_eq!(output.stdout.is_empty(), code == 2 || arguments.contains(&"--ignored"));
        text(&output.stderr)
    };
    for way in [&["--bench"][..], &["--bench", "--test"], &[], &["--bench", "--profile-time", "1"]]
    {
        assert_eq!(
            said("sound", &[way, &["nosuch.?cell"]].concat(), 2),
            "no cell matches the filter \"nosuch.?cell\": --list prints the ids of all cells\n"
        );
        assert_eq!(
            said("limits", &[way, &["--exact", "capacity/sound"]].concat(), 2),
            "no cell has the id \"capacity/sound\": --list prints the ids of all cells\n"
        );
    }
    assert_eq!(
        said("sound", &["--bench", "--ignored"], 2),
        "--ignored selects no cell: leave it out to measure\n"
    );
    // Test runners ask for ignored tests; there being none is an answer.
    assert_eq!(said("sound", &["--test", "--ignored"], 0), "");
    assert!(!folder.0.join("run.json").exists());

    let output = folder.bench("faults", &["--test", "refuses"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), "count/refuses/3     unsupported: portable\n");
    Ok(())
}

fn criterion_refuses() -> Result<(), Failed> {
    let folder = Folder::new("numbers");
    let wrong = [
        ("--sample-size", &["9", "-1", "1.5", "99999999999999"][..], "a whole number from 10 to"),
        ("--nresamples", &["0", "1", "99999999999999"], "a whole number from 2 to"),
        ("--warm-up-time", &["0", "1e-10", "-1", "NaN", "1e300"], "seconds above 0"),
        ("--measurement-time", &["0", "-0", "inf", "x"], "seconds above 0"),
        ("--profile-time", &["0", "0.5", "NaN", "-1", "-inf"], "seconds from 1"),
        ("--iterations", &["0", "-1", "NaN", "1.5"], "a whole number, 1 or more"),
        ("--shard", &["-1/3", "-1", "NaN", "0/3"], "K/N with K from 1"),
        ("--noise-threshold", &["0", "-0.1", "NaN", "inf"], "a number above 0"),
        ("--confidence-level", &["0", "1", "2", "-1", "NaN"], "a number between 0 and 1"),
        ("--significance-level", &["0", "1", "1.5"], "a number between 0 and 1"),
    ];
    for (option, values, expected) in wrong {
        for value in values {
            // Both ways: a number below zero looks like an option.
            let joined = format!("{option}={value}");
            for given in [&[joined.as_str()][..], &[option, value]] {
                let output = folder.bench("sound", &[&["--bench"], given].concat());
                assert_eq!(output.status.code(), Some(2), "{given:?}: {output:?}");
                assert!(output.stdout.is_empty(), "{given:?}: {output:?}");
                let said = text(&output.stderr);
                let named = [format!("'{value}'"), format!("{value:?}")];
                assert!(named.iter().any(|value| said.contains(value)), "{said}");
                let parts = [option, "expected", expected];
                assert!(parts.iter().all(|part| said.contains(part)), "{said}");
            }
        }
    }
    let output = folder
        .command("sound", &["--bench", "--plotting-backend", "gnuplot"])
        .env("PATH", &folder.0)
        .output()?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("found no program gnuplot"), "{output:?}");
    assert!(!folder.0.join("run.json").exists(), "something was measured");
    Ok(())
}

fn criterion_accepts() -> Result<(), Failed> {
    let folder = Folder::new("least");
    let least = [
        "--sample-size=10",
        "--nresamples=2",
        "--warm-up-time=1e-9",
        "--measurement-time=1e-9",
        "--noise-threshold=1e-9",
        "--confidence-level=0.001",
        "--significance-level=0.999",
    ];
    let arguments = [&["--bench", "--noplot", "--exact", "count/plain/3"], &least[..]].concat();
    let bench = || folder.command("sound", &arguments).env("SWITCHBACK_CRITERION", "0.01").output();
    for _ in ["alone", "with samples to compare with"] {
        let output = bench()?;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(folder.0.join("criterion/count/plain/3/base/sample.json").is_file());
    }
    Ok(())
}

#[cfg(unix)]
fn no_text() -> Result<(), Failed> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let folder = Folder::new("text");
    let bytes = OsStr::from_bytes(b"a\xff");
    let output = folder
        .command("sound", &["--bench", "--exact", "count/plain/3"])
        .env("SWITCHBACK_OUTPUT", folder.0.join(bytes))
        .output()?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(ids(&results::read(&folder.0.join(bytes).join("run.json"))?), ALL[..2]);
    for (name, code) in [
        ("SWITCHBACK_SEED", 2),
        ("SWITCHBACK_COMMIT", 2),
        ("SWITCHBACK_WORKER", 1),
        ("SWITCHBACK_PROBE", 1),
    ] {
        let output = folder.command("sound", &["--bench"]).env(name, bytes).output()?;
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = text(&output.stderr);
        assert!(said.starts_with(&format!("{name}: ")) && said.contains("\"a\\xFF\""), "{said}");
    }
    Ok(())
}

#[cfg(not(unix))]
fn no_text() -> Result<(), Failed> {
    Ok(())
}

/// Runs a toy suite whose output has lost its reader before the first line.
fn unread(folder: &Folder, toy: &str, arguments: &[&str]) -> Output {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = folder.command(toy, arguments);
    // Long enough for criterion to print.
    command.env("SWITCHBACK_CRITERION", "0.01").stdout(writer).stderr(Stdio::piped());
    command.spawn().unwrap().wait_with_output().unwrap()
}

fn a_list_without_reader() -> Result<(), Failed> {
    let folder = Folder::new("unread-list");
    for arguments in [&["--list"][..], &["--help"], &["--version"]] {
        let output = unread(&folder, "faults", arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(text(&output.stderr), "");
    }
    Ok(())
}

fn a_run_without_reader() -> Result<(), Failed> {
    let folder = Folder::new("unread");
    let output = unread(&folder, "faults", &["--test", "count/(wrong|plain|refuses)/3"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    let output = unread(&folder, "limits", &["--test", "capacity/sound"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));

    let output = unread(&folder, "sound", &["--bench"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(ids(&folder.run()), ALL);
    assert!(folder.run().complete);
    assert_eq!(fs::read_to_string(folder.0.join("report.html"))?, "4 results");

    // Nor does it matter whether a process reads the errors.
    let (reader, writer) = io::pipe()?;
    drop(reader);
    let status = folder.command("sound", &["--bench", "nosuch"]).stderr(writer).status()?;
    assert_eq!(status.code(), Some(2));
    Ok(())
}

/// Every line of an output as a value.
fn objects(output: &Output) -> Vec<serde_json::Value> {
    let object = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text(&output.stdout).lines().map(object).collect()
}

fn json_lines() -> Result<(), Failed> {
    let folder = Folder::new("json");
    let output =
        folder.bench("faults", &["--bench", "--format", "json", "count/(plain|wrong|refuses)"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let rows = objects(&output).into_iter().map(serde_json::from_value::<results::CellResult>);
    let rows: Vec<results::CellResult> = rows.collect::<Result<_, _>>()?;
    assert_eq!(rows, folder.run().results, "what the file has, in its order");
    assert_eq!(rows.len(), 6);
    let said = text(&output.stderr);
    assert!(
        said.contains("1 failed:\n  count/wrong/3: failed: ") && said.contains("run.json"),
        "{said}"
    );

    let output = folder.bench("limits", &["--bench", "--format=json", "capacity/sound"]);
    let found: Vec<_> = objects(&output);
    assert_eq!(found, [serde_json::to_value(&folder.run().capacity[0])?]);

    let output = folder.bench("faults", &["--test", "--format", "json", "count/(wrong|refuses)/3"]);
    let verdicts: Vec<_> = objects(&output)
        .into_iter()
        .map(|row| format!("{} {}", row["backend"], row["verdict"]))
        .collect();
    assert_eq!(verdicts, [r#""refuses" "unsupported""#, r#""wrong" "failed""#]);
    let output = folder.bench("sound", &["--list", "--format", "json", "plain/4"]);
    assert_eq!(text(&output.stdout), "{\"id\":\"count/plain/4\"}\n");
    let mut command = folder.command("sound", &["--list", "plain/4"]);
    let output = command.env("SWITCHBACK_FORMAT", "json").output()?;
    assert_eq!(text(&output.stdout), "{\"id\":\"count/plain/4\"}\n");
    Ok(())
}

fn json_refuses() -> Result<(), Failed> {
    let folder = Folder::new("json-criterion");
    for own in [&["--save-baseline", "a"][..], &["--profile-time", "1"]] {
        let output = folder.bench("sound", &[&["--bench", "--format", "json"], own].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = text(&output.stderr);
        assert!(
            said.starts_with("--format json: expected ") && said.lines().count() == 1,
            "{said}"
        );
    }
    Ok(())
}

fn a_failing_report() -> Result<(), Failed> {
    let folder = Folder::new("report");
    let output = folder.bench("unreported", &["--bench", "--exact", "count/plain/3"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text(&output.stderr), "no report: no paper\n");
    assert_eq!(ids(&folder.run()), ALL[..2]);
    Ok(())
}
