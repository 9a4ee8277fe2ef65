//! The battle by a loop over structs: what the tasklets are compared with. Where a bot is in its
//! square is a field here, and the step to the next place in it a match.

use super::Outcome;
use super::world::{self, Act, Make, Plan, Told, Verdict, World};

/// What the tasklet of a bot or a bullet keeps in its locals and in its place.
#[derive(Clone, Copy, Debug)]
enum Mind {
    Square { heading: u8, side: u32, left: u32, driven: u64 },
    Spin { heading: u8, clockwise: bool, turn: u32, hits: u64 },
    Bullet { heading: u8, flown: u64 },
}

impl Mind {
    const fn of_bot(number: u32) -> Self {
        let heading = world::first_heading(number);
        match world::make(number) {
            Make::Square => {
                let side = world::side_of_square(number);
                Self::Square { heading, side, left: side, driven: 0 }
            }
            Make::Spin => Self::Spin { heading, clockwise: true, turn: 0, hits: 0 },
        }
    }

    const fn act(&mut self) -> Act {
        match self {
            Self::Square { heading, .. } => Act::Drive(*heading),
            Self::Spin { heading, clockwise, turn, .. } => {
                *heading = world::eighth(*heading, *clockwise);
                *turn = (*turn + 1) % world::TURNS;
                if *turn == 0 { Act::Fire(*heading) } else { Act::Turn }
            }
            Self::Bullet { heading, .. } => Act::Fly(*heading),
        }
    }

    const fn hear(&mut self, verdict: Verdict) {
        match (self, verdict) {
            (_, Verdict::Over) | (Self::Spin { .. }, Verdict::On | Verdict::Wall) => (),
            (Self::Square { heading, side, left, driven }, verdict) => {
                if matches!(verdict, Verdict::On) {
                    *driven += 1;
                    *left -= 1;
                } else {
                    *left = 0;
                }
                if *left == 0 {
                    *heading = world::quarter(*heading);
                    *left = *side;
                }
            }
            (Self::Spin { clockwise, hits, .. }, Verdict::Hit) => {
                *clockwise = !*clockwise;
                *hits += 1;
            }
            (Self::Bullet { flown, .. }, _) => *flown += 1,
        }
    }

    const fn last_word(self) -> u64 {
        match self {
            Self::Square { driven, .. } => driven,
            Self::Spin { hits, .. } => hits,
            Self::Bullet { flown, .. } => flown,
        }
    }
}

/// How a battle ends, the number of bots and bullets, and the ticks of all of them together.
pub(super) fn battle(plan: Plan) -> (Outcome, u64, u64) {
    let mut world = World::new(plan);
    let mut minds: Vec<Mind> = (0..plan.bots as u32).map(Mind::of_bot).collect();
    let mut living: Vec<u32> = (0..plan.bots as u32).collect();
    let mut ticks = 0;
    for tick in 1..=plan.ticks {
        for number in living.drain(..) {
            ticks += 1;
            world.hear(Told { number, act: minds[number as usize].act() });
        }
        world.decide(tick == plan.ticks);
        for (number, verdict) in world.decided() {
            let mind = &mut minds[number as usize];
            mind.hear(verdict);
            if verdict == Verdict::Over {
                world.hear(Told { number, act: Act::Gone(mind.last_word()) });
            } else {
                living.push(number);
            }
        }
        for (number, heading) in world.born() {
            minds.push(Mind::Bullet { heading, flown: 0 });
            living.push(number);
        }
    }
    (world.outcome(), minds.len() as u64, ticks)
}
