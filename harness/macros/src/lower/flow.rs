//! Which locals each state keeps.
//!
//! A local is kept over an await if it is used later, or if its destructor is due later and may
//! be observed. Whether it is used later is computed backwards, whether it has a value forwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use syn::Error;

use super::{
    Apart,
    graph::{
        Confirmed, Ending, Entry, Event, Graph, How, ListId, LocalId, Number, Origin, Piece,
        ScopeId, Shape, StateId, WayId,
    },
};
use crate::check::Errors;

/// May have a value.
const SET: u8 = 1;
/// May have none.
const UNSET: u8 = 2;
/// May have lost a part.
const PART: u8 = 4;
/// A pattern may have taken it apart.
const APART: u8 = 8;

type Values = Option<Vec<u8>>;
type Live = Vec<bool>;

/// What the states of a graph keep, in the order of declaration.
pub struct Kept {
    /// Locals, and whether only their destructor is due.
    pub states: Vec<Vec<(LocalId, bool)>>,
    /// Locals that a state uses and does not keep: aliases, and those that get a value there.
    pub named: Vec<Vec<LocalId>>,
    pub reached: Vec<bool>,
    /// Locals that the code of a state names.
    pub mentioned: Vec<Vec<bool>>,
    /// Ways on which something may be dropped whose end may be observed.
    pub dropping: BTreeSet<WayId>,
    /// Locals whose destructor is due on a way.
    dues: HashMap<(WayId, LocalId), Due>,
}

/// What a way to a state in which only the destructor of a local is due begins with.
#[derive(Clone, Copy, PartialEq)]
pub enum Due {
    /// The same.
    Already,
    /// A value.
    Set,
    /// No value any more.
    Unset,
}

impl Kept {
    pub fn due(&self, way: WayId, local: LocalId) -> Due {
        self.dues.get(&(way, local)).copied().unwrap_or(Due::Unset)
    }
}

pub enum Outcome {
    Kept(Kept),
    /// More has to be taken apart.
    Apart(Apart),
}

/// Computes what each state keeps.
///
/// # Errors
/// For locals that would have to be kept and cannot be.
pub fn kept(graph: &mut Graph, apart: &Apart) -> syn::Result<Outcome> {
    let flow = Forward::run(graph);
    let values = &flow.states;
    let live = Backward::run(graph);
    let mut errors = Errors::default();
    let mut told = vec![false; graph.locals.len()];
    let mut states = Vec::new();
    let mut confirmed = Vec::new();
    let mut asked = Vec::new();
    for (at, values) in values.iter().enumerate() {
        let mut all = Vec::new();
        for id in in_scope(graph, at) {
            let local = &graph.locals[id];
            if local.alias.is_some() {
                continue;
            }
            if at == 0 {
                all.push((id, false));
                continue;
            }
            let bits = values.as_ref().map_or(SET, |v| v[id]);
            let due = bits & SET != 0 && values.is_some();
            if bits & APART != 0 {
                asked.push(id);
            }
            let used = live[at][id];
            if due && !used && local.ending == Ending::Unknown {
                // Where it gets its value there is no place to ask rustc.
                if local.late && !told[id] {
                    told[id] = true;
                    errors.push(Error::new(local.name.span(), untyped(graph, id)));
                } else {
                    confirmed.push((id, Confirmed::Untyped));
                }
            }
            let kept = used || (due && local.ending == Ending::Observed);
            if !kept {
                continue;
            }
            // What gets another value is a value until then.
            let only_due = !used && !flow.replaced.contains(&id) && local.like.is_none();
            let wrong = if local.ty.is_none() && local.like.is_none() {
                Some(untyped(graph, id))
            } else {
                None
            };
            // Whether the type has a destructor at all, rustc knows.
            let why = if !used && bits & PART != 0 {
                Some(Confirmed::Part)
            } else if !used && !only_due && bits & UNSET != 0 {
                Some(Confirmed::Moved)
            } else {
                None
            };
            if let Some(why) = why {
                confirmed.push((id, why));
                continue;
            }
            if let (Some(text), false) = (wrong, told[id]) {
                told[id] = true;
                // Of its loop it is said already.
                let implied = local.origin == Origin::Item
                    && in_scope(graph, at).into_iter().any(|other| {
                        let other_local = &graph.locals[other];
                        let untyped = other_local.ty.is_none() && other_local.like.is_none();
                        other_local.origin == Origin::Iterator && untyped && live[at][other]
                    });
                if !implied {
                    errors.push(Error::new(local.name.span(), text));
                }
            }
            all.push((id, only_due));
        }
        states.push(all);
    }
    let mut dues = HashMap::new();
    let mut more = apart.clone();
    for (way, (from, bits)) in &flow.taken {
        for (id, due) in &states[graph.ways[*way].to] {
            if !due {
                continue;
            }
            let already = states[*from].contains(&(*id, true));
            let value = match bits[*id] & (SET | UNSET) {
                _ if already => Due::Already,
                SET => Due::Set,
                UNSET => Due::Unset,
                _ if !more.arms => {
                    more.arms = true;
                    Due::Unset
                }
                _ => {
                    let before = more.statements.len();
                    more.statements.extend(flow.split.get(id).into_iter().flatten().cloned());
                    if before == more.statements.len() && more == *apart {
                        confirmed.push((*id, Confirmed::Moved));
                    }
                    Due::Unset
                }
            };
            dues.insert((*way, *id), value);
        }
    }
    errors.into_result()?;
    if more != *apart {
        return Ok(Outcome::Apart(more));
    }
    for (id, why) in confirmed {
        graph.locals[id].confirmed.get_or_insert(why);
    }
    asked.into_iter().for_each(|id| graph.locals[id].asked = true);
    let reached = values.iter().map(Option::is_some).collect();
    let mentioned: Vec<Vec<bool>> = (0..graph.states.len())
        .map(|at| {
            let mut used = vec![false; graph.locals.len()];
            mentioned(graph, graph.states[at].list, &mut used);
            used
        })
        .collect();
    let named = (0..graph.states.len())
        .map(|at| {
            let used = &mentioned[at];
            let kept = &states[at];
            let ids = in_scope(graph, at).into_iter();
            // An alias names what it borrows, which is kept if it is used.
            ids.filter(|id| used[*id] && !kept.iter().any(|(k, _)| k == id)).collect()
        })
        .collect();
    let dropping = flow
        .taken
        .keys()
        .copied()
        .filter(|way| graph.ways[*way].from_within || flow.dropping.contains(way))
        .collect();
    Ok(Outcome::Kept(Kept { states, named, reached, mentioned, dropping, dues }))
}

