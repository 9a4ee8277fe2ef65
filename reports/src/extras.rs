use std::path::Path;

use crate::baseline::Baseline;
use crate::input::{Conformance, Input, Mutants, Thaw};

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
}

impl Extras {
    /// The files of the usual names in the folder of a results file, as far as they exist.
    #[must_use]
    pub fn beside(run_json: &Path) -> Self {
        let folder = run_json.parent().unwrap_or(Path::new("."));
        Self {
            conformance: Input::beside(folder),
            mutants: Input::beside(folder),
            thaw: Input::beside(folder),
            baseline: Input::beside(folder),
        }
    }
}
