//! Every refusal of the macros, as an author reads it. One page per mistake in `ui/`.

#[test]
fn every_mistake_has_its_message() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
