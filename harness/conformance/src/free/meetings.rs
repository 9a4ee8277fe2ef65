//! Tasklets that meet on channels, in several shapes: N01 to N05, N09, N12.
//!
//! ```text
//!   fan in        s s s -> c -> r              fan out     s -> c -> r r r
//!   pipeline      s -> c -> . -> c -> . -> r   ring        . -> c -> . -> c -> . -> c -> (first)
//!   many to many  s s s -> c -> r r r          errors      as many to many, every third an error
//! ```

use switchback::{Backend, Channel, Error, message, tasklet};

use super::held::Held;
use super::history::{Book, History, Lane, number_of};
use super::rules;
use super::tools::{Pipe, Random, case, dawdle, each_seed, pipes, put, put_error, run, take};
use crate::case::{Case, Failure};
use crate::needs::Need;

/// What one tasklet does, `rounds` times: receive if it has an entrance, send if it has an exit.
#[message]
#[derive(Debug)]
pub struct Role {
    name: String,
    entrance: Option<u32>,
    exit: Option<u32>,
    rounds: u64,
    /// Sends before it receives: in a ring, one tasklet has to.
    first: bool,
    /// Every third item is an error.
    errors: bool,
}

impl Role {
    fn new(name: &str, entrance: Option<u32>, exit: Option<u32>, rounds: u64) -> Self {
        Self { name: name.to_owned(), entrance, exit, rounds, first: false, errors: false }
    }
}

/// A program: its number of channels and its tasklets.
type Plan = (u32, Vec<Role>);

/// `senders` that send to `receivers` over one channel, `each` items per sender.
fn meeting(senders: u64, receivers: u64, each: u64) -> Plan {
    let sender = |i: u64| Role::new(&format!("sender {i}"), None, Some(0), each * receivers);
    let receiver = |i: u64| Role::new(&format!("receiver {i}"), Some(0), None, each * senders);
    (1, (0..senders).map(sender).chain((0..receivers).map(receiver)).collect())
}

fn with_errors(plan: Plan) -> Plan {
    (plan.0, plan.1.into_iter().map(|role| Role { errors: true, ..role }).collect())
}

/// A sender, relays one after the other, a receiver.
fn pipeline(stages: u32, items: u64) -> Plan {
    let stage = |i: u32| {
        let (entrance, exit) = (i.checked_sub(1), (i < stages).then_some(i));
        Role::new(&format!("stage {i}"), entrance, exit, items)
    };
    (stages, (0..=stages).map(stage).collect())
}

/// Relays in a circle, through which one item goes around.
fn ring(length: u32, laps: u64) -> Plan {
    let relay = |i: u32| {
        let before = (i + length - 1) % length;
        let role = Role::new(&format!("relay {i}"), Some(before), Some(i), laps);
        Role { first: i == 0, ..role }
    };
    (length, (0..length).map(relay).collect())
}

/// Name, needs and sizes of a shape.
type Shape = (&'static str, &'static [Need], fn() -> Vec<Plan>);

/// Every shape.
const SHAPES: &[Shape] = &[
    ("fan_in", &[], || vec![meeting(1, 1, 100), meeting(3, 1, 40), meeting(12, 1, 12)]),
    ("fan_out", &[], || vec![meeting(1, 3, 40), meeting(1, 12, 12)]),
    ("many_to_many", &[], || vec![meeting(2, 2, 40), meeting(7, 5, 4)]),
    ("errors", &[Need::Close], || {
        vec![with_errors(meeting(1, 1, 60)), with_errors(meeting(5, 3, 8))]
    }),
    ("pipeline", &[], || vec![pipeline(1, 50), pipeline(4, 40), pipeline(12, 12)]),
    ("ring", &[], || vec![ring(2, 60), ring(10, 12)]),
];

