//! What can be set by environment variables, with the defaults of a full and of a quick run.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use clap::ValueEnum;

use crate::{dispatch::Spread, paired, shard::Part};

/// Explained under `--help`.
pub const HELP: &str = "\
Environment variables:
  SWITCHBACK_BUDGET     seconds for the rounds of one block, all processes together [3, quick 1]
  SWITCHBACK_SAMPLE     milliseconds aimed at for one sample [10, quick 5]
  SWITCHBACK_PROCESSES  fresh processes per block, 1 to 100 [3, quick 1]
  SWITCHBACK_DEADLINE   seconds after which a silent cell counts as hung; capacity gets four times as long [30, quick 10]
  SWITCHBACK_SEED       seed of the order of samples [20261121]
  SWITCHBACK_CAPACITY   most tasklets alive, and calls nested, that each backend is asked for; 0 leaves that out [1000000]
  SWITCHBACK_CRITERION  seconds for criterion's warm-up and measurement of one cell; 0 leaves criterion out [0, with one of its options 0.5]
  SWITCHBACK_FAMILY     as --family
  SWITCHBACK_EFFORT     as --effort
  SWITCHBACK_PEERS      as --peers
  SWITCHBACK_SHARD      as --shard
  SWITCHBACK_FORMAT     as --format
  SWITCHBACK_OUTPUT     folder for run.json and report.html [switchback in the target directory]
  SWITCHBACK_COMMIT     revision of the sources, where git cannot tell

Ctrl-C ends the workers, keeps what is measured and renders the report; the exit code is 130. A second one
ends at once.";

/// Seconds for the rounds of a block, all processes together, unless something else is asked for.
pub const BUDGET: f64 = 3.0;

/// Fresh processes per block, unless something else is asked for.
pub const PROCESSES: u64 = 3;

/// The variable with the name of a family.
pub const FAMILY: &str = "SWITCHBACK_FAMILY";

/// The variable with the name of an effort.
pub const EFFORT: &str = "SWITCHBACK_EFFORT";

/// The variable with the programs in other languages that take part.
pub const PEERS: &str = "SWITCHBACK_PEERS";

/// The variable with the part that is measured.
pub const SHARD: &str = "SWITCHBACK_SHARD";

/// The variable with the form of the output.
pub const FORMAT: &str = "SWITCHBACK_FORMAT";

/// How much a run measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Effort {
    /// Short samples, one process, the usual sizes.
    Quick,
    /// The usual sizes.
    Default,
    /// The large sizes as well.
    Full,
}

impl Effort {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Default => "default",
            Self::Full => "full",
        }
    }

    fn named(name: &str) -> Result<Self, String> {
        let found = Self::value_variants().iter().find(|effort| effort.name() == name);
        found.copied().ok_or_else(|| format!("expected quick, default or full; found {name:?}"))
    }
}

/// What the command line says of a run's parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// A look.
    pub quick: bool,
    /// criterion's own figures.
    pub criterion: bool,
    /// Standard output is for programs.
    pub json: bool,
}

/// The parameters of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// How the paired blocks are measured.
    pub spread: Spread,
    /// Most of each thing that backends are asked for; zero leaves that out.
    pub capacity: u64,
    /// Warm-up and measurement of one cell by criterion; zero leaves criterion out.
    pub criterion: Duration,
    /// The family of scenarios that the run is about, if not all.
    pub family: Option<String>,
    /// How much is measured.
    pub effort: Effort,
    /// The part that is measured, if not all.
    pub shard: Option<Part>,
    /// Standard output is for programs.
    pub json: bool,
    /// Folder for the results, if not the usual one.
    pub output: Option<PathBuf>,
    /// Revision of the sources, if not git's word.
    pub commit: Option<String>,
}

