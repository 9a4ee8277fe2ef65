//! Frames as bytes: what is written, what is refused, what a program lists.

use switchback::{
    Backend, Channel, Error, Kind, Tasklet,
    frame::{AsStep, Frame, FrameList, Here, Step, Waits},
    pickle::{Reader, Writer},
    tasklet,
};

use crate::{frames::Frames, zoo::basic};

fn next<F: Frame<Frames>>(frame: &mut F) -> Step<'static, F::Return> {
    match frame.waits() {
        Waits::Start => frame.start(Here::NOWHERE, AsStep),
        _ => frame.step(Here::NOWHERE, AsStep),
    }
}

fn bytes<F: Frame<Frames>>(frame: &F) -> Result<Vec<u8>, Error> {
    let mut out = Writer::default();
    frame.dump(&mut out)?;
    Ok(out.into_bytes())
}

#[tasklet]
async fn keeps<B: Backend>(number: u64, word: String) -> Result<String, Error> {
    let flag = number > 3;
    B::schedule().await?;
    Ok(format!("{word}{number}{flag}"))
}

#[test]
fn a_suspended_frame_is_its_state_number_and_its_kept_locals() -> Result<(), Error> {
    let mut frame = keeps::<Frames>(5, "word".to_owned()).into_frame();
    let mut fields = Writer::default();
    fields.leaf(&0u32)?;
    fields.leaf(&5u64)?;
    fields.leaf("word")?;
    assert_eq!(bytes(&frame)?, fields.bytes());
    assert!(matches!(next(&mut frame), Step::Asks(_)));
    let suspended = bytes(&frame)?;
    assert_eq!(suspended.len(), fields.bytes().len() + 1, "one bool more");
    assert_eq!(suspended.first(), Some(&1));
    Ok(())
}

#[test]
fn a_copy_goes_on_without_the_original() {
    let mut frame = keeps::<Frames>(2, "a".to_owned()).into_frame();
    assert!(matches!(next(&mut frame), Step::Asks(_)));
    let mut copy = frame.clone();
    for frame in [&mut frame, &mut copy] {
        assert!(matches!(next(frame), Step::Returned(Ok(text)) if text == "a2false"));
    }
}

#[test]
fn a_finished_frame_cannot_be_written() {
    let mut frame = keeps::<Frames>(2, String::new()).into_frame();
    while matches!(next(&mut frame), Step::Asks(_)) {}
    let error = bytes(&frame).expect_err("nothing is left to write");
    assert_eq!(error.kind(), Kind::NotPicklable);
    assert!(error.detail().contains("keeps"), "{error}");
}

#[test]
fn an_unknown_state_is_refused_by_name() {
    let mut input = Reader::new(&[9]);
    let error = <keeps::Call<Frames> as Tasklet<Frames>>::Frame::load(&mut input).err();
    let error = error.expect("there is no state 9");
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().contains("keeps"), "{error}");
}

#[test]
fn every_truncation_is_refused() -> Result<(), Error> {
    let mut frame = keeps::<Frames>(5, "word".to_owned()).into_frame();
    assert!(matches!(next(&mut frame), Step::Asks(_)));
    let whole = bytes(&frame)?;
    for length in 0..whole.len() {
        let mut input = Reader::new(&whole[..length]);
        let read = <keeps::Call<Frames> as Tasklet<Frames>>::Frame::load(&mut input);
        assert_eq!(read.err().map(|e| e.kind()), Some(Kind::BadPickle), "{length} bytes");
    }
    Ok(())
}

fn listed<K: Tasklet<Frames>>(_: K) -> Vec<&'static str> {
    let mut list = FrameList::default();
    list.add::<Frames, K>();
    list.types().iter().map(|t| t.name.rsplit("::").next().unwrap_or_default()).collect()
}

#[tasklet]
async fn root<B: Backend>(pairs: Vec<(i64, i64)>) -> Result<u64, Error> {
    assert!(!basic::divide(pairs).await?.is_empty());
    basic::factorial(3).await
}

#[test]
fn a_program_lists_what_it_calls_and_spawns() {
    assert_eq!(listed(root(Vec::new())), ["root", "divide", "divider", "factorial"]);
}

mod same {
    use super::*;

    #[tasklet]
    pub async fn twin<B: Backend>(c: B::Channel<u64>) -> Result<u64, Error> {
        // Comments and line breaks
        // do not count.
        Ok(c.receive().await? + 1)
    }
}

mod changed {
    use super::*;

    #[tasklet]
    pub async fn twin<B: Backend>(c: B::Channel<u64>) -> Result<u64, Error> {
        Ok(c.receive().await? + 2)
    }
}

#[tasklet]
pub async fn twin<B: Backend>(c: B::Channel<u64>) -> Result<u64, Error> {
    Ok(c.receive().await? + 1)
}

#[test]
fn a_fingerprint_changes_with_the_code_alone() {
    fn of<K: Tasklet<Frames>>(_: K) -> u64 {
        K::Frame::FINGERPRINT
    }
    let channel = Frames::channel();
    assert_eq!(of(twin(channel.clone())), of(same::twin(channel.clone())));
    assert_ne!(of(twin(channel.clone())), of(changed::twin(channel)));
}
