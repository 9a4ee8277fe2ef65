//! Awaits, early exits and captured locals between the tokens of macros.

use switchback::{Backend, Channel, Error, tasklet};

use super::counter;
use crate::everywhere;

#[tasklet]
async fn formats<B: Backend>(name: String, width: usize) -> Result<Vec<String>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let mut lines: Vec<String> = Vec::new();
    lines.push(format!("{} and {name}", numbers.receive().await?));
    lines.push(format!("{} {:>w$}", name, numbers.receive().await?, w = width));
    let line: String = format!("{:?}", vec![numbers.receive().await?, numbers.receive().await?]);
    B::schedule().await?;
    lines.push(line);
    lines.push(format!("{{name}} {name:>width$}"));
    assert_eq!(numbers.receive().await?, 5, "{name}");
    assert!(matches!(numbers.receive().await?, 6 | 7));
    Ok(lines)
}

#[test]
fn macros_take_awaits_and_capture_locals() {
    let expected = ["1 and bo", "bo    2", "[3, 4]", "{name}   bo"].map(str::to_owned);
    assert_eq!(everywhere!(formats("bo".to_owned(), 4)), Ok(expected.to_vec()));
}

fn positive(n: i64) -> Result<i64, Error> {
    if n > 0 { Ok(n) } else { Err(Error::new("negative", n.to_string())) }
}

#[tasklet]
async fn question<B: Backend>(n: i64) -> Result<String, Error> {
    B::schedule().await?;
    let text: String = format!("{}", positive(n)?);
    B::schedule().await?;
    let more: Vec<i64> = vec![positive(n - 1)?, positive(n - 2)?];
    B::schedule().await?;
    Ok(format!("{text} {more:?} {}", if n > 5 { return Ok("big".to_owned()) } else { n }))
}

#[test]
fn macros_may_leave_the_tasklet() {
    let name = |result: Result<String, Error>| result.map_err(|e| e.detail().to_owned());
    assert_eq!(name(everywhere!(question(-1))), Err("-1".to_owned()));
    assert_eq!(name(everywhere!(question(2))), Err("0".to_owned()));
    assert_eq!(name(everywhere!(question(3))), Ok("3 [2, 1] 3".to_owned()));
    assert_eq!(name(everywhere!(question(6))), Ok("big".to_owned()));
}

#[tasklet]
async fn closures<B: Backend>(base: u64) -> Result<Vec<String>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(base);
    let first = numbers.receive().await?;
    let second = numbers.receive().await?;
    let text = |n: u64| format!("{n}/{first}");
    Ok([second, base].iter().map(|n| text(*n)).collect())
}

#[test]
fn a_closure_captures_kept_locals_by_name() {
    assert_eq!(everywhere!(closures(4)), Ok(vec!["5/4".to_owned(), "4/4".to_owned()]));
}

#[tasklet]
async fn written<B: Backend>(name: String) -> Result<String, Error> {
    use std::fmt::Write as _;
    let numbers: B::Channel<u64> = counter::<B>(7);
    let mut text: String = String::new();
    let done = write!(text, "{name} {}", numbers.receive().await?);
    assert!(done.is_ok());
    B::schedule().await?;
    Ok(text)
}

#[test]
fn a_macro_writes_to_a_local() {
    assert_eq!(everywhere!(written("bo".to_owned())), Ok("bo 7".to_owned()));
}

#[tasklet]
async fn leaves_from_a_macro<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(0);
    let mut sum = 0u64;
    for round in 0..rounds {
        let n = numbers.receive().await?;
        assert!(if n % 2 == 1 { continue } else { n } < 100, "{round}");
        sum += n;
    }
    Ok(sum)
}

#[test]
fn a_macro_goes_on_with_a_loop() {
    assert_eq!(everywhere!(leaves_from_a_macro(6)), Ok(6));
}
