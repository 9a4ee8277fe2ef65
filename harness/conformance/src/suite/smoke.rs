//! The simplest cases, tried before all others: if one fails, the adapter is probably wrong.

use switchback::{Backend, Channel, Error, tasklet};

use crate::differ::Comparison;
use crate::{Case, Failure, Json, Op, Program, Subject, free, group, missing};

/// From the simplest on.
pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let none: [&str; 0] = [];
    vec![
        Case::new("smoke::main", group::SMOKE, none, || {
            let value = B::run(seven::<B>())?;
            if value == 7 {
                Ok(())
            } else {
                Err(format!("main returns 7, run gives {value}").into())
            }
        }),
        Case::new("smoke::error", group::SMOKE, none, || match B::run(fails::<B>()) {
            Err(error) if error.name() == "E1" => Ok(()),
            Err(error) => Err(format!("main fails with E1, run with {error}").into()),
            Ok(()) => Err("main fails with E1, run gives a value".into()),
        }),
        Case::new("smoke::value", group::SMOKE, none, || {
            let value = B::run(pass::<B>())?;
            if value == 42 { Ok(()) } else { Err(format!("42 is sent, {value} received").into()) }
        }),
        order(&Subject::of::<B>()),
    ]
}

/// From the simplest on, for what runs programs and nothing else.
pub(super) fn programs(subject: &Subject) -> Vec<Case> {
    let own = subject.clone();
    let value = Case::new("smoke::value", group::SMOKE, ["N01"], move || passes_a_value(&own));
    vec![value, order(subject)]
}

/// Main receives what a tasklet sends, whatever the order of events.
fn passes_a_value(subject: &Subject) -> Result<(), Failure> {
    let channel = || "c".to_owned();
    let sender = vec![Op::Send { channel: channel(), value: Json::Int(42) }];
    let program = Program {
        main: vec![
            Op::Spawn { tasklet: "a".to_owned(), body: "sender".to_owned() },
            Op::Receive { channel: channel() },
        ],
        bodies: [("sender".to_owned(), sender)].into(),
        ..Program::default()
    };
    free::observe(subject, &program).map(drop)
}

/// A few operations in their exact order.
fn order(subject: &Subject) -> Case {
    let (subject, program) = (subject.clone(), program());
    let lacking = missing(&program, &[], subject.capabilities);
    Case::new("smoke::order", group::SMOKE, ["C021", "C050", "C102"], move || {
        subject.compare(&Comparison {
            name: "smoke::order",
            about: "",
            covers: &["C021".to_owned(), "C050".to_owned(), "C102".to_owned()],
            program: &program,
            expected: &subject.model(&program).unwrap_or_default(),
            source: "model",
        })
    })
    .lacks(lacking)
}

#[tasklet]
async fn seven<B: Backend>() -> Result<u64, Error> {
    Ok(7)
}

#[tasklet]
async fn fails<B: Backend>() -> Result<(), Error> {
    Err(Error::new("E1", ""))
}

/// Main receives what a tasklet sends.
#[tasklet]
async fn pass<B: Backend>() -> Result<u64, Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(sender(channel.clone()));
    let value: u64 = channel.receive().await?;
    Ok(value)
}

#[tasklet]
async fn sender<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    channel.send(42).await
}

fn program() -> Program {
    let name = |name: &str| name.to_owned();
    let worker = vec![Op::Receive { channel: name("c") }, Op::Schedule { value: None }];
    Program {
        main: vec![
            Op::Spawn { tasklet: name("a"), body: name("worker") },
            Op::Schedule { value: None },
            Op::Send { channel: name("c"), value: Json::Int(1) },
            Op::RunOthers {},
            Op::Ring {},
        ],
        bodies: [(name("worker"), worker)].into(),
        schedule_callback: false,
        channel_callback: false,
    }
}
