//! Results in the formats of other programs.

use std::fmt::Write;

use serde_json::{Map, Value, json};
use switchback_bench::results::{CellResult, Run, Verdict, visible};

use crate::numbers::exported;
use crate::view::{interval, ratio_interval};

/// The JSON schema of `run.json`, checked against the types by the tests.
pub const SCHEMA: &str = include_str!("../../harness/bench/run.schema.json");

/// A table of all cells, RFC 4180: a head, then one line for each cell, failed ones too.
///
/// What a cell does not have is empty. Intervals of fewer than six samples are left out. Numbers have six significant digits, and all
/// those before the point. A text that a spreadsheet would take for a formula is preceded by an apostrophe; controls and marks that turn
/// the direction of writing are escapes, as in other reports.
#[must_use]
pub fn csv(run: &Run) -> String {
    const HEAD: &str = "scenario,backend,size,verdict,unit,median,low,high,ratio,ratio_low,ratio_high,reference,band,clock,samples,processes,peak_memory,why";
    let mut out = format!("{HEAD}\r\n");
    let number = |value: Option<f64>| value.map_or_else(String::new, exported);
    for row in &run.results {
        let (low, high) = interval(row).unzip();
        let (ratio_low, ratio_high) = ratio_interval(row).unzip();
        let whole = |count: Option<usize>| count.map_or_else(String::new, |n| n.to_string());
        let text = |text: Option<&str>| text.map_or_else(String::new, field);
        let fields = [
            field(&row.scenario),
            field(&row.backend),
            row.size.to_string(),
            row.verdict.to_string(),
            field(&row.unit),
            number(row.median),
            number(low),
            number(high),
            number(row.ratio),
            number(ratio_low),
            number(ratio_high),
            text(row.reference.as_deref()),
            number(row.band),
            text(row.clock.as_deref()),
            whole(row.samples),
            whole(row.processes),
            row.peak_memory.map_or_else(String::new, |bytes| bytes.to_string()),
            text(row.why.as_deref()),
        ];
        let _ = write!(out, "{}\r\n", fields.join(","));
    }
    out
}

