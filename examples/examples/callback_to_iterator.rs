//! A library that calls back, read with a loop. The library runs in a tasklet with a native stack;
//! its callback sends, which suspends the library in the middle of its work.
//!
//! ```text
//! 1: the
//! 2: parser
//! 3: calls,
//! left the loop early
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Blocking, Channel, Error, tasklet};
use switchback_examples::say;
use switchback_hard::Hard;

/// The library: it knows nothing of tasklets.
fn each_word<E>(text: &str, callback: &mut dyn FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    text.split_whitespace().try_for_each(callback)
}

#[tasklet]
async fn words_of<B: Blocking>(words: B::Channel<String>, text: String) -> Result<(), Error> {
    each_word(&text, &mut |word| B::wait(words.send(word.to_owned())))
}

#[tasklet]
async fn read<B: Blocking>(text: String) -> Result<(), Error> {
    let words = B::generate::<String, _>(|words| words_of(words, text.clone()));
    for (number, word) in (1..).zip(words) {
        let word: String = word?;
        say(format!("{number}: {word}"));
        if word.ends_with(',') {
            say("left the loop early");
            break;
        }
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    Hard::run(read("the parser calls, the program asks".to_owned()))
}
