//! What runs in the debugger. A line of a body that says `// N` is executed N times.

use switchback::{Backend, Channel, Error, tasklet};

struct Guard<'a>(&'a str);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        assert!(!self.0.is_empty());
    }
}

#[tasklet]
async fn numbers<B: Backend>(to: B::Channel<i64>, count: i64) -> Result<(), Error> {
    let mut at: i64 = 0; // 1
    while at < count {
        let number = at + 3; // 4
        to.send(number).await?;
        at += 1; // 4
    }
    Ok(()) // 1
}

#[tasklet]
async fn halved<B: Backend>(number: i64) -> Result<i64, Error> {
    let half = number / 2; // 2
    B::schedule().await?;
    let name = "half".to_owned(); // 2
    if number > 5 {
        drop(name); // 1
        return Ok(half + 1); // 1
    }
    Ok(half) // 1
}

#[tasklet]
async fn sum<B: Backend>(count: i64) -> Result<i64, Error> {
    let from = B::channel::<i64>(); // 1
    let text = String::from("text"); // 1
    B::spawn(numbers(from.clone(), count)); // 1
    let mut total: i64 = 0; // 1
    let mut at: i64 = 0; // 1
    while at < count {
        let number = from.receive().await?;
        let doubled = number * 2; // 4 here
        total += doubled; // 4
        if number % 2 == 0 {
            let guard = Guard("guard"); // 2
            total += guard.0.len() as i64; // 2
            drop(guard); // 2
            total += halved(number).await?;
            total -= 1; // 2
        } else {
            total += 1; // 2
        }
        match at {
            0 => total += 1, // 1
            _ => {
                let _guard = Guard("more"); // 3
                let more = at * 10; // 3
                total += more; // 3
            }
        }
        at += 1; // 4
    }
    total += text.len() as i64; // 1
    Ok(total) // 1
}

/// 3, 4, 5 and 6 doubled, and what the branches add.
const SUM: i64 = 36 + (5 + 2 - 1) + (5 + 4 - 1) + 2 + 1 + 60 + 4;

#[test]
fn soft() {
    assert_eq!(switchback_soft::Soft::run(sum(4)), Ok(SUM));
}

#[test]
fn hard() {
    assert_eq!(switchback_hard::Hard::run(sum(4)), Ok(SUM));
}
