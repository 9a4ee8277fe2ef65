use std::path::Path;

use switchback_bench::results::Run;

use crate::baseline::Baseline;
use crate::input::{Conformance, Format, Input, Mutants, Thaw};

/// What a report shows beside a run. Everything may be absent; the default is a report of the run alone.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extras {
    /// Verdicts of the conformance suite.
    pub conformance: Input<Conformance>,
    /// The faults that the suite sees.
    pub mutants: Input<Mutants>,
    /// Where tasklets that were written down go on.
    pub thaw: Input<Thaw>,
    /// The run that this one is compared with.
    pub baseline: Input<Baseline>,
    /// Files beside the page that it leads to, by their names from there.
    pub links: Vec<String>,
}

impl Extras {
    /// Fewest bytes of JSON that they can have been read from.
    pub(crate) fn weight(&self) -> usize {
        fn of<T: Format>(input: &Input<T>) -> usize {
            input.present().map_or(0, Format::weight)
        }
        of(&self.conformance) + of(&self.mutants) + of(&self.thaw) + of(&self.baseline)
    }

    /// The files of the usual names in the folder of a results file, as far as they exist; for the
    /// conformance suite also the folder that `cargo test` leaves there.
    #[must_use]
    pub fn beside(run_json: &Path, run: &Run) -> Self {
        let folder = run_json.parent().unwrap_or(Path::new("."));
        let known = [Conformance::FILE, Mutants::FILE, Thaw::FILE, Baseline::FILE];
        let there = known.into_iter().filter(|name| folder.join(name).is_file());
        let own = run_json.file_name().and_then(|name| name.to_str());
        Self {
            links: own.into_iter().chain(there).map(link).collect(),
            conformance: Input::of_suites(folder, run),
            mutants: Input::beside(folder),
            thaw: Input::beside(folder),
            baseline: Input::beside(folder),
        }
    }
}

/// The name of a file as a link from a page beside it.
#[must_use]
pub fn link(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'~' | b'+' => out.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    // What begins a link must not be read as a scheme or as a place on another host.
    if out.starts_with('/') { format!(".{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_name_whatever_it_is_made_of() {
        assert_eq!(link("run.json"), "run.json");
        assert_eq!(link("javascript:x?#\"<"), "javascript%3Ax%3F%23%22%3C");
        assert_eq!(link("//host/x"), ".//host/x");
    }

    fn weight<T: Format>(text: &str) -> usize {
        serde_json::from_str::<T>(text).expect("the fields are there").weight()
    }

    #[test]
    fn the_weight_is_never_more_than_the_shortest_file_has() {
        let files = [
            r#"{"backends":[{"backend":"","command":"","outcome":"unexpected","totals":{},"cases":[]}]}"#,
            r#"{"backends":[{"backend":"a","command":"b","outcome":"unexpected","totals":{},"cases":[{"id":"","group":"","verdict":"pass"}]}]}"#,
        ];
        let entry = |text: &str, entry: &str, times: usize| {
            text.replace(entry, &vec![entry; times].join(","))
        };
        for text in files {
            let text = entry(text, r#"{"id":"","group":"","verdict":"pass"}"#, 100);
            assert!(weight::<Conformance>(&text) <= text.len(), "{text}");
        }
        let mutants = [
            r#"{"base":"","fault":"","about":"","killed_by":0,"tried":0,"verdicts":""}"#,
            r#"{"group":"","cases":0,"seeing":0}"#,
            r#"{"id":"","group":"","sees":[]}"#,
        ];
        let [mutant, group, case] = mutants;
        for one in mutants {
            let lists = [("mutants", mutant), ("groups", group), ("cases", case)];
            let lists = lists.map(|(name, entry)| {
                let entries = if entry == one { vec![entry; 100] } else { Vec::new() };
                format!("\"{name}\":[{}]", entries.join(","))
            });
            let text = format!("{{\"bases\":[],{}}}", lists.join(","));
            assert!(weight::<Mutants>(&text) <= text.len(), "{text}");
        }
        let cell = r#"{"backend":"","dumped_by":"","resumed_in":"","verdict":"pass","journeys":0,"points":0}"#;
        let size = r#"{"what":"","count":0,"bytes":0}"#;
        for (cells, sizes) in [(100, 0), (0, 100)] {
            let (cells, sizes) = (vec![cell; cells].join(","), vec![size; sizes].join(","));
            let text = format!("{{\"cells\":[{cells}],\"sizes\":[{sizes}]}}");
            assert!(weight::<Thaw>(&text) <= text.len(), "{text}");
        }
    }
}