/// The locals that lie before a state, in the order of declaration.
pub fn in_scope(graph: &Graph, at: StateId) -> Vec<LocalId> {
    let state = &graph.states[at];
    let entries = state
        .open
        .iter()
        .zip(&state.before)
        .flat_map(|(scope, before)| graph.scopes[*scope].entries.iter().take(*before));
    let locals = entries.filter_map(|entry| match entry {
        Entry::Local(id) => Some(*id),
        _ => None,
    });
    locals.collect()
}

/// The name that the author gave a local.
fn spoken(graph: &Graph, id: LocalId) -> String {
    let name = graph.locals[id].name.to_string();
    match name.strip_prefix("__").and_then(|n| n.rsplit_once('_')) {
        Some((name, number)) if number.parse::<usize>().is_ok() => name.to_owned(),
        _ => name,
    }
}

fn untyped(graph: &Graph, id: LocalId) -> String {
    let name = spoken(graph, id);
    match graph.locals[id].origin {
        Origin::Iterator => "the iterator of this loop is kept over an await: loop over a range \
                             with a typed end (`0..n`, `0..10u64`), over a `Vec<T>` local with its \
                             type written, by value (`for x in v.clone()`) or by its indices \
                             (`for i in 0..v.len()`), or with `while`"
            .to_owned(),
        Origin::BorrowedItem => format!(
            "`{name}` borrows and is kept over an await: loop over a `Vec` whose items own what they \
             have (`Vec<String>` for `Vec<&str>`)"
        ),
        Origin::Text => format!(
            "`{name}` borrows a text and is kept over an await: give it a text of its own, \
             `let {name}: String = \"..\".to_owned();`, or make it a constant, `const`"
        ),
        Origin::Closure => format!(
            "`{name}` is a closure, which has no type to be written, and is kept over an await: \
             write a function, `fn {name}(..)`, or the closure again behind the await"
        ),
        Origin::Temporary => "this value is computed before an await and kept over it: bind it to a local with a type first, `let x: Type = \
                              ..;`"
            .to_owned(),
        Origin::BareNumber(ty) => {
            let number = match ty {
                "i64" => "-1",
                "f64" => "0.5",
                _ => "0",
            };
            format!(
                "`{name}` is kept over an await, so its type must be written: give the number a \
                 suffix, `{number}{ty}`, or the local a type, `let {name}: {ty} = ..`"
            )
        }
        Origin::Borrow => format!(
            "`{name}` borrows and is kept over an await: keep the value, an index or a clone \
             (only `let {name} = &local;` can be made again after the await)"
        ),
        Origin::Pattern | Origin::Item => format!(
            "`{name}` comes from a pattern and is kept over an await, so its type must be \
             written: start the block with `let {name}: Type = {name};`"
        ),
        Origin::Name => format!(
            "`{name}` is kept over an await, so its type must be written: `let {name}: Type = ..`"
        ),
    }
}

