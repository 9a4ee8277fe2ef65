//! Pages and summaries of known results, byte for byte. The pages are committed as they are, so that they can be opened.
//!
//! After an intended change: `SWITCHBACK_BLESS=1 cargo test -p switchback-report --test golden`, then look at the pages.

mod support;

use std::fs;

use support::{extras, golden, page, run};
use switchback_bench::results;
use switchback_report::{Form, Gate, History, badge, diff, picture, render_markdown};

fn markdown(name: &str) -> String {
    render_markdown(&run(name), &extras(name))
}

fn check(file: &str, actual: &str) {
    let path = golden(file);
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        fs::write(&path, actual).expect("the golden file can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == actual {
        return;
    }
    let same = expected.chars().zip(actual.chars()).take_while(|(a, b)| a == b).count();
    let around =
        |text: &str| text.chars().skip(same.saturating_sub(60)).take(160).collect::<String>();
    panic!(
        "{file} differs at character {same}\n expected …{}…\n actual   …{}…",
        around(&expected),
        around(actual)
    );
}

#[test]
fn a_small_clean_run() {
    check("small.html", &page("small"));
    check("small.md", &markdown("small"));
    assert_eq!(
        badge(&run("small"), None),
        r#"{"color":"brightgreen","label":"switchback","message":"5/5 verified","schemaVersion":1}"#
    );
}

#[test]
fn an_interrupted_run_with_every_kind_of_failure() {
    check("failed.html", &page("failed"));
    check("failed.md", &markdown("failed"));
}

#[test]
fn a_run_of_mostly_unsupported_cells() {
    check("unsupported.html", &page("unsupported"));
    check("unsupported.md", &markdown("unsupported"));
}

#[test]
fn a_run_of_strange_scenarios_from_elsewhere() {
    check("outside.html", &page("outside"));
    check("outside.md", &markdown("outside"));
}

#[test]
fn a_run_with_everything_beside_it() {
    check("full.html", &page("full"));
    check("full.md", &markdown("full"));
}

#[test]
fn a_run_whose_baseline_was_built_in_another_way() {
    check("rebuilt.html", &page("rebuilt"));
    check("rebuilt.md", &markdown("rebuilt"));
}

/// Beside the page of a run those of its backends, of which one has a fault of every kind.
#[test]
fn the_pages_of_a_site() {
    let site = support::site("site");
    let page = |file: &str| &site.backends.iter().find(|(name, _)| name == file).expect("a page").1;
    check("site.index.html", page("index.html"));
    check("site.soft.html", page("soft.html"));
}

/// A run with its baseline, in every form.
#[test]
fn two_runs_compared() {
    for name in ["full", "rebuilt"] {
        let then = results::read(&golden(&format!("{name}/baseline.json"))).expect("a baseline");
        let now = run(name);
        for (form, ending) in [(Form::Text, "txt"), (Form::Markdown, "md"), (Form::Html, "html")] {
            let found = diff(&then, &now, Gate { time: Some(5.0), partial: false }, form);
            check(&format!("{name}.diff.{ending}"), &found.text);
        }
    }
}

/// Four runs, one of them of another machine, with a step in the third.
#[test]
fn runs_over_time() {
    let history = History::read(&golden("history")).expect("a folder of results");
    for (form, ending) in [(Form::Text, "txt"), (Form::Markdown, "md"), (Form::Html, "html")] {
        check(&format!("history.{ending}"), &history.render(form));
    }
}

/// The picture of reports/README.md is drawn from a committed run: `switchback-report picture reports/picture.json -o reports/picture.svg`.
#[test]
fn the_picture_of_the_readme_is_the_one_that_the_program_draws() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = results::read(&folder.join("picture.json")).expect("a committed run");
    check("../../picture.svg", &picture(&run).expect("a picture"));
    let readme = fs::read_to_string(folder.join("README.md")).expect("the README");
    assert!(readme.contains("](picture.svg)"), "the README shows it");
}

#[test]
fn the_same_results_give_the_same_bytes() {
    for name in support::RUNS {
        assert_eq!(page(name), page(name), "{name}");
        assert_eq!(markdown(name), markdown(name), "{name}");
    }
}
