//! Histories made by hand: good ones, and for each rule those it refuses.

use switchback::Kind;

use super::*;
use crate::free::history::Track;

fn value(number: u64) -> Item {
    Item { number, error: false }
}

fn send(number: u64, start: u64, end: u64) -> Operation {
    let act = Act::Send(value(number));
    Operation { channel: 0, act, start, end: Some((end, Outcome::Sent)) }
}

fn receive(number: u64, start: u64, end: u64) -> Operation {
    let outcome = Outcome::Took(value(number));
    Operation { channel: 0, act: Act::Receive, start, end: Some((end, outcome)) }
}

fn failed(operation: Operation) -> Operation {
    let end = operation.end.map(|(end, _)| (end, Outcome::Failed(Kind::Exit)));
    Operation { end, ..operation }
}

fn history(tracks: &[&[Operation]]) -> History {
    let track = |(number, operations): (usize, &&[Operation])| Track {
        name: format!("tasklet {number}"),
        operations: operations.to_vec(),
        faults: Vec::new(),
    };
    History { tracks: tracks.iter().enumerate().map(track).collect() }
}

/// The statement by which a history is refused, and the start of the reason.
fn refused(history: &History, buffer: u32) -> (&'static str, String) {
    let violation = check(history, buffer).expect_err("the history breaks a rule");
    let reason = violation.found.lines().next().unwrap_or_default().to_owned();
    (violation.statement, reason)
}

#[test]
fn two_senders_that_meet_one_receiver_are_accepted() {
    let senders: [&[Operation]; 2] = [&[send(1, 0, 4), send(2, 5, 9)], &[send(3, 1, 12)]];
    let receiver = [receive(1, 2, 3), receive(2, 6, 8), receive(3, 10, 11)];
    assert_eq!(check(&history(&[senders[0], senders[1], &receiver]), 0), Ok(()));
}

#[test]
fn an_item_that_nobody_sent_is_refused() {
    let made = history(&[&[receive(1, 0, 1)]]);
    assert_eq!(refused(&made, 0), ("N01", "1 is received, and nobody sent it".to_owned()));
}

#[test]
fn an_item_received_twice_is_refused() {
    let made = history(&[&[send(1, 0, 9)], &[receive(1, 1, 2)], &[receive(1, 3, 4)]]);
    assert_eq!(refused(&made, 0), ("N01", "1 is received twice".to_owned()));
}

#[test]
fn an_item_that_is_lost_is_refused_unless_it_fits_the_buffer() {
    let made = history(&[&[send(10, 0, 1), send(11, 2, 3)]]);
    let lost = "a is lost: its send is complete, and nobody received it";
    assert_eq!(refused(&made, 0), ("N01", lost.to_owned()));
    assert_eq!(refused(&made, 1).0, "N01");
    assert_eq!(check(&made, 2), Ok(()));
}

#[test]
fn an_item_on_another_channel_is_refused() {
    let elsewhere = Operation { channel: 1, ..receive(1, 1, 2) };
    let made = history(&[&[send(1, 0, 3)], &[elsewhere]]);
    assert_eq!(refused(&made, 0), ("N01", "1 is received on another channel".to_owned()));
}

#[test]
fn the_item_of_a_killed_sender_must_not_arrive() {
    let made = history(&[&[failed(send(1, 0, 3))], &[receive(1, 1, 2)]]);
    assert_eq!(refused(&made, 0), ("N01", "1 is received though its send failed".to_owned()));
    assert_eq!(check(&history(&[&[failed(send(1, 0, 3))]]), 0), Ok(()));
}

#[test]
fn a_send_that_was_never_complete_may_have_been_received_or_not() {
    let pending = Operation { end: None, ..send(1, 0, 0) };
    assert_eq!(check(&history(&[&[pending], &[receive(1, 1, 2)]]), 0), Ok(()));
    assert_eq!(check(&history(&[&[pending]]), 0), Ok(()));
}

#[test]
fn a_value_that_arrives_as_an_error_is_refused() {
    let turned = Item { error: true, ..value(1) };
    let receive = Operation { end: Some((2, Outcome::Took(turned))), ..receive(1, 1, 2) };
    let made = history(&[&[send(1, 0, 3)], &[receive]]);
    assert_eq!(refused(&made, 0), ("N02", "1 is sent, error 1 is received".to_owned()));
}

#[test]
fn a_send_that_does_not_wait_is_refused_unless_it_fits_the_buffer() {
    let made = history(&[&[send(1, 0, 1)], &[receive(1, 2, 3)]]);
    let found = "the send of 1 is complete before its receive begins";
    assert_eq!(refused(&made, 0), ("N03", found.to_owned()));
    assert_eq!(check(&made, 1), Ok(()));
}

