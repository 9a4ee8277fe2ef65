//! Pages and summaries of known results, byte for byte. The pages are committed as they are, so that they can be opened.
//!
//! After an intended change: `SWITCHBACK_BLESS=1 cargo test -p switchback-report --test golden`, then look at the pages.

mod support;

use std::fs;

use support::{golden, page, run};
use switchback_report::{Extras, badge, render_markdown};

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
    check("small.md", &render_markdown(&run("small"), &Extras::default()));
    assert_eq!(
        badge(&run("small"), None),
        r#"{"color":"brightgreen","label":"switchback","message":"5/5 verified","schemaVersion":1}"#
    );
}

#[test]
fn an_interrupted_run_with_every_kind_of_failure() {
    check("failed.html", &page("failed"));
    check("failed.md", &render_markdown(&run("failed"), &Extras::default()));
}

#[test]
fn a_run_of_mostly_unsupported_cells() {
    check("unsupported.html", &page("unsupported"));
    check("unsupported.md", &render_markdown(&run("unsupported"), &Extras::default()));
}

#[test]
fn a_run_of_strange_scenarios_from_elsewhere() {
    check("outside.html", &page("outside"));
    check("outside.md", &render_markdown(&run("outside"), &Extras::default()));
}

#[test]
fn the_same_results_give_the_same_bytes() {
    for name in support::RUNS {
        assert_eq!(page(name), page(name), "{name}");
        let markdown = || render_markdown(&run(name), &Extras::default());
        assert_eq!(markdown(), markdown(), "{name}");
    }
}
