//! Every refusal of the macros, as an author reads it. One page per mistake in `ui/`.

#[test]
fn every_mistake_has_its_message() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Some types rustc knows only when it makes code.
#[test]
fn mistakes_seen_when_code_is_made_have_their_message() {
    let pages = trybuild::TestCases::new();
    pages.pass("tests/ui/built/advice.rs");
    pages.compile_fail("tests/ui/built/*_*.rs");
}

/// What rustc says by itself, it says once and at the author's tokens.
#[test]
fn errors_and_warnings_of_rustc_are_said_once() {
    trybuild::TestCases::new().compile_fail("tests/rustc/*.rs");
}

/// What would break the kernel's memory is no code without `unsafe`.
#[test]
fn what_only_drivers_and_the_macro_may_do_is_refused() {
    trybuild::TestCases::new().compile_fail("tests/safe/*.rs");
}