fn field(text: &str) -> String {
    let text = visible(text);
    let formula = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let text = if formula { format!("'{text}") } else { text.into_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Cells with a figure.
fn timed(run: &Run) -> impl Iterator<Item = (&CellResult, f64)> {
    run.results
        .iter()
        .filter(|row| row.verdict == Verdict::Ok)
        .filter_map(|row| Some((row, row.median?)))
}

/// For the GitHub action `benchmark-action/github-action-benchmark`, tool `customSmallerIsBetter`: name, unit, value and range of each
/// verified cell.
#[must_use]
pub fn github_action_benchmark(run: &Run) -> String {
    let entries = timed(run).map(|(row, median)| {
        let mut entry = json!({"name": row.id(), "unit": row.unit, "value": median});
        if let Some((low, high)) = interval(row) {
            entry["range"] = json!(format!("{} to {}", exported(low), exported(high)));
        }
        let facts: Vec<String> = [
            row.ratio
                .zip(row.reference.as_ref())
                .map(|(ratio, of)| format!("ratio to {of}: {}", exported(ratio))),
            row.samples.map(|samples| format!("samples: {samples}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !facts.is_empty() {
            entry["extra"] = json!(facts.join("\n"));
        }
        entry
    });
    pretty(&Value::Array(entries.collect()))
}

/// Bencher Metric Format: for each verified cell a `latency` in nanoseconds, or a measure named by its unit, with the interval as bounds;
/// and the ratio as `ratio`.
#[must_use]
pub fn bencher(run: &Run) -> String {
    let metric = |value: f64, bounds: Option<(f64, f64)>| {
        let mut metric = json!({"value": value});
        if let Some((low, high)) = bounds {
            (metric["lower_value"], metric["upper_value"]) = (json!(low), json!(high));
        }
        metric
    };
    let mut all = Map::new();
    for (row, median) in timed(run) {
        let measure = if row.unit.starts_with("nanosecond") { "latency" } else { &row.unit };
        let mut measures = Map::new();
        measures.insert(measure.to_owned(), metric(median, interval(row)));
        if let Some(ratio) = row.ratio.filter(|_| !crate::view::is_reference(row)) {
            measures.insert("ratio".to_owned(), metric(ratio, ratio_interval(row)));
        }
        all.insert(row.id(), Value::Object(measures));
    }
    pretty(&Value::Object(all))
}

fn pretty(value: &Value) -> String {
    // A value of maps, texts and finite numbers is always JSON.
    serde_json::to_string_pretty(value).map_or_else(|_| "null\n".to_owned(), |text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};

    fn run() -> Run {
        let mut few = measured("a", "threads", 10, 4.0);
        few.samples = Some(5);
        let mut failed = measured("a", "=soft,\"x\"", 10, 1.0);
        (failed.verdict, failed.median, failed.low, failed.high) =
            (Verdict::Crash, None, None, None);
        (failed.ratio, failed.ratio_low, failed.ratio_high) = (None, None, None);
        failed.why = Some("signal 11,\nat \"x\"".to_owned());
        let mut hard = measured("a", "hard", 10, 2.0);
        hard.peak_memory = Some(4096);
        run_of(vec![hard, few, failed])
    }

    #[test]
    fn csv_has_a_line_for_each_cell_and_quotes_what_needs_it() {
        let text = csv(&run());
        let (head, rest) = text.split_once("\r\n").expect("a head");
        assert_eq!(head.split(',').count(), 18);
        assert!(rest.starts_with("a,hard,10,ok,nanoseconds per operation,20,19.8,20.2,2,1.98,2.02,plain,0.003,,,,4096,\r\n"), "{rest}");
        assert!(
            rest.contains(
                "a,threads,10,ok,nanoseconds per operation,40,,,4,,,plain,0.003,,5,,,\r\n"
            )
        );
        assert!(rest.ends_with("\"'=soft,\"\"x\"\"\",10,crash,nanoseconds per operation,,,,,,,plain,0.003,,,,,\"signal 11,\nat \"\"x\"\"\"\r\n"), "{rest}");
    }

    #[test]
    fn what_cannot_be_seen_is_an_escape_in_every_text() {
        let mut failed = measured("a", "soft", 10, 1.0);
        failed.verdict = Verdict::Crash;
        failed.why = Some("a\0b\u{202e}c\u{1b}[31md".to_owned());
        let mut row = failed.clone();
        (row.backend, row.why) = ("hard".to_owned(), Some("\u{ff1d}1+1".to_owned()));
        let text = csv(&run_of(vec![failed, row]));
        assert!(text.contains(r",a\u{0}b\u{202e}c\u{1b}[31md"), "{text}");
        assert!(text.contains(",'\u{ff1d}1+1"), "{text}");
        let hidden = |c: char| c.is_control() && c != '\r' && c != '\n';
        assert_eq!(text.find(hidden), None);
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let mut row = measured("a", "hard", 10, 1.0);
        (row.median, row.low, row.high) =
            (Some(5.123_456_789_012_345), Some(5.1), Some(58_638_123.000_000_1));
        (row.ratio, row.ratio_low, row.ratio_high) =
            (Some(1.0 / 3.0), Some(1e-9), Some(2.000_000_000_000_000_4));
        let text = csv(&run_of(vec![row]));
        let line = ",5.12346,5.1,58638123,0.333333,1e-9,2,plain,0.003,";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn other_programs_get_verified_cells_alone() {
        let action: Value = serde_json::from_str(&github_action_benchmark(&run())).expect("JSON");
        let first = json!({"name": "a/hard/10", "unit": "nanoseconds per operation", "value": 20.0, "range": "19.8 to 20.2", "extra": "ratio to plain: 2"});
        assert_eq!(action[0], first);
        assert_eq!((action.as_array().map(Vec::len), action[1].get("range")), (Some(2), None));
        let bencher: Value = serde_json::from_str(&bencher(&run())).expect("JSON");
        assert_eq!(
            bencher["a/hard/10"],
            json!({
                "latency": {"value": 20.0, "lower_value": 19.8, "upper_value": 20.2},
                "ratio": {"value": 2.0, "lower_value": 1.98, "upper_value": 2.02},
            })
        );
        assert_eq!(bencher["a/threads/10"]["latency"], json!({"value": 40.0}));
        assert_eq!(bencher.as_object().map(Map::len), Some(2));
    }
}