/// Seeds per size of a shape.
const SEEDS: u64 = 4;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, needs, plans) in SHAPES {
        for (statement, rule) in rules::ALL {
            // A complete history proves that its program has ended (N09).
            let also: &[&str] = if *statement == "N01" { &["N09"] } else { &[] };
            let body = move || {
                each_seed(SEEDS, |seed| {
                    plans().into_iter().try_for_each(|plan| {
                        let history = play::<B>(statement, plan, seed)?;
                        rule(&history, B::CAPABILITIES.buffer).map_err(Failure::from)
                    })
                })
            };
            cases.push(case::<B>(&format!("{statement}_{shape}"), also, needs, body));
        }
    }
    cases.push(case::<B>("N09_many_times_over", &["N01"], &[], again::<B>));
    cases
}

/// As many short meetings as find a wake-up that is lost once in a few hundred.
fn again<B: Backend>() -> Result<(), Failure> {
    each_seed(150, |seed| {
        let history = play::<B>("N09", meeting(2 + seed % 3, 2 + seed % 2, 2), seed)?;
        rules::pairing(&history, B::CAPABILITIES.buffer).map_err(Failure::from)
    })
}

fn play<B: Backend>(statement: &'static str, plan: Plan, seed: u64) -> Result<History, Failure> {
    let book = Book::watched();
    run::<B, _>(statement, stage::<B>(book.clone(), plan.0, plan.1, seed))?;
    Ok(book.history())
}

/// Main: starts all tasklets, and returns when each has said that it is done.
#[tasklet]
async fn stage<B: Backend>(
    book: Held<Book>,
    channels: u32,
    roles: Vec<Role>,
    seed: u64,
) -> Result<(), Error> {
    let pipes: Vec<Pipe<B>> = pipes::<B>(channels);
    let done: B::Channel<()> = B::channel();
    let many: usize = roles.len();
    let mut random: Random = Random(seed);
    for (number, role) in roles.into_iter().enumerate() {
        let lane = book.lane(role.name.clone());
        let pipe = |end: Option<u32>| end.map(|end| pipes[end as usize].clone());
        let (entrance, exit) = (pipe(role.entrance), pipe(role.exit));
        let numbers = (number as u64) << 32;
        let random = Random(random.next());
        B::spawn(act::<B>(lane, role, entrance, exit, numbers, random, done.clone()));
    }
    for _ in 0..many {
        done.receive().await?;
    }
    Ok(())
}

/// A tasklet that plays a role; its items are numbered from `numbers` on.
#[tasklet]
async fn act<B: Backend>(
    lane: Lane,
    role: Role,
    entrance: Option<Pipe<B>>,
    exit: Option<Pipe<B>>,
    numbers: u64,
    random: Random,
    done: B::Channel<()>,
) -> Result<(), Error> {
    let mut chance: Random = random;
    let mut step: u64 = 0;
    let mut sends: u64 = 0;
    let (sending, receiving): (bool, bool) = (exit.is_some(), entrance.is_some());
    let steps: u64 = role.rounds * (u64::from(sending) + u64::from(receiving));
    while step < steps {
        dawdle::<B>(chance.next()).await?;
        let turn: bool = !receiving || (step.is_multiple_of(2) == role.first);
        if sending && turn {
            let pipe: Pipe<B> = required(&exit)?;
            if role.errors && sends % 3 == 2 {
                put_error::<B>(lane.clone(), step, pipe, numbers + sends).await?;
            } else {
                put::<B>(lane.clone(), step, pipe, numbers + sends).await?;
            }
            sends += 1;
        } else {
            let pipe: Pipe<B> = required(&entrance)?;
            let taken: Result<u64, Error> = take::<B>(lane.clone(), step, pipe).await;
            // Errors among the items are what some programs send.
            if let Err(error) = taken
                && number_of(&error).is_none()
            {
                return Err(error);
            }
        }
        step += 1;
    }
    done.send(()).await
}

fn required<T: Clone>(pipe: &Option<T>) -> Result<T, Error> {
    pipe.clone().ok_or_else(|| Error::new("program", "a role without its channel"))
}
