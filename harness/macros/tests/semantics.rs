//! SEMANTICS.md against what is there: its messages are those of the macros, all of them, and its
//! examples are tests.

use std::{collections::BTreeSet, fs, path::Path};

/// What rustc says by itself, beside a message of ours or where a macro hides what it does.
const OF_RUSTC: &[&str] =
    &["cannot be sent between threads", "is not a future", "operator can only be used"];

/// Texts of all files in a folder of this crate, and below it, with this ending.
fn texts(folder: &str, ending: &str) -> Vec<String> {
    let mut ahead = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut texts = Vec::new();
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                ahead.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                texts.push(fs::read_to_string(&path).expect("the file can be read"));
            }
        }
    }
    assert!(!texts.is_empty(), "no .{ending} files in {folder}");
    texts
}

/// The blocks of the page that begin with three backticks and `kind`.
fn blocks(kind: &str) -> Vec<String> {
    let page = include_str!("../SEMANTICS.md");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if found == kind {
                blocks.push(block.join("\n"));
            }
        }
    }
    assert!(blocks.len() > 5, "{} blocks of {kind}", blocks.len());
    blocks
}

/// Messages of the macros on the pages of `ui/`: errors without a number, those of traits whose
/// message is ours, assertions found when code is made, and what rustc says of a circle of calls.
fn messages() -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for text in texts("tests/ui", "stderr") {
        for line in text.lines() {
            let message = ["error: ", "error[E0277]: ", "error[E0080]: ", "error[E0733]: "]
                .iter()
                .find_map(|prefix| line.strip_prefix(prefix));
            messages.extend(message.map(str::to_owned));
        }
    }
    messages
}

/// A message without what it names.
fn general(message: &str) -> String {
    message.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[test]
fn every_message_on_the_page_is_given() {
    let given = messages();
    let missing: Vec<_> = blocks("text").into_iter().filter(|m| !given.contains(m)).collect();
    assert!(missing.is_empty(), "no page of tests/ui has {missing:#?}");
}

#[test]
fn every_message_that_is_given_is_on_the_page() {
    let told: BTreeSet<String> = blocks("text").iter().map(|m| general(m)).collect();
    let mut missing = messages();
    missing.retain(|message| {
        !told.contains(&general(message)) && !OF_RUSTC.iter().any(|known| message.contains(known))
    });
    assert!(missing.is_empty(), "SEMANTICS.md does not have {missing:#?}");
}

/// Whether it can be written as the message says.
#[test]
fn every_refused_body_has_a_test_with_its_advice_followed() {
    let advice = include_str!("../../core/tests/tasklet_forms/zoo/advice.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|e| e == "rs") {
            let page = path.file_stem().expect("a file has a name").to_string_lossy();
            let test = format!("\n    {page}: ");
            assert!(advice.contains(&test), "zoo/advice.rs has no test `{page}`");
        }
    }
}

/// Names of the generated code say nothing to an author.
#[test]
fn no_message_has_a_generated_name() {
    for message in messages() {
        let named = message.split('`').skip(1).step_by(2).any(|name| name.starts_with("__"));
        assert!(!named, "{message}");
    }
}

/// Lines of code without what is around them.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_example_on_the_page_is_a_test() {
    let zoo = texts("../core/tests/tasklet_forms/zoo", "rs");
    let tests: Vec<_> =
        zoo.iter().chain(&texts("tests/ui", "rs")).map(|text| lines(text)).collect();
    for example in blocks("rust") {
        let wanted = lines(&example);
        let found =
            tests.iter().any(|test| test.windows(wanted.len()).any(|lines| lines == wanted));
        assert!(found, "no test has the example\n{example}");
    }
}
