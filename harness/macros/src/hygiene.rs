//! Which locals of the same name are one.
//!
//! A `macro_rules!` that makes a tasklet may have locals of its own, beside those that its caller
//! names. rustc tells them apart by the context of their spans. It shows that to a macro only in the
//! text that is meant for debugging, so that is what is read here; where it does not say what is
//! expected, names are one if their texts are, as without macros.

use std::cell::Cell;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

thread_local! {
    /// Whether the function at hand has names of several contexts.
    static SEVERAL: Cell<bool> = const { Cell::new(true) };
}

/// Whether all tokens that may be names are of one context.
fn of_one(tokens: TokenStream, seen: &mut Option<u32>) -> bool {
    tokens.into_iter().all(|token| match token {
        TokenTree::Group(group) => of_one(group.stream(), seen),
        TokenTree::Punct(_) => true,
        token => match context(&format!("{:?}", token.span())) {
            // It may be any.
            None => true,
            found => *seen.get_or_insert(found.unwrap_or(0)) == found.unwrap_or(0),
        },
    })
}

/// The context of a name; none if it may be any.
#[derive(Clone, Copy, Default)]
pub struct Hygiene(Option<u32>);

impl Hygiene {
    pub fn of(name: &Ident) -> Self {
        if !SEVERAL.get() {
            return Self(None);
        }
        let text = name.to_string();
        Self::at(name.span(), |source| source == text)
    }

    /// Of the names that a format string captures.
    pub fn of_literal(span: Span) -> Self {
        if !SEVERAL.get() {
            return Self(None);
        }
        Self::at(span, |source| source.ends_with(['"', '#']) && !source.starts_with('#'))
    }

    /// Looks whether the names of a function are of several contexts at all: in most functions they
    /// are not, and rustc is not asked about each use of each name.
    pub fn survey(item: &TokenStream) {
        let mut seen = None;
        SEVERAL.set(!of_one(item.clone(), &mut seen));
    }

    /// What a macro made without a place in a source is of the context that it is made for.
    fn at(span: Span, is_written: impl FnOnce(&str) -> bool) -> Self {
        match context(&format!("{span:?}")) {
            Some(0) => Self(Some(0)),
            other => {
                let written = span.source_text().is_some_and(|source| is_written(&source));
                Self(other.filter(|_| written))
            }
        }
    }

    /// Whether a name of this context may be one of the other.
    pub fn agrees(self, other: Self) -> bool {
        match (self.0, other.0) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

/// The number in `#3 bytes(10..20)`.
fn context(debug: &str) -> Option<u32> {
    let (number, rest) = debug.strip_prefix('#')?.split_once(' ')?;
    if rest.starts_with("bytes(") { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Hygiene, context};

    #[test]
    fn the_context_is_read_where_it_is_written() {
        assert_eq!(context("#3 bytes(10..20)"), Some(3));
        for other in ["bytes(10..20)", "#x bytes(10..20)", "#3", "#3 lines(1..2)", ""] {
            assert_eq!(context(other), None, "{other}");
        }
    }

    #[test]
    fn an_unknown_context_agrees_with_all() {
        let (known, other, unknown) = (Hygiene(Some(0)), Hygiene(Some(3)), Hygiene(None));
        assert!(known.agrees(known) && !known.agrees(other));
        assert!(known.agrees(unknown) && unknown.agrees(other) && unknown.agrees(unknown));
    }
}