fn mentioned(graph: &Graph, list: ListId, used: &mut [bool]) {
    for piece in &graph.lists[list].pieces {
        match piece {
            Piece::Stmt(_, event, _) | Piece::Suspend(_, _, event) | Piece::Return(_, event) => {
                named_in(event, used);
            }
            Piece::Branch(branch) => {
                named_in(&branch.head, used);
                for arm in &branch.arms {
                    named_in(&arm.enter, used);
                    mentioned(graph, arm.list, used);
                }
            }
            _ => {}
        }
    }
}

fn named_in(event: &Event, used: &mut [bool]) {
    match event {
        Event::Use(id, _) => used[*id] = true,
        Event::Seq(all) | Event::One(all) => all.iter().for_each(|e| named_in(e, used)),
        Event::Loop { body, .. } | Event::Block { body, .. } => named_in(body, used),
        _ => {}
    }
}

/// Whether nothing behind the code of an event is reached.
pub fn diverges(event: &Event) -> bool {
    let mut forward = Forward::default();
    forward.event(event, Some(Vec::new())).is_none()
}

#[derive(Default)]
struct Forward {
    /// What has a value on the ways taken.
    ways: Vec<(WayId, Vec<u8>)>,
    breaks: HashMap<usize, Values>,
    again: HashMap<usize, Values>,
    /// Statements behind which a local may have a value or not, which had one before.
    split: HashMap<LocalId, BTreeSet<Number>>,
    /// Locals that get another value while they may have one.
    replaced: BTreeSet<LocalId>,
    /// Ways that leave a local behind whose end may be observed.
    dropping: BTreeSet<WayId>,
}

/// What has a value where.
struct Flow {
    states: Vec<Values>,
    /// Each way that is taken, with the state it begins in.
    taken: BTreeMap<WayId, (StateId, Vec<u8>)>,
    split: HashMap<LocalId, BTreeSet<Number>>,
    replaced: BTreeSet<LocalId>,
    /// Ways that leave a local behind whose end may be observed.
    dropping: BTreeSet<WayId>,
}

fn is_observed(graph: &Graph, id: LocalId) -> bool {
    matches!(graph.locals[id].ending, Ending::Observed | Ending::Unknown)
}