impl Parameters {
    /// Reads them through `variable`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// The text for people if a value is not a number of the right kind.
    pub fn read(asked: Asked, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        // Only the name of a folder may be anything; what is a number or is shown must be text.
        let text = |name: &str| -> Result<Option<String>, String> {
            let Some(value) = variable(name) else { return Ok(None) };
            value
                .into_string()
                .map(Some)
                .map_err(|value| format!("{name}: expected a text in UTF-8, found {value:?}"))
        };
        // The suite is made of it; here it is only looked at.
        text(PEERS)?;
        let effort = match text(EFFORT)? {
            _ if asked.quick => Effort::Quick,
            None => Effort::Default,
            Some(name) => Effort::named(&name).map_err(|why| format!("{EFFORT}: {why}"))?,
        };
        let quick = effort == Effort::Quick;
        let number = |name: &str, full: f64, fast: f64| -> Result<f64, String> {
            let Some(text) = text(name)? else { return Ok(if quick { fast } else { full }) };
            text.parse()
                .ok()
                .filter(|value: &f64| value.is_finite() && (0.0..=86_400.0).contains(value))
                .ok_or_else(|| format!("{name}: expected a number from 0 to 86400, found {text:?}"))
        };
        let whole = |name: &str, default: u64| -> Result<u64, String> {
            let Some(text) = text(name)? else { return Ok(default) };
            text.parse()
                .map_err(|_| format!("{name}: expected a whole number, 0 or more, found {text:?}"))
        };
        let processes = whole("SWITCHBACK_PROCESSES", if quick { 1 } else { PROCESSES })?;
        if !(1..=100).contains(&processes) {
            return Err(format!(
                "SWITCHBACK_PROCESSES: expected a number from 1 to 100, found {processes}"
            ));
        }
        let deadline = Duration::from_secs_f64(number("SWITCHBACK_DEADLINE", 30.0, 10.0)?);
        if deadline.is_zero() {
            return Err("SWITCHBACK_DEADLINE: expected seconds above 0, such as 30, found 0".into());
        }
        let shard = match text(SHARD)? {
            None => None,
            Some(part) => Some(Part::read(&part).map_err(|why| format!("--shard: {why}"))?),
        };
        let json = match text(FORMAT)?.as_deref() {
            None => asked.json,
            Some("json") => true,
            Some("pretty" | "terse") => false,
            Some(form) => {
                return Err(format!("{FORMAT}: expected pretty, terse or json; found {form:?}"));
            }
        };
        let unasked = if asked.criterion { 0.5 } else { 0.0 };
        let budget = number("SWITCHBACK_BUDGET", BUDGET, 1.0)? * 1e9 / processes as f64;
        let criterion = Duration::from_secs_f64(number("SWITCHBACK_CRITERION", unasked, unasked)?);
        if json && !criterion.is_zero() {
            return Err(
                "--format json: expected no measurement by criterion, which prints lines of its \
                        own, found one of its options or SWITCHBACK_CRITERION"
                    .to_owned(),
            );
        }
        Ok(Self {
            spread: Spread {
                processes,
                deadline,
                settings: paired::Settings {
                    budget: budget as u64,
                    sample: (number("SWITCHBACK_SAMPLE", 10.0, 5.0)? * 1e6) as u64,
                    seed: whole("SWITCHBACK_SEED", 20_261_121)?,
                    process: 0,
                    verify_only: false,
                    memory_only: false,
                },
            },
            capacity: whole("SWITCHBACK_CAPACITY", 1_000_000)?,
            criterion,
            family: text(FAMILY)?,
            effort,
            shard,
            json,
            output: match variable("SWITCHBACK_OUTPUT") {
                Some(empty) if empty.is_empty() => {
                    return Err(
                        "SWITCHBACK_OUTPUT: expected a folder, found an empty text".to_owned()
                    );
                }
                folder => folder.map(PathBuf::from),
            },
            commit: text("SWITCHBACK_COMMIT")?,
        })
    }

