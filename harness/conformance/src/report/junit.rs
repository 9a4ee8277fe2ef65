//! Results as JUnit XML, for services that show tests.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use switchback_bench::results::visible;

use super::results::{Outcome, Report};
use crate::Verdict;

/// One test suite with a test case per case of the suite.
pub(super) fn xml(report: &Report) -> Result<String, String> {
    let mut suite = TestSuite::new(format!("conformance {}", visible(&report.backend)));
    suite.add_test_cases(report.cases.iter().map(|case| test_case(report, case)));
    let mut document = quick_junit::Report::new("switchback conformance");
    document.add_test_suite(suite);
    document.to_string().map_err(|error| error.to_string())
}

fn test_case(report: &Report, case: &Outcome) -> TestCase {
    // XML 1.0 has no controls, however they are written: one such character, and a backend may print
    // anything, costs a service the whole file.
    let detail = visible(case.detail.as_deref().unwrap_or_default()).into_owned();
    let first = detail.lines().next().unwrap_or_default().to_owned();
    let status = match case.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Unsupported | Verdict::KnownFail | Verdict::NotRun => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(case.verdict.name()).set_message(first);
            status
        }
        Verdict::Fail | Verdict::UnexpectedPass | Verdict::Crash | Verdict::Timeout => {
            let failed = matches!(case.verdict, Verdict::Fail | Verdict::UnexpectedPass);
            let kind = if failed { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(case.verdict.name()).set_message(first).set_description(detail);
            status
        }
    };
    let mut test = TestCase::new(visible(&case.id), status);
    test.set_classname(visible(&format!("{}.{}", report.package, case.group)));
    test.set_time(Duration::try_from_secs_f64(case.seconds).unwrap_or_default());
    test
}