fn join(a: Values, b: Values) -> Values {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.iter_mut().zip(b).for_each(|(a, b)| *a |= b);
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

impl Forward {
    fn run(graph: &Graph) -> Flow {
        let mut at_start = vec![UNSET; graph.locals.len()];
        for id in in_scope(graph, 0) {
            at_start[id] = SET;
        }
        let mut states: Vec<Values> = vec![None; graph.states.len()];
        states[0] = Some(at_start);
        let mut ahead = vec![0];
        let mut taken = BTreeMap::new();
        let mut split: HashMap<LocalId, BTreeSet<Number>> = HashMap::new();
        let mut replaced = BTreeSet::new();
        let mut dropping = BTreeSet::new();
        while let Some(at) = ahead.pop() {
            let mut forward = Self::default();
            forward.list(graph, graph.states[at].list, states[at].clone());
            for (id, numbers) in forward.split {
                split.entry(id).or_default().extend(numbers);
            }
            replaced.extend(forward.replaced);
            dropping.extend(forward.dropping);
            let mut ways: BTreeMap<WayId, Values> = BTreeMap::new();
            for (way, values) in forward.ways {
                let joined = ways.entry(way).or_default();
                *joined = join(joined.take(), Some(values));
            }
            for (way, values) in ways {
                let Some(mut values) = values else { continue };
                let to = graph.ways[way].to;
                // Blocks that the way leaves end there.
                let inside = in_scope(graph, to);
                for (id, bits) in values.iter_mut().enumerate() {
                    if inside.contains(&id) {
                        continue;
                    }
                    if *bits & SET != 0 && is_observed(graph, id) {
                        dropping.insert(way);
                    }
                    *bits = UNSET;
                }
                let joined = join(states[to].clone(), Some(values.clone()));
                taken.insert(way, (at, values));
                if joined != states[to] {
                    states[to] = joined;
                    ahead.push(to);
                }
            }
        }
        Flow { states, taken, split, replaced, dropping }
    }

    fn list(&mut self, graph: &Graph, list: ListId, mut values: Values) -> Values {
        // Whether the way behind the end of a block ends it.
        let mut closing = false;
        for piece in &graph.lists[list].pieces {
            match (piece, &values) {
                (Piece::Close(scope), Some(values)) => {
                    closing |= graph.scopes[*scope].entries.iter().any(|entry| match entry {
                        Entry::Local(id) => values[*id] & SET != 0 && is_observed(graph, *id),
                        _ => false,
                    });
                }
                (Piece::Goto(way), Some(_)) if closing => {
                    self.dropping.insert(*way);
                }
                _ => closing = false,
            }
            values = match piece {
                Piece::Open(_) | Piece::Declared(_) | Piece::Unset(..) => values,
                Piece::Close(scope) => values.map(|mut values| {
                    for entry in &graph.scopes[*scope].entries {
                        if let Entry::Local(id) = entry {
                            values[*id] = UNSET;
                        }
                    }
                    values
                }),
                Piece::Stmt(_, event, number) => {
                    let before = values.clone();
                    let after = self.event(event, values);
                    if let (Some(before), Some(after)) = (before, &after) {
                        for (id, bits) in after.iter().enumerate() {
                            let both = |bits: u8| bits & (SET | UNSET) == SET | UNSET;
                            if !both(before[id]) && both(*bits) {
                                self.split.entry(id).or_default().insert(number.clone());
                            }
                        }
                    }
                    after
                }
                Piece::Branch(branch) => {
                    let values = self.event(&branch.head, values);
                    let mut out = match &branch.shape {
                        Shape::LetElse(_, assigned) => self.event(assigned, values.clone()),
                        _ => None,
                    };
                    for arm in &branch.arms {
                        let inside = self.event(&arm.enter, values.clone());
                        let end = self.list(graph, arm.list, inside);
                        out = join(out, end);
                    }
                    out
                }
                Piece::Goto(way) => {
                    self.take(*way, values);
                    None
                }
                Piece::Suspend(way, _, event) => {
                    let values = self.event(event, values);
                    self.take(*way, values);
                    None
                }
                Piece::Return(_, event) => {
                    self.event(event, values);
                    None
                }
            };
        }
        values
    }

    fn take(&mut self, way: usize, values: Values) {
        if let Some(values) = values {
            self.ways.push((way, values));
        }
    }

    fn event(&mut self, event: &Event, values: Values) -> Values {
        let mut set = values?;
        match event {
            Event::Use(id, how) => {
                if let Some(bits) = set.get_mut(*id) {
                    match how {
                        How::Read => {}
                        How::Move => *bits = UNSET,
                        How::Part => *bits |= PART,
                        How::Apart => *bits = UNSET | APART,
                        How::Assign => {
                            if *bits & SET != 0 {
                                self.replaced.insert(*id);
                            }
                            *bits = SET;
                        }
                    }
                }
                Some(set)
            }
            Event::Way(way) => {
                self.ways.push((*way, set));
                None
            }
            Event::Leave => None,
            Event::Seq(all) => all.iter().try_fold(set, |set, e| self.event(e, Some(set))),
            Event::One(all) => {
                all.iter().fold(None, |out, e| join(out, self.event(e, Some(set.clone()))))
            }
            Event::Block { id, body } => {
                self.breaks.insert(*id, None);
                let end = self.event(body, Some(set));
                join(end, self.breaks.remove(id).flatten())
            }
            Event::Loop { id, ends, body } => {
                let mut head = Some(set);
                loop {
                    self.breaks.insert(*id, None);
                    self.again.insert(*id, None);
                    let end = self.event(body, head.clone());
                    let again = join(end, self.again.remove(id).flatten());
                    let next = join(head.clone(), again);
                    if next == head {
                        break;
                    }
                    head = next;
                }
                let out = self.breaks.remove(id).flatten();
                if *ends { join(out, head) } else { out }
            }
            Event::Break(id) => {
                let before = self.breaks.remove(id).flatten();
                self.breaks.insert(*id, join(before, Some(set)));
                None
            }
            Event::Continue(id) => {
                let before = self.again.remove(id).flatten();
                self.again.insert(*id, join(before, Some(set)));
                None
            }
        }
    }
}

struct Backward {
    states: Vec<Live>,
    /// What is live behind a block or loop of code without awaits, and where it begins again.
    behind: HashMap<usize, Live>,
    again: HashMap<usize, Live>,
}

fn or(mut a: Live, b: &Live) -> Live {
    a.iter_mut().zip(b).for_each(|(a, b)| *a |= *b);
    a
}

/// Nothing that is declared in a block is used before it opens.
fn outside(graph: &Graph, scope: ScopeId, live: &mut Live) {
    for entry in &graph.scopes[scope].entries {
        if let Entry::Local(id) = entry {
            live[*id] = false;
        }
    }
}

impl Backward {
    /// What is used behind the beginning of each state.
    fn run(graph: &Graph) -> Vec<Live> {
        let none = vec![false; graph.locals.len()];
        let mut backward = Self {
            states: vec![none.clone(); graph.states.len()],
            behind: HashMap::new(),
            again: HashMap::new(),
        };
        loop {
            let mut changed = false;
            for at in (0..graph.states.len()).rev() {
                let live = backward.list(graph, graph.states[at].list, none.clone());
                changed |= live != backward.states[at];
                backward.states[at] = live;
            }
            if !changed {
                return backward.states;
            }
        }
    }

    fn list(&mut self, graph: &Graph, list: ListId, mut live: Live) -> Live {
        let none = vec![false; graph.locals.len()];
        for piece in graph.lists[list].pieces.iter().rev() {
            live = match piece {
                // What is in a block has no value before it, in the next turn of a loop either.
                Piece::Open(scope) => {
                    outside(graph, *scope, &mut live);
                    live
                }
                Piece::Close(_) | Piece::Declared(_) | Piece::Unset(..) => live,
                Piece::Stmt(_, event, _) => self.event(graph, event, live),
                Piece::Branch(branch) => {
                    let mut all = match &branch.shape {
                        Shape::LetElse(_, assigned) => self.event(graph, assigned, live.clone()),
                        _ => none.clone(),
                    };
                    for arm in &branch.arms {
                        let inside = self.list(graph, arm.list, live.clone());
                        let enter = self.event(graph, &arm.enter, inside);
                        all = or(all, &enter);
                    }
                    let mut before = self.event(graph, &branch.head, all);
                    // A later condition of a chain uses what an earlier one has bound.
                    for arm in &branch.arms {
                        if let Some(Piece::Open(scope)) = graph.lists[arm.list].pieces.first() {
                            outside(graph, *scope, &mut before);
                        }
                    }
                    before
                }
                Piece::Goto(way) => self.states[graph.ways[*way].to].clone(),
                Piece::Suspend(way, _, event) => {
                    let behind = self.states[graph.ways[*way].to].clone();
                    self.event(graph, event, behind)
                }
                Piece::Return(_, event) => self.event(graph, event, none.clone()),
            };
        }
        live
    }

    fn event(&mut self, graph: &Graph, event: &Event, mut live: Live) -> Live {
        match event {
            Event::Use(id, How::Assign) => {
                live[*id] = false;
                live
            }
            Event::Use(id, _) => {
                live[*id] = true;
                live
            }
            Event::Way(way) => self.states[graph.ways[*way].to].clone(),
            Event::Leave => vec![false; live.len()],
            Event::Seq(all) => all.iter().rev().fold(live, |live, e| self.event(graph, e, live)),
            Event::One(all) => {
                let none = vec![false; live.len()];
                all.iter().fold(none, |out, e| or(out, &self.event(graph, e, live.clone())))
            }
            Event::Block { id, body } => {
                self.behind.insert(*id, live.clone());
                self.event(graph, body, live)
            }
            Event::Loop { id, ends, body } => {
                self.behind.insert(*id, live.clone());
                let mut head = if *ends { live.clone() } else { vec![false; live.len()] };
                loop {
                    self.again.insert(*id, head.clone());
                    let next = or(self.event(graph, body, head.clone()), &head);
                    if next == head {
                        return head;
                    }
                    head = next;
                }
            }
            Event::Break(id) => self.behind.get(id).cloned().unwrap_or(live),
            Event::Continue(id) => self.again.get(id).cloned().unwrap_or(live),
        }
    }
}
