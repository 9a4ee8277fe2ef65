//! What a suspended tasklet, its slot and the queue it is in must agree on. One set of rules for
//! both directions, so that nothing is written that would be refused when it is read.

use crate::kernel::{
    Waits, channel::block::Direction, pickle::waits::Item, tasklet::block::Tasklet,
    tasklet::slot::Content,
};

/// Where a tasklet is queued: the direction, and what the channel carries if that is known.
pub(super) type Queued = (Direction, Option<Item>);

/// What is wrong with a suspended tasklet that waits as its code says and stands in this queue;
/// nothing for one that can go on.
pub(super) fn fault(t: Tasklet, waits: Waits, queued: Option<Queued>) -> Option<String> {
    match (waits, queued) {
        (Waits::Start | Waits::Turn, None) => None,
        (Waits::Sent(item), Some((Direction::Sending, carried))) => {
            foreign(item, carried).or_else(|| match (t.slot.content(), t.slot.item()) {
                (Content::Bomb, _) => None,
                (Content::Value, Some(value)) if value == item => None,
                (Content::Value, Some(value)) => {
                    Some(format!("offers a {} on a channel of {}", value.name(), item.name()))
                }
                _ => Some("is queued to send, but its slot has nothing to send".to_owned()),
            })
        }
        (Waits::Received(item), Some((Direction::Receiving, carried))) => foreign(item, carried)
            .or_else(|| match t.slot.content() {
                Content::Empty => None,
                _ => Some("is queued to receive, but its slot is not empty".to_owned()),
            }),
        (Waits::Sent(item), None) => match t.slot.content() {
            Content::Empty | Content::Bomb => None,
            _ => Some(format!("waits for {}, but is in no queue", Waits::Sent(item).words())),
        },
        (Waits::Received(item), None) => match (t.slot.content(), t.slot.item()) {
            (Content::Bomb, _) => None,
            (Content::Value, Some(value)) if value == item => None,
            (Content::Value, Some(value)) => {
                Some(format!("waits for a {}, but a {} is in its slot", item.name(), value.name()))
            }
            _ => Some(format!("waits for a {}, but is in no queue", item.name())),
        },
        (Waits::Others, _) => Some(format!("waits for {}", Waits::Others.words())),
        (Waits::Nothing, _) => Some("is in a state in which nothing is ever suspended".to_owned()),
        (Waits::Callee(_, name), _) => Some(format!("waits for {name}, which is not there")),
        (_, Some((direction, _))) => Some(format!(
            "waits for {}, but is queued to {}",
            waits.words(),
            match direction {
                Direction::Sending => "send",
                Direction::Receiving => "receive",
            }
        )),
    }
}

fn foreign(item: Item, carried: Option<Item>) -> Option<String> {
    let carried = carried.filter(|carried| *carried != item)?;
    Some(format!(
        "waits on a channel of {}, but is queued at one of {}",
        item.name(),
        carried.name()
    ))
}
