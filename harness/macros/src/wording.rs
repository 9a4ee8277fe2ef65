//! diapause's errors in the words of this crate.

use syn::Error;

use crate::lower::{Lowered, SPILL};

/// The same errors at the same places, each saying what to write instead.
pub fn reword(error: Error, lowered: &Lowered) -> Error {
    let reworded = error.into_iter().map(|e| Error::new(e.span(), text(&e.to_string(), lowered)));
    let combined = reworded.reduce(|mut first, next| {
        first.combine(next);
        first
    });
    combined.expect("an error has at least one message")
}

fn text(original: &str, lowered: &Lowered) -> String {
    let name = original.split('`').nth(1).unwrap_or_default();
    if original.starts_with("cannot determine the type of this `for` loop") {
        return "the iterator of this loop is kept over an await: loop over a range with a typed \
                end (`0..n`, `0..10u64`), over a `Vec<T>` local with its type written, or with \
                `while` and an index"
            .into();
    }
    if original.starts_with("cannot determine the type") {
        if name.starts_with(SPILL) {
            return "this value is computed before an await of the same expression and kept over \
                    it: bind it to a local with a type first, `let x: Type = ..;`"
                .into();
        }
        if lowered.bare_numbers.iter().any(|number| number == name) {
            return format!(
                "`{name}` is kept over an await, so its type must be written: give the number a \
                 suffix, `0u64`, or the local a type, `let {name}: u64 = ..`"
            );
        }
        return format!(
            "`{name}` is kept over an await, so its type must be written: `let {name}: Type = ..`"
        );
    }
    if original.contains("is bound by") && original.contains("held across") {
        return format!(
            "`{name}` comes from a pattern and is kept over an await, so its type must be \
             written: start the block with `let {name}: Type = {name};`"
        );
    }
    if original.contains("held across yield_!") {
        return format!(
            "`{name}` borrows and is kept over an await: keep the value, an index or a clone \
             (only `let {name} = &local;` can be made again after the await)"
        );
    }
    if original.starts_with("cannot iterate over a borrow") {
        return "this loop borrows a local over an await: loop over the value, a clone, or \
                indices"
            .into();
    }
    original
        .replace("the coroutine state", "the frame")
        .replace("coroutine", "tasklet")
        .replace("a suspension point", "an await")
        .replace("suspension point", "await")
        .replace(
            " (the shadowed one is still in use, possibly as the source of a reconstructed borrow)",
            "",
        )
        .replace(" (possibly as the source of a reconstructed borrow)", "")
        .replace("yield_!(..)", "f(..).await?")
        .replace("yield_!", "await")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_speaks_of_the_engine() -> syn::Result<()> {
        let lowered = Lowered { body: syn::parse_str("{}")?, bare_numbers: Vec::new() };
        for original in [
            "cannot determine the type of `x`, which is held across yield_!; write it",
            "this `x` shadows a variable that must be stored into the coroutine state",
            "`yield_!` must not appear here, coroutine, at the same suspension point",
        ] {
            let text = text(original, &lowered);
            assert!(!text.contains("yield_") && !text.contains("coroutine"), "{text}");
        }
        Ok(())
    }
}
