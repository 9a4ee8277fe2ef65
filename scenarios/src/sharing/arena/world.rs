//! The field, and what becomes of those on it. Plain code, shared by tasklets and reference.

use switchback::message;

use super::Outcome;
use crate::work::{draw, mix};

/// A battle.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Decides where the bots start.
    pub seed: u64,
    /// How many they are.
    pub bots: u64,
    /// How long they fight; 1 at least.
    pub ticks: u64,
    /// Whether the outcome has what can be seen at each tick.
    pub recorded: bool,
}

/// What a bot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Drives squares.
    Square,
    /// Turns and fires.
    Spin,
}

/// What a bot or a bullet does in a tick. Headings are eighths of a turn, clockwise from north.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A bot drives on by a cell.
    Drive(u8),
    /// A bot turns.
    Turn,
    /// A bot fires.
    Fire(u8),
    /// A bullet flies on.
    Fly(u8),
    /// The last word of one that has ended.
    Gone(u64),
}

/// What the world hears.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Number of a bot, or behind them of a bullet.
    pub number: u32,
    /// What it does.
    pub act: Act,
}

/// What becomes of one in a tick.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    On,
    /// It could not drive: there is the end of the field, or another bot.
    Wall,
    /// It was hit and goes on.
    Hit,
    /// It ends.
    Over,
}

/// A bot as the world knows it.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Column of its cell, from 0.
    pub x: i32,
    /// Row of its cell, from 0.
    pub y: i32,
    /// Hits that it can still take; 0 if it has ended.
    pub energy: u8,
    /// Hits of its bullets.
    pub hits: u32,
}

#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
struct Bullet {
    x: i32,
    y: i32,
    owner: u32,
}

/// What can be seen at a tick.
#[message]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Bots with energy: number, column, row, whether it was just hit.
    pub bots: Vec<(u32, i32, i32, bool)>,
    /// Bullets that fly: column, row.
    pub bullets: Vec<(i32, i32)>,
}

/// The field with all that is on it.
#[message]
#[derive(Debug)]
pub struct World {
    plan: Plan,
    side: i32,
    bots: Vec<Bot>,
    bullets: Vec<Bullet>,
    /// The bot on each cell.
    cells: Vec<u32>,
    /// Numbers of those alive, in their order.
    living: Vec<u32>,
    /// What those with each number do in this tick.
    acts: Vec<Act>,
    /// What becomes of those with each number.
    verdicts: Vec<Verdict>,
    /// Number and heading of the bullets of this tick.
    born: Vec<(u32, u8)>,
    last_words: u64,
    frames: Vec<Frame>,
}

/// Energy of a bot at first.
const ENERGY: u8 = 3;

/// Cells that a bullet flies in a tick.
const SPEED: u32 = 2;

/// Bots have a square of cells to themselves at first, of this side.
const ROOM: u64 = 4;

/// Turns of a spinbot up to a shot.
pub(super) const TURNS: u32 = 4;

/// No bot.
const NONE: u32 = u32::MAX;

/// The make of a bot: every second one fires.
#[must_use]
pub const fn make(number: u32) -> Make {
    if number.is_multiple_of(2) { Make::Square } else { Make::Spin }
}

/// Where a bot looks at first: to one of the four sides.
pub(super) const fn first_heading(number: u32) -> u8 {
    (number / 2 % 4 * 2) as u8
}

/// Cells along the square of a squarebot.
pub(super) const fn side_of_square(number: u32) -> u32 {
    2 + number / 2 % 4
}

/// A quarter of a turn, clockwise.
pub(super) const fn quarter(heading: u8) -> u8 {
    (heading + 2) % 8
}

/// An eighth of a turn.
pub(super) const fn eighth(heading: u8, clockwise: bool) -> u8 {
    (heading + if clockwise { 1 } else { 7 }) % 8
}

/// The next cell in a direction.
const fn ahead(x: i32, y: i32, heading: u8) -> (i32, i32) {
    const STEPS: [(i32, i32); 8] =
        [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)];
    let (right, down) = STEPS[heading as usize % 8];
    (x + right, y + down)
}

