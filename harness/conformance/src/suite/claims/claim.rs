//! What the cases about capabilities have in common.

use crate::{Case, Failure, Verdict, group};

/// The case about a capability.
pub(super) fn named(
    name: &str,
    body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
) -> Case {
    Case::new(format!("claims::{name}"), group::CLAIMS, [] as [&str; 0], body)
}

/// The failure of a backend that can do more than it declares.
pub(super) fn works_undeclared(name: &str) -> Failure {
    Failure {
        text: format!(
            "works although it is not declared: {name}\n\nnext step\n  declare `{name}` in \
             Backend::CAPABILITIES, so that it is tried in full"
        ),
        verdict: Some(Verdict::UnexpectedPass),
        ..Failure::default()
    }
}