#[test]
fn a_receive_that_ends_before_its_send_begins_is_refused_with_any_buffer() {
    let made = history(&[&[send(1, 2, 3)], &[receive(1, 0, 1)]]);
    let found = "1 is received before its send begins";
    assert_eq!(refused(&made, 0), ("N03", found.to_owned()));
    assert_eq!(refused(&made, 9).0, "N03");
}

#[test]
fn more_complete_sends_than_the_buffer_holds_are_refused() {
    let sender = [send(1, 0, 1), send(2, 2, 3), send(3, 4, 5)];
    let receiver = [receive(1, 6, 7), receive(2, 8, 9), receive(3, 10, 11)];
    let made = history(&[&sender, &receiver]);
    let found = "3 sends are complete for which no receive has begun; the channel holds 2";
    assert_eq!(refused(&made, 2), ("N03", found.to_owned()));
    assert_eq!(check(&made, 3), Ok(()));
}

#[test]
fn a_receive_that_failed_is_no_room_for_a_send() {
    let receiver = [failed(receive(0, 0, 1)), receive(1, 6, 7), receive(2, 8, 9)];
    let made = history(&[&[send(1, 2, 3), send(2, 4, 5)], &receiver]);
    assert_eq!(refused(&made, 1).0, "N03");
    assert_eq!(check(&made, 2), Ok(()));
}

#[test]
fn items_of_one_sender_in_the_wrong_order_are_refused() {
    let made = history(&[&[send(1, 0, 1), send(2, 2, 3)], &[receive(2, 4, 5), receive(1, 6, 7)]]);
    assert_eq!(refused(&made, 9), ("N04", "1 is sent before 2 and received after it".to_owned()));
}

#[test]
fn items_of_two_senders_in_an_order_that_no_channel_has_are_refused() {
    let made =
        history(&[&[send(1, 0, 1)], &[send(2, 2, 3)], &[receive(2, 4, 5), receive(1, 6, 7)]]);
    assert_eq!(refused(&made, 9), ("N05", "1 is sent before 2 and received after it".to_owned()));
    let two =
        history(&[&[send(1, 0, 1)], &[send(2, 2, 3)], &[receive(2, 4, 5)], &[receive(1, 6, 7)]]);
    assert_eq!(refused(&two, 9).0, "N05");
}

#[test]
fn items_whose_receives_overlap_may_have_passed_in_either_order() {
    let made =
        history(&[&[send(1, 0, 1), send(2, 2, 3)], &[receive(2, 4, 7)], &[receive(1, 5, 6)]]);
    assert_eq!(check(&made, 9), Ok(()));
}

#[test]
fn a_tasklet_in_two_places_is_refused() {
    let made = history(&[&[send(1, 0, 5), send(2, 3, 9)], &[receive(1, 1, 4), receive(2, 6, 8)]]);
    let found = "tasklet 0 begins a step before the last one ended";
    assert_eq!(refused(&made, 0), ("N12", found.to_owned()));
}

#[test]
fn a_step_that_is_repeated_or_left_out_is_refused() {
    let book = crate::free::history::Book::default();
    let lane = book.lane("twice");
    for step in [0, 0] {
        lane.begin(step, 0, Act::Send(value(step)));
        lane.end(Outcome::Failed(Kind::Closed));
    }
    let found = "twice: step 0 begins after 1 steps";
    assert_eq!(refused(&book.history(), 0), ("N12", found.to_owned()));
}

#[test]
fn a_step_inside_another_one_is_refused() {
    let book = crate::free::history::Book::default();
    let lane = book.lane("split");
    lane.begin(0, 0, Act::Receive);
    lane.begin(1, 0, Act::Receive);
    let found = "split: step 1 begins inside another one";
    assert_eq!(refused(&book.history(), 0), ("N12", found.to_owned()));
}

#[test]
fn a_refusal_shows_the_operations_around_it() {
    let made = history(&[&[send(1, 0, 1), send(3, 8, 9)], &[receive(1, 2, 3), receive(3, 7, 10)]]);
    let violation = check(&made, 0).expect_err("the first send does not wait");
    assert_eq!(
        violation.found,
        "the send of 1 is complete before its receive begins\n\n\
         history, start and end stamps\n\
         \x20      0 1      channel 0: send 1  tasklet 0\n\
         \x20      2 3      channel 0: receive 1  tasklet 1\n"
    );
}