    /// What decides which cells a run has and how they are measured, by name: the parts of one run agree
    /// in it.
    #[must_use]
    pub fn decisive(&self) -> BTreeMap<String, String> {
        let Spread { processes, deadline, settings } = &self.spread;
        let texts = [
            ("effort", self.effort.name().to_owned()),
            ("family", self.family.clone().unwrap_or_else(|| "all".to_owned())),
            // The share of a process was rounded down.
            ("budget", format!("{} s", ((settings.budget * processes) as f64 / 1e6).round() / 1e3)),
            ("sample", format!("{} ms", settings.sample as f64 / 1e6)),
            ("processes", processes.to_string()),
            ("deadline", format!("{} s", deadline.as_secs_f64())),
            ("seed", settings.seed.to_string()),
            ("capacity", self.capacity.to_string()),
        ];
        texts.map(|(name, text)| (name.to_owned(), text)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Asked = Asked { quick: true, criterion: false, json: false };

    #[test]
    fn processes_share_the_budget() {
        let six = |name: &str| (name == "SWITCHBACK_BUDGET").then(|| "6".into());
        let parameters = Parameters::read(Asked::default(), &six).unwrap();
        assert_eq!(parameters.spread.settings.budget * parameters.spread.processes, 6_000_000_000);
    }

    #[test]
    fn criterion_measures_if_it_is_asked_for() {
        let read = |asked, value: Option<&'static str>| {
            let one =
                |name: &str| value.filter(|_| name == "SWITCHBACK_CRITERION").map(OsString::from);
            Parameters::read(asked, &one).unwrap().criterion.as_secs_f64()
        };
        let criterion = Asked { criterion: true, ..Asked::default() };
        assert_eq!((read(Asked::default(), None), read(criterion, None)), (0.0, 0.5));
        assert_eq!((read(Asked::default(), Some("2")), read(criterion, Some("0"))), (2.0, 0.0));
    }

    #[test]
    fn a_value_that_is_no_number_names_its_variable() {
        let words = |name: &str| (name == "SWITCHBACK_BUDGET").then(|| "much".into());
        assert_eq!(
            Parameters::read(QUICK, &words).unwrap_err(),
            "SWITCHBACK_BUDGET: expected a number from 0 to 86400, found \"much\""
        );
        let negative = |name: &str| (name == "SWITCHBACK_SEED").then(|| "-1".into());
        assert_eq!(
            Parameters::read(QUICK, &negative).unwrap_err(),
            "SWITCHBACK_SEED: expected a whole number, 0 or more, found \"-1\""
        );
        for (name, value, wrong) in [
            ("SWITCHBACK_PROCESSES", "0", "expected a number from 1 to 100, found 0"),
            ("SWITCHBACK_PROCESSES", "101", "expected a number from 1 to 100, found 101"),
            ("SWITCHBACK_DEADLINE", "0", "expected seconds above 0, such as 30, found 0"),
            ("SWITCHBACK_BUDGET", "NaN", "expected a number from 0 to 86400, found \"NaN\""),
        ] {
            let one = |asked: &str| (asked == name).then(|| value.into());
            assert_eq!(Parameters::read(QUICK, &one).unwrap_err(), format!("{name}: {wrong}"));
        }
    }

    #[test]
    fn programs_that_read_get_nothing_of_criterion() {
        let read = |asked, name: &'static str, value: &'static str| {
            Parameters::read(asked, &|asked: &str| (asked == name).then(|| value.into()))
        };
        let json = Asked { json: true, ..Asked::default() };
        let both = Asked { criterion: true, ..json };
        assert!(read(json, "", "").unwrap().json);
        assert!(read(Asked::default(), FORMAT, "json").unwrap().json);
        assert!(!read(json, FORMAT, "terse").unwrap().json);
        for (asked, name, value) in [(both, "", ""), (json, "SWITCHBACK_CRITERION", "1")] {
            let said = read(asked, name, value).unwrap_err();
            assert!(
                said.starts_with("--format json: expected no measurement by criterion"),
                "{said}"
            );
        }
        assert_eq!(
            read(json, FORMAT, "xml").unwrap_err(),
            "SWITCHBACK_FORMAT: expected pretty, terse or json; found \"xml\""
        );
    }

    #[test]
    fn what_decides_a_run_tells_runs_apart() {
        let read = |name: &'static str, value: &'static str| {
            let one = |asked: &str| (asked == name).then(|| value.into());
            Parameters::read(Asked::default(), &one).unwrap().decisive()
        };
        let usual = read("", "");
        assert_eq!(usual["budget"], "3 s");
        for (name, value) in [
            ("SWITCHBACK_BUDGET", "5"),
            ("SWITCHBACK_SAMPLE", "5"),
            ("SWITCHBACK_PROCESSES", "2"),
            ("SWITCHBACK_DEADLINE", "5"),
            ("SWITCHBACK_SEED", "5"),
            ("SWITCHBACK_CAPACITY", "5"),
            (FAMILY, "a"),
            (EFFORT, "full"),
        ] {
            assert_ne!(read(name, value), usual, "{name}");
        }
        for (name, value) in [(SHARD, "1/2"), ("SWITCHBACK_OUTPUT", "a"), (FORMAT, "json")] {
            assert_eq!(read(name, value), usual, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_may_have_any_name_and_everything_else_must_be_text() {
        use std::os::unix::ffi::OsStringExt;

        let bytes = || OsString::from_vec(vec![b'o', 0xff]);
        for name in HELP.split_whitespace().filter(|word| word.starts_with("SWITCHBACK_")) {
            let one = |asked: &str| (asked == name).then(bytes);
            let read = Parameters::read(Asked::default(), &one);
            if name == "SWITCHBACK_OUTPUT" {
                assert_eq!(read.unwrap().output, Some(PathBuf::from(bytes())));
            } else {
                assert_eq!(
                    read.unwrap_err(),
                    format!("{name}: expected a text in UTF-8, found \"o\\xFF\"")
                );
            }
        }
    }
}