impl World {
    /// A field with room for all bots, each at a place of its own.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let rooms = plan.bots.isqrt() + u64::from(plan.bots.isqrt().pow(2) < plan.bots);
        let side = (rooms * ROOM) as i32;
        let place = |number: u64| {
            let within = |index| draw(plan.seed, 2 * number + index, ROOM);
            let x = number % rooms * ROOM + within(0);
            let y = number / rooms * ROOM + within(1);
            Bot { x: x as i32, y: y as i32, energy: ENERGY, hits: 0 }
        };
        let bots: Vec<Bot> = (0..plan.bots).map(place).collect();
        let mut world = Self {
            plan,
            side,
            cells: vec![NONE; (side * side) as usize],
            bullets: Vec::new(),
            living: (0..bots.len() as u32).collect(),
            acts: vec![Act::Turn; bots.len()],
            verdicts: vec![Verdict::On; bots.len()],
            born: Vec::new(),
            last_words: 0,
            frames: Vec::new(),
            bots,
        };
        for number in 0..world.bots.len() {
            let cell = world.cell(world.bots[number].x, world.bots[number].y);
            world.cells[cell.unwrap_or(0)] = number as u32;
        }
        world.record();
        world
    }

    /// How many bots and bullets there are.
    #[must_use]
    pub fn alive(&self) -> u64 {
        self.living.len() as u64
    }

    /// Takes notice of what one does, or of its last word.
    pub fn hear(&mut self, told: Told) {
        let Told { number, act } = told;
        match act {
            // A sum: the order of last words is that of messages.
            Act::Gone(word) => {
                let word = mix(u64::from(number), word);
                self.last_words = self.last_words.wrapping_add(word);
            }
            act => self.acts[number as usize] = act,
        }
    }

    /// Decides a tick in which all have said what they do; with the last one all is over.
    pub fn decide(&mut self, last: bool) {
        let bots = self.bots.len() as u32;
        let living = std::mem::take(&mut self.living);
        for &number in &living {
            self.verdicts[number as usize] = Verdict::On;
        }
        for &number in living.iter().take_while(|number| **number < bots) {
            if let Act::Drive(heading) = self.acts[number as usize] {
                self.drive(number, heading);
            }
        }
        for &number in living.iter().skip_while(|number| **number < bots) {
            if let Act::Fly(heading) = self.acts[number as usize] {
                self.fly(number, heading);
            }
        }
        self.born.clear();
        for &number in living.iter().take_while(|number| **number < bots) {
            let bot = self.bots[number as usize];
            if let Act::Fire(heading) = self.acts[number as usize]
                && bot.energy > 0
                && !last
            {
                self.born.push((bots + self.bullets.len() as u32, heading));
                self.bullets.push(Bullet { x: bot.x, y: bot.y, owner: number });
            }
        }
        self.acts.resize(self.bots.len() + self.bullets.len(), Act::Turn);
        self.verdicts.resize(self.bots.len() + self.bullets.len(), Verdict::On);
        // What is seen is what goes on, before the last tick ends it all.
        self.living = living;
        self.record();
        if last {
            for &number in &self.living {
                self.verdicts[number as usize] = Verdict::Over;
            }
        }
    }

    /// What becomes of each, in the order of their numbers. From then on those that are over are not
    /// counted, and those that are born are.
    pub fn decided(&mut self) -> Vec<(u32, Verdict)> {
        let verdicts = &self.verdicts;
        let told = |&number: &u32| (number, verdicts[number as usize]);
        let decided = self.living.iter().map(told).collect();
        self.living.retain(|number| verdicts[*number as usize] != Verdict::Over);
        self.living.extend(self.born.iter().map(|(number, _)| *number));
        decided
    }

    /// The number and the heading of each bullet that was fired in this tick.
    #[must_use]
    pub fn born(&self) -> Vec<(u32, u8)> {
        self.born.clone()
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let words = |bot: &Bot| [bot.x as u64, bot.y as u64, bot.energy.into(), bot.hits.into()];
        let state = self.bots.iter().flat_map(words).fold(0, mix);
        let digest = mix(mix(state, self.bullets.len() as u64), self.last_words);
        let (bots, frames) = (self.bots.clone(), self.frames.clone());
        Outcome { bots, frames, side: self.side as u32, digest }
    }

    fn cell(&self, x: i32, y: i32) -> Option<usize> {
        let inside = 0..self.side;
        (inside.contains(&x) && inside.contains(&y)).then(|| (y * self.side + x) as usize)
    }

    fn drive(&mut self, number: u32, heading: u8) {
        let Bot { x, y, .. } = self.bots[number as usize];
        let (next_x, next_y) = ahead(x, y, heading);
        match (self.cell(x, y), self.cell(next_x, next_y)) {
            (Some(here), Some(next)) if self.cells[next] == NONE => {
                self.cells[here] = NONE;
                self.cells[next] = number;
                let bot = &mut self.bots[number as usize];
                (bot.x, bot.y) = (next_x, next_y);
            }
            _ => self.verdicts[number as usize] = Verdict::Wall,
        }
    }

    fn fly(&mut self, number: u32, heading: u8) {
        let index = number as usize - self.bots.len();
        let Bullet { mut x, mut y, owner } = self.bullets[index];
        for _ in 0..SPEED {
            (x, y) = ahead(x, y, heading);
            let Some(cell) = self.cell(x, y) else {
                self.verdicts[number as usize] = Verdict::Over;
                return;
            };
            let hit = self.cells[cell];
            if hit != NONE && hit != owner {
                self.verdicts[number as usize] = Verdict::Over;
                self.bots[owner as usize].hits += 1;
                let bot = &mut self.bots[hit as usize];
                bot.energy -= 1;
                self.verdicts[hit as usize] = Verdict::Hit;
                if bot.energy == 0 {
                    self.cells[cell] = NONE;
                    self.verdicts[hit as usize] = Verdict::Over;
                }
                return;
            }
        }
        let bullet = &mut self.bullets[index];
        (bullet.x, bullet.y) = (x, y);
    }

    fn record(&mut self) {
        if !self.plan.recorded {
            return;
        }
        let bots = self.bots.len();
        let mut frame = Frame::default();
        for &number in &self.living {
            let verdict = self.verdicts[number as usize];
            if verdict == Verdict::Over {
                continue;
            }
            if let Some(bot) = self.bots.get(number as usize) {
                frame.bots.push((number, bot.x, bot.y, verdict == Verdict::Hit));
            } else {
                let bullet = self.bullets[number as usize - bots];
                frame.bullets.push((bullet.x, bullet.y));
            }
        }
        self.frames.push(frame);
    }
}
