//! Budgets, atomic sections and sequences on this backend.

mod shared;

use shared::{busy, lines, said, say};
use switchback::{Backend, Budget, Channel, Control, Error, Portable, send_sequence, tasklet};
use switchback_soft::Soft;

shared::situations!(Soft);

#[tasklet]
async fn stop_and_dump<B: Portable>() -> Result<Vec<u8>, Error> {
    B::spawn(busy("t".to_string(), 5));
    let stopped = B::run_for(Budget::steps(1)).await?;
    let (t, copy) = (stopped.clone(), B::fork(&stopped)?);
    let bytes: Vec<u8> = B::dump(&t, &B::program::<busy::Call<B>>())?;
    if let Some(copy) = copy {
        let copy: B::Handle = copy;
        say("copy");
        copy.insert()?;
        B::run_others().await?;
    }
    Ok(bytes)
}

#[tasklet]
async fn load_and_go_on<B: Portable>(bytes: Vec<u8>, way: u8) -> Result<(), Error> {
    let roots: Option<B::Handle> = B::load(&bytes, &B::program::<busy::Call<B>>())?;
    if let Some(t) = roots {
        let t: B::Handle = t;
        assert!(t.status()?.paused());
        match way {
            0 => {
                t.insert()?;
                B::run_others().await?;
            }
            1 => {
                t.run().await?;
            }
            _ => {
                t.insert()?;
                assert_eq!(B::run_for(Budget::steps(1)).await?, Some(t.clone()));
                say("stopped again");
                t.run().await?;
            }
        }
        assert!(!t.status()?.alive);
    }
    Ok(())
}

/// C072
#[test]
fn an_interrupted_tasklet_goes_on_as_a_copy_and_from_bytes() {
    let bytes = Soft::run(stop_and_dump()).unwrap();
    let mut expected = lines("t", 0..2);
    expected.push("copy".to_string());
    let mut rest = lines("t", 2..5);
    rest.push("t done".to_string());
    expected.extend(rest.clone());
    assert_eq!(said(), expected);
    for way in 0..2 {
        assert_eq!(Soft::run(load_and_go_on(bytes.clone(), way)), Ok(()));
        assert_eq!(said(), rest);
    }
    assert_eq!(Soft::run(load_and_go_on(bytes, 2)), Ok(()));
    rest.insert(2, "stopped again".to_string());
    assert_eq!(said(), rest);
}

#[tasklet]
async fn receives_twice<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    for _ in 0u32..2 {
        let n = ch.receive().await?;
        say(format!("n {n}"));
    }
    Ok(())
}

#[tasklet]
async fn stop_with_a_value<B: Portable>() -> Result<Vec<u8>, Error> {
    let ch: B::Channel<u32> = B::channel();
    B::spawn(send_sequence::<B, u32>(ch.clone(), vec![8]));
    B::spawn(send_sequence::<B, u32>(ch.clone(), vec![9]));
    B::schedule().await?;
    let t: B::Handle = B::spawn(receives_twice(ch));
    assert_eq!(B::run_for(Budget::steps(0)).await?, Some(t.clone()));
    assert!(said().is_empty());
    let mut program = B::program::<receives_twice::Call<B>>();
    program.add::<B, send_sequence::Call<B, u32>>();
    B::dump(&t, &program)
}

#[tasklet]
async fn go_on_with_the_value<B: Portable>(bytes: Vec<u8>) -> Result<(), Error> {
    let mut program = B::program::<receives_twice::Call<B>>();
    program.add::<B, send_sequence::Call<B, u32>>();
    let t: B::Handle = B::load(&bytes, &program)?;
    t.run().await?;
    Ok(())
}

/// C071, C072: the value was taken from its sender already and is part of the pickle.
#[test]
fn a_receiver_interrupted_with_its_value_takes_it_along() {
    let bytes = Soft::run(stop_with_a_value()).unwrap();
    assert_eq!(Soft::run(go_on_with_the_value(bytes)), Ok(()));
    assert_eq!(said(), ["n 8", "n 9"]);
}

#[tasklet]
async fn dump_sequence<B: Portable>() -> Result<Vec<u8>, Error> {
    let ch: B::Channel<u32> = B::channel();
    let t: B::Handle = B::spawn(send_sequence::<B, u32>(ch.clone(), vec![1, 2, 3]));
    assert_eq!(ch.receive().await?, 1);
    B::schedule().await?;
    assert_eq!(ch.balance()?, 1);
    B::dump(&(t, ch), &B::program::<send_sequence::Call<B, u32>>())
}

#[tasklet]
async fn load_sequence<B: Portable>(bytes: Vec<u8>) -> Result<Vec<u32>, Error> {
    let program = B::program::<send_sequence::Call<B, u32>>();
    let (t, ch): (B::Handle, B::Channel<u32>) = B::load(&bytes, &program)?;
    let first = ch.receive().await?;
    let mut all: Vec<u32> = vec![first];
    all.push(ch.receive().await?);
    B::run_others().await?;
    assert!(!t.status()?.alive);
    Ok(all)
}

/// C261
#[test]
fn a_sequence_goes_on_from_bytes_with_the_item_it_was_at() {
    let bytes = Soft::run(dump_sequence()).unwrap();
    assert_eq!(Soft::run(load_sequence(bytes)), Ok(vec![2, 3]));
}
