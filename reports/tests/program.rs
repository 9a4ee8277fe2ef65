//! The program from outside: files, messages and exit codes.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use support::golden;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("a file for the test");
        path
    }

    fn copy(&self, name: &str) -> PathBuf {
        let content = fs::read_to_string(golden(&format!("{name}.json"))).expect("golden results");
        self.file("run.json", &content)
    }
}

fn report(arguments: &[&std::ffi::OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_switchback-report"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Exit code 2, nothing on standard output, and this on standard error.
fn refused(output: &Output, parts: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty());
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
}

#[test]
fn a_clean_run_becomes_a_page_beside_it() {
    let folder = Folder::new("clean");
    let output = report(&[folder.copy("small").as_os_str()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = fs::read_to_string(folder.0.join("report.html")).expect("the page");
    assert!(page.contains("5 of 5 cells verified"));
}

#[test]
fn a_run_with_failures_is_rendered_and_told_by_the_exit_code() {
    let folder = Folder::new("failures");
    let (page, summary) = (folder.0.join("deep/down/page.html"), folder.0.join("summary.md"));
    let badges = folder.0.join("badges");
    let output = report(&[
        "--output".as_ref(),
        page.as_os_str(),
        "--markdown".as_ref(),
        summary.as_os_str(),
        "--badges".as_ref(),
        badges.as_os_str(),
        folder.copy("failed").as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(fs::read_to_string(page).expect("the page").contains("received 5"));
    assert!(fs::read_to_string(summary).expect("the summary").contains("### Failures (6)"));
    let badge = |name: &str| fs::read_to_string(badges.join(name)).expect("a badge");
    assert!(badge("all.json").contains("1/7 verified") && badge("all.json").contains("red"));
    assert!(badge("backend-hard.json").contains("0/2 verified"));
}

#[test]
fn a_run_of_nothing_verifies_nothing() {
    let folder = Folder::new("nothing");
    let output = report(&[folder.copy("empty").as_os_str()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let page = fs::read_to_string(folder.0.join("report.html")).expect("the page");
    assert!(page.contains("No cell was measured"));
}

#[test]
fn results_that_cannot_be_read_are_refused_with_the_cause() {
    let folder = Folder::new("refused");
    let missing = folder.0.join("nowhere.json");
    refused(&report(&[missing.as_os_str()]), &["nowhere.json", "no such file", "cargo bench"]);
    let cases = [
        ("empty.json", "", &["empty", "cargo bench"][..]),
        ("cut.json", "{\"schema\": 1, \"results\": [", &["not JSON", "line 1"]),
        ("newer.json", "{\"schema\": 2}", &["schema 2 is newer", "update switchback-report"]),
        ("field.json", "{\"schema\": 1, \"results\": []}", &["environment"]),
    ];
    for (name, content, parts) in cases {
        let output = report(&[folder.file(name, content).as_os_str()]);
        refused(&output, &[&[name], parts].concat());
    }
    assert!(!folder.0.join("report.html").exists());
}

#[test]
fn a_reader_that_leaves_changes_neither_files_nor_exit_code() {
    for (name, code) in [("small", 0), ("failed", 1)] {
        let folder = Folder::new("unread");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback-report"));
        command.arg(folder.copy(name)).stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().and_then(|child| child.wait_with_output()).expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(code), ""));
        assert!(folder.0.join("report.html").is_file());
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchback-report"));
    let status = command.arg("nowhere.json").stderr(writer).status().expect("it runs");
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_page_that_cannot_be_written_is_told_with_a_way_out() {
    let folder = Folder::new("unwritable");
    let in_the_way = folder.file("file", "");
    let output = report(&[
        folder.copy("small").as_os_str(),
        "--output".as_ref(),
        in_the_way.join("page.html").as_os_str(),
    ]);
    refused(&output, &["page.html", "cannot be written", "--output"]);
}

#[test]
fn files_given_by_name_are_shown_and_broken_ones_refused() {
    let folder = Folder::new("inputs");
    let run = folder.copy("small");
    let conformance = golden("full/conformance.json");
    let output = report(&[
        run.as_os_str(),
        "--conformance".as_ref(),
        conformance.as_os_str(),
        "--baseline".as_ref(),
        golden("full/baseline.json").as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = fs::read_to_string(folder.0.join("report.html")).expect("a page");
    assert!(page.contains("<strong>6 of 7</strong>") && page.contains("Against commit"));

    let broken = folder.file("conformance.json", r#"{"schema": 9}"#);
    for option in ["--conformance", "--mutants", "--freeze-thaw", "--baseline"] {
        let output = report(&[run.as_os_str(), option.as_ref(), broken.as_os_str()]);
        refused(&output, &["conformance.json: schema 9 is newer", "update switchback-report"]);
    }
}

#[test]
fn no_output_replaces_what_the_report_is_made_from_or_another_output() {
    let folder = Folder::new("apart");
    let run = folder.copy("small");
    let baseline = folder.file("old.json", &fs::read_to_string(&run).expect("the results"));
    let link = folder.0.join("link.json");
    fs::hard_link(&baseline, &link).expect("a link");
    let all = folder.file("all.json", &fs::read_to_string(&run).expect("the results"));
    let before = fs::read(&run).expect("the results");
    let (page, here) = (folder.0.join("page.html"), folder.0.join("./new/../page.html"));
    fs::create_dir(folder.0.join("new")).expect("a folder");
    let dotted = folder.0.join("new/../run.json");
    type Options<'a> = &'a [(&'a str, &'a PathBuf)];
    let cases: [(&PathBuf, Options<'_>, [&str; 3]); 5] = [
        (
            &run,
            &[("-o", &dotted)],
            ["run.json: ", "the HTML page", "choose another place with --output"],
        ),
        (
            &run,
            &[("--baseline", &baseline), ("--markdown", &link)],
            [
                "link.json: ",
                "the Markdown summary, found one which the report is made from",
                "--markdown",
            ],
        ),
        (
            &run,
            &[("-o", &page), ("--markdown", &here)],
            ["page.html: ", "found one that is written as well", "--markdown"],
        ),
        (
            &all,
            &[("-o", &page), ("--badges", &folder.0)],
            ["all.json: ", "a badge, found one which the report is made from", "--badges"],
        ),
        (
            &run,
            &[("-o", &folder.0.join("badges/all.json")), ("--badges", &folder.0.join("badges"))],
            ["all.json: ", "a badge, found one that is written as well", "--badges"],
        ),
    ];
    for (results, options, parts) in cases {
        let mut arguments = vec![results.as_os_str()];
        for (option, path) in options {
            arguments.extend([option.as_ref(), path.as_os_str()]);
        }
        refused(&report(&arguments), &parts);
    }
    for file in [&run, &baseline, &all] {
        assert_eq!(fs::read(file).expect("an input"), before, "{}", file.display());
    }
    assert!(!page.exists() && !folder.0.join("badges").exists(), "nothing is half written");
}

/// Runs a subcommand on files of the golden results; its exit code and what it said.
fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_switchback-report"))
        .args(arguments)
        .current_dir(golden(""))
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\u{a0}', " ");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_difference_is_told_by_the_exit_code() {
    let (code, text, _) = command(&["diff", "small.json", "small.json", "--gate-time", "0"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("Verdicts and counts hold:"), "{text}");
    let (first, last) = ("history/1.json", "history/4.json");
    assert_eq!(command(&["diff", first, last]).0, Some(0), "time alone is no reason");
    let (code, text, _) = command(&["diff", first, last, "--gate-time", "20"]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("Not as before:") && text.contains("slower by more than 20 %"));
    assert_eq!(command(&["diff", last, first, "--gate-time", "20"]).0, Some(0), "faster");
    let (code, _, said) = command(&["diff", first, "nowhere.json"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("nowhere.json: no such file"), "{said}");
    assert_eq!(command(&["diff", first, last, "--gate-time", "-1"]).0, Some(2));
    assert_eq!(command(&["diff", first, last, "-o", "history/../history/1.json"]).0, Some(2));
}

#[test]
fn a_history_keeps_machines_apart_and_tells_what_it_could_not_read() {
    let (code, text, _) = command(&["history", "history"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches(" cores").count(), 2, "{text}");
    assert!(text.contains("/hard/") && text.contains("since 2026-02-04 444444444444"), "{text}");
    let folder = Folder::new("history");
    folder.file("broken.json", "{");
    assert_eq!(command(&["history", &folder.0.display().to_string()]).0, Some(2), "no run at all");
    folder.copy("small");
    let (code, text, _) = command(&["history", &folder.0.display().to_string()]);
    assert_eq!(code, Some(1));
    assert!(text.contains("not read: ") && text.contains("broken.json: not JSON"), "{text}");
}

#[test]
fn shards_become_a_run_that_renders_and_lost_ones_are_missing() {
    let folder = Folder::new("shards");
    let whole: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(golden("full.json")).expect("results"))
            .expect("JSON");
    let rows = whole["results"].as_array().expect("a list");
    let first = rows[0]["scenario"].as_str().expect("a name");
    let part = |own: bool| {
        let mut shard = whole.clone();
        let rows = rows.iter().filter(|row| (row["scenario"] == first) == own).cloned();
        shard["results"] = rows.collect();
        if !own {
            shard["capacity"] = serde_json::json!([]);
        }
        shard.to_string()
    };
    let (one, two) = (folder.file("1.json", &part(true)), folder.file("2.json", &part(false)));
    let (one, two) = (one.display().to_string(), two.display().to_string());
    let out = folder.0.join("run.json");
    let (code, ..) = command(&["merge", &one, &two, "-o", &out.display().to_string()]);
    assert_eq!(code, Some(0));
    let merged = switchback_bench::results::read(&out).expect("a run");
    // What several machines took, each for a part and with whatever else ran there, is not added up.
    let expected = switchback_bench::results::Run { energy: None, ..support::run("full") };
    assert_eq!(merged, expected);
    let lost = folder.0.join("3.json").display().to_string();
    let (code, _, said) = command(&["merge", &one, &lost, "-o", &out.display().to_string()]);
    assert_eq!(code, Some(1));
    assert!(said.contains("3.json: no such file"), "{said}");
    let merged = switchback_bench::results::read(&out).expect("a run");
    assert!(!merged.complete && report(&[out.as_os_str()]).status.code() == Some(1));
    assert_eq!(command(&["merge", &one, &one, "-o", &out.display().to_string()]).0, Some(2));
    assert_eq!(command(&["merge", &one, &two, "-o", &one]).0, Some(2), "a shard stays");
}

#[test]
fn parts_of_a_run_become_its_page_and_a_missing_one_is_said_on_it() {
    let folder = Folder::new("parts");
    let part = |number: u32, budget: &str| {
        let mut run: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(golden("small.json")).expect("results"))
                .expect("JSON");
        let rows = run["results"].as_array_mut().expect("a list");
        let size = rows.iter().map(|row| row["size"].as_u64()).min().expect("a row");
        rows.retain(|row| (row["size"].as_u64() == size) == (number == 1));
        let settings = serde_json::json!({"budget": budget});
        run["shard"] = serde_json::json!({"parts": [number], "of": 3, "settings": settings});
        folder.file(&format!("{number}-{budget}.json"), &run.to_string()).display().to_string()
    };
    let (one, two, other) = (part(1, "4 s"), part(2, "4 s"), part(3, "1 s"));
    let (out, page) = (folder.0.join("run.json"), folder.0.join("page.html"));
    let (out, page) = (out.display().to_string(), page.display().to_string());
    let (code, said, complaint) = command(&["merge", &one, &two, "-o", &out, "--html", &page]);
    assert_eq!((code, said), (Some(1), format!("{out}\n{page}\n")));
    assert_eq!(complaint, "switchback-report: part 3 of 3 is missing\n");
    let shown = fs::read_to_string(&page).expect("a page");
    assert!(shown.contains("This run is incomplete: part 3 of 3 is missing."));
    let (code, _, complaint) = command(&["merge", &one, &other, "-o", &out]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("expected the budget \"4 s\" of "), "{complaint}");
    assert_eq!(command(&["merge", &one, "-o", &out, "--html", &one]).0, Some(2), "a shard stays");
}

#[test]
fn exports_and_the_schema_go_to_the_terminal_or_to_a_file() {
    for format in ["csv", "github-action-benchmark", "bencher"] {
        let (code, text, _) = command(&["export", "small.json", "--format", format]);
        assert!(code == Some(0) && text.contains("pingpong"), "{format}: {text}");
    }
    let (code, text, _) = command(&["schema"]);
    assert_eq!((code, text.as_str()), (Some(0), switchback_report::SCHEMA));
    let (code, text, _) = command(&["picture", "full.json"]);
    assert!(code == Some(0) && text.starts_with("<svg xmlns="), "{text}");
    let (code, _, said) = command(&["picture", "empty.json"]);
    assert!(code == Some(2) && said.contains("expected two backends"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_device_takes_all_outputs() {
    let folder = Folder::new("device");
    let run = folder.copy("small");
    let nowhere: &std::ffi::OsStr = "/dev/null".as_ref();
    let output = report(&[run.as_os_str(), "-o".as_ref(), nowhere, "--markdown".as_ref(), nowhere]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_badge_has_a_file_of_its_own_whatever_the_backend_is_called() {
    let folder = Folder::new("badges");
    let mut run: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(golden("small.json")).expect("golden results"))
            .expect("JSON");
    let row = run["results"][0].clone();
    let long = "n".repeat(100_000);
    for name in ["a b", "a-b", "a/b", "../b", &long] {
        let mut row = row.clone();
        row["backend"] = name.into();
        row["reference"] = serde_json::Value::Null;
        run["results"].as_array_mut().expect("a list").push(row);
    }
    let run = folder.file("run.json", &run.to_string());
    let badges = folder.0.join("badges");
    let output = report(&[run.as_os_str(), "--badges".as_ref(), badges.as_os_str()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let labels = fs::read_dir(&badges).expect("badges").map(|file| {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a badge");
        let badge: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        badge["label"].as_str().expect("a label").to_owned()
    });
    let labels: std::collections::BTreeSet<String> = labels.collect();
    for name in ["a b", "a-b", "a/b", "../b", &long] {
        assert!(labels.contains(&format!("switchback {name}")), "{name:.20}");
    }
    assert!(badges.join("backend-a-b.json").is_file(), "a plain name is kept");
}

#[test]
fn pages_of_backends_are_written_below_the_page_and_nowhere_else() {
    let folder = Folder::new("pages");
    let run = folder.copy("small");
    let (page, pages) = (folder.0.join("index.html"), folder.0.join("all/backends"));
    let to = |pages: &PathBuf| {
        report(&[
            run.as_os_str(),
            "-o".as_ref(),
            page.as_os_str(),
            "--pages".as_ref(),
            pages.as_os_str(),
        ])
    };
    let beside = [folder.0.clone(), folder.0.join("../elsewhere"), folder.0.join("a/../../b")];
    for outside in beside {
        refused(&to(&outside), &["expected a folder below that of the page", "--pages"]);
        assert!(!page.exists() && (outside == folder.0 || !outside.exists()), "nothing is written");
    }
    assert_eq!(to(&pages).status.code(), Some(0));
    let text = fs::read_to_string(&page).expect("the page");
    assert!(text.contains("href=\"all/backends/index.html\""), "the page leads to the index");
    let hard = fs::read_to_string(pages.join("hard.html")).expect("a page of a backend");
    assert!(hard.contains("href=\"../../index.html\"") && hard.contains("<h1>hard</h1>"));
    let summary = pages.join("hard.html");
    let output = report(&[
        run.as_os_str(),
        "-o".as_ref(),
        page.as_os_str(),
        "--pages".as_ref(),
        pages.as_os_str(),
        "--markdown".as_ref(),
        summary.as_os_str(),
    ]);
    refused(&output, &["hard.html: ", "the page of a backend", "written as well", "--pages"]);
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn an_output_without_room_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchback-report"));
    let output = command.arg("schema").stdout(full).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("standard output: the report cannot be written: "), "{said}");
}

/// Every command with this path in place of each of its inputs in turn.
#[cfg(unix)]
fn with_each_input(folder: &Folder, run: &std::path::Path, input: &std::path::Path) -> Vec<Output> {
    let out = folder.0.join("out.json");
    let (run, input, out) = (run.as_os_str(), input.as_os_str(), out.as_os_str());
    let word = std::ffi::OsStr::new;
    let lines = [
        vec![input],
        vec![run, word("--conformance"), input],
        vec![run, word("--mutants"), input],
        vec![run, word("--freeze-thaw"), input],
        vec![run, word("--baseline"), input],
        vec![word("diff"), input, run],
        vec![word("diff"), run, input],
        vec![word("merge"), input, word("-o"), out],
        vec![word("export"), input, word("--format"), word("csv")],
        vec![word("picture"), input],
    ];
    lines.iter().map(|line| in_time(line)).collect()
}

/// What the program says, which it does at once.
#[cfg(unix)]
fn in_time(arguments: &[&std::ffi::OsStr]) -> Output {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let mut child = Command::new(env!("CARGO_BIN_EXE_switchback-report"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    while child.try_wait().expect("its status").is_none() {
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().expect("it can be ended");
            panic!("{arguments:?} hangs");
        }
        std::thread::yield_now();
    }
    child.wait_with_output().expect("its output")
}

#[cfg(unix)]
#[test]
fn what_may_never_end_is_no_input() {
    let folder = Folder::new("endless");
    let run = folder.copy("small");
    let pipe = folder.0.join("pipe.json");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let inputs =
        [(pipe.as_path(), "a pipe"), ("/dev/zero".as_ref(), "a device"), (&folder.0, "a folder")];
    for (input, kind) in inputs {
        let shown = input.display().to_string();
        for output in with_each_input(&folder, &run, input) {
            refused(&output, &[&shown, &format!("expected a file, found {kind}; ")]);
        }
    }
    // The history of a folder with such a file goes on, and names it.
    let output = in_time(&["history".as_ref(), folder.0.as_os_str()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("pipe.json: expected a file, found a pipe"), "{said}");
    // A file of a usual name costs its own section.
    fs::rename(&pipe, folder.0.join("baseline.json")).expect("another name");
    let page = folder.0.join("page.html");
    switchback_report::render_file(&run, &page).expect("a page");
    let page = fs::read_to_string(&page).expect("the page");
    assert!(page.contains("expected a file, found a pipe"));
}

#[test]
fn what_is_no_text_is_told_with_the_byte() {
    let folder = Folder::new("no-text");
    let run = folder.copy("small");
    let path = folder.0.join("latin.json");
    fs::write(&path, b"{\"cpu\": \"caf\xe9\"}").expect("a file for the test");
    let said = "expected a text in UTF-8, found the byte 0xe9 at 12; `";
    refused(&report(&[path.as_os_str()]), &["latin.json: ", said, "cargo bench` makes it anew"]);
    let output = report(&[run.as_os_str(), "--conformance".as_ref(), path.as_os_str()]);
    refused(&output, &["latin.json: ", said, "ci/conformance"]);
}

#[test]
fn a_history_names_every_file_that_it_cannot_read() {
    let folder = Folder::new("broken-history");
    let history = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback-report"));
        command.arg("history").arg(&folder.0).args(more).output().expect("the program starts")
    };
    refused(&history(&[]), &["found none; copy a run.json"]);
    folder.file("broken.json", "{");
    refused(
        &history(&[]),
        &[
            "expected results of `cargo bench`, found none that can be read (",
            "broken.json: not JSON",
        ],
    );
    folder.copy("small");
    let output = history(&[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("broken.json: not JSON"));
    let target = folder.0.join("history.md");
    let output = history(&["--format", "markdown", "-o", &target.display().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not read: "), "{output:?}");
    assert!(fs::read_to_string(&target).expect("it").contains("broken.json"));
}

#[test]
fn a_share_of_time_is_a_number_that_is_not_negative() {
    let folder = Folder::new("gate");
    let run = folder.copy("small");
    for value in ["-1", "NaN", "-NaN", "inf", "-inf", "much", ""] {
        for joined in [false, true] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_switchback-report"));
            command.arg("diff").args([&run, &run]);
            if joined {
                command.arg(format!("--gate-time={value}"));
            } else {
                command.args(["--gate-time", value]);
            }
            let output = command.output().expect("the program starts");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            let expected = format!("expected per cent, 0 or more, such as 5; found {value:?}");
            assert!(said.contains(&expected), "{said}");
        }
    }
}
