use serde_json::json;
use switchback_bench::results::Run;

use crate::fit::safe;
use crate::view::Tally;

/// A badge as the JSON object that badge services read: how many cells were verified, of all backends or of one.
///
/// Red if a cell failed, grey if there was nothing to verify or the run is incomplete, green otherwise. Unsupported cells count for
/// nothing.
#[must_use]
pub fn badge(run: &Run, backend: Option<&str>) -> String {
    made(run, Tally::of_run(run, backend), backend)
}

/// A badge for each backend that has results, by its name.
#[must_use]
pub fn badges(run: &Run) -> Vec<(&str, String)> {
    let tallies = Tally::of_each(run).into_iter();
    tallies.map(|(name, tally)| (name, made(run, tally, Some(name)))).collect()
}

fn made(run: &Run, tally: Tally, backend: Option<&str>) -> String {
    let (message, color) = match (tally.ok, tally.asked()) {
        (_, 0) => ("nothing measured".to_owned(), "lightgrey"),
        (ok, asked) if ok < asked => (format!("{ok}/{asked} verified"), "red"),
        (ok, asked) if run.complete => (format!("{ok}/{asked} verified"), "brightgreen"),
        (ok, asked) => (format!("{ok}/{asked} verified, incomplete"), "lightgrey"),
    };
    let label =
        backend.map_or_else(|| "switchback".to_owned(), |name| format!("switchback {name}"));
    let label = safe(label);
    json!({ "schemaVersion": 1, "label": label, "message": message, "color": color }).to_string()
}

#[cfg(test)]
mod tests {
    use switchback_bench::results::Verdict;

    use super::*;
    use crate::words::tests::{measured, run_of};

    fn said(run: &Run, backend: Option<&str>) -> (String, String) {
        let value: serde_json::Value = serde_json::from_str(&badge(run, backend)).unwrap();
        assert_eq!(value["schemaVersion"], 1);
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        (format!("{}: {}", text("label"), text("message")), text("color"))
    }

    #[test]
    fn one_backend_is_not_blamed_for_another() {
        let mut run = run_of(vec![measured("a", "hard", 1, 1.0), measured("a", "soft", 1, 1.0)]);
        run.results[1].verdict = Verdict::Crash;
        assert_eq!(said(&run, None), ("switchback: 1/2 verified".into(), "red".into()));
        assert_eq!(
            said(&run, Some("hard")),
            ("switchback hard: 1/1 verified".into(), "brightgreen".into())
        );
    }

    #[test]
    fn the_badges_of_all_are_those_of_each() {
        let mut run = run_of(vec![measured("a", "soft", 1, 1.0), measured("a", "hard", 1, 1.0)]);
        run.results.push(measured("b", "soft", 1, 1.0));
        run.results[1].verdict = Verdict::Crash;
        let each = ["hard", "soft"].map(|name| (name, badge(&run, Some(name))));
        assert_eq!(badges(&run), each);
        assert_ne!(each[0].1, each[1].1.replace("soft", "hard"));
    }

    #[test]
    fn unsupported_and_unfinished_runs_are_grey() {
        let mut run = run_of(vec![measured("a", "hard", 1, 1.0)]);
        run.complete = false;
        assert_eq!(said(&run, None).1, "lightgrey");
        run.complete = true;
        run.results[0].verdict = Verdict::Unsupported;
        assert_eq!(said(&run, None), ("switchback: nothing measured".into(), "lightgrey".into()));
    }
}
