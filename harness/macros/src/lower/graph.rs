//! What the lowering makes of a body: states with code, and the ways between them.
//!
//! A state is a list of pieces, each a piece of Rust. Only control flow that awaits is taken
//! apart, into branches whose arms are lists of their own and into ways to other states.

use proc_macro2::TokenStream;
use syn::{Expr, Ident, Pat, Stmt, Type};

pub type LocalId = usize;
pub type ScopeId = usize;
pub type ListId = usize;
pub type StateId = usize;
pub type WayId = usize;
/// The number of a statement, below those that it stands in and that are taken apart.
pub type Number = Vec<usize>;

/// A local of the function that is in scope at an await, an argument among them.
pub struct Local {
    /// Its name in the frame form: the author's, or a fresh one if it hides another local.
    pub name: Ident,
    pub ty: Option<Type>,
    /// Another name of its type, where items of the body would hide it.
    pub alias_of_type: Option<Type>,
    /// Code with the type of the value, which is never run, where the type is not known.
    pub like: Option<Expr>,
    pub mutable: bool,
    pub ending: Ending,
    /// `&place`: made again after an await instead of kept.
    pub alias: Option<Expr>,
    /// The type that the author gives an alias, into which the borrow may be coerced.
    pub annotation: Option<Type>,
    /// It is declared without a value.
    pub late: bool,
    pub origin: Origin,
    /// Whether rustc has to confirm that its type has no destructor, and why.
    pub confirmed: Option<Confirmed>,
    /// Patterns take it apart before an await: rustc is asked what they leave of it.
    pub asked: bool,
}

/// Why the type of a local must have no destructor.
#[derive(Clone, Copy, PartialEq)]
pub enum Confirmed {
    /// It is not written.
    Untyped,
    /// A part of the local is moved away before an await.
    Part,
    /// The local is moved away on one way to an await and not on another.
    Moved,
}

/// Where a local comes from, which decides what the author is told if its type is not known.
#[derive(Clone, Copy, PartialEq)]
pub enum Origin {
    Name,
    /// With a type that it may have.
    BareNumber(&'static str),
    Closure,
    /// A literal.
    Text,
    Pattern,
    /// What a loop goes over.
    Item,
    BorrowedItem,
    Borrow,
    Temporary,
    Iterator,
}

/// What the end of a local does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// Nothing.
    Nothing,
    /// It frees memory, which nothing can observe: it may happen early.
    Silent,
    /// It may do anything: it happens at the end of the scope.
    Observed,
    /// The type is not known.
    Unknown,
}

/// A block of the source.
#[derive(Default)]
pub struct Scope {
    /// What it declares, in order.
    pub entries: Vec<Entry>,
    /// Its braces, at the second of which its locals end.
    pub braces: Option<syn::token::Brace>,
}

pub enum Entry {
    Local(LocalId),
    /// An item, which is seen in the whole block.
    Item(Stmt),
    /// A `macro_rules!`, which is seen behind it.
    Rules(Stmt),
}

/// Code in the order of execution.
#[derive(Default)]
pub struct List {
    pub pieces: Vec<Piece>,
}

pub enum Piece {
    Open(ScopeId),
    Close(ScopeId),
    /// Code without awaits, what it does, and its number.
    Stmt(Stmt, Event, Number),
    /// `let x;`, in states that use it.
    Unset(Vec<LocalId>, Stmt),
    /// A place to confirm that a local without a written type has no destructor.
    Declared(LocalId),
    Branch(Branch),
    Goto(WayId),
    /// The operation begins, and the frame goes on in another state.
    Suspend(WayId, Expr, Event),
    Return(Expr, Event),
}

/// Control flow some of whose arms await.
pub struct Branch {
    pub shape: Shape,
    /// What the condition or the scrutinee does.
    pub head: Event,
    pub arms: Vec<Arm>,
}

pub enum Shape {
    /// `if head { arm 0 } else { arm 1 }`.
    If(Expr),
    Match(Expr, Vec<(TokenStream, Pat, Option<Expr>)>),
    /// `let .. else { arm 0 }`; the way behind it goes on.
    LetElse(Box<syn::Local>, Event),
}

pub struct Arm {
    /// What the pattern and the guard do.
    pub enter: Event,
    pub list: ListId,
}

/// A way from one state to another.
pub struct Way {
    pub to: StateId,
    /// Whether code without awaits, which has locals of its own, may be left on it.
    pub from_within: bool,
}

pub struct State {
    pub list: ListId,
    /// Whether it is entered after an await.
    pub waits: bool,
    /// The scopes that are open where it begins, outermost first.
    pub open: Vec<ScopeId>,
    /// How many entries of each open scope lie before it.
    pub before: Vec<usize>,
}

/// What code does with the locals, as far as the frame has to know.
#[derive(Clone, Debug)]
pub enum Event {
    Use(LocalId, How),
    /// Takes a way; nothing is behind it.
    Way(WayId),
    /// Leaves the function; nothing is behind it.
    Leave,
    Seq(Vec<Event>),
    /// One of these happens.
    One(Vec<Event>),
    /// Repeats its body; ends at its head too if `ends`.
    Loop {
        id: usize,
        ends: bool,
        body: Box<Event>,
    },
    /// A block that can be left by `Break`.
    Block {
        id: usize,
        body: Box<Event>,
    },
    Break(usize),
    Continue(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    Read,
    /// It is moved away, unless its type can be copied.
    Move,
    /// A part of it is moved away.
    Part,
    /// A pattern takes it apart. Nothing is left that has a destructor: rustc is asked.
    Apart,
    /// It gets a value.
    Assign,
}

impl Event {
    pub fn nothing() -> Self {
        Self::Seq(Vec::new())
    }
}

/// The lowered body.
pub struct Graph {
    pub locals: Vec<Local>,
    pub scopes: Vec<Scope>,
    pub lists: Vec<List>,
    pub states: Vec<State>,
    pub ways: Vec<Way>,
    /// Calls of other tasklets, with nothing in their arguments but types.
    pub callees: Vec<Callee>,
}

impl Graph {
    /// Leads ways to states that only go on to another state to that one.
    pub fn shorten(&mut self) {
        for way in 0..self.ways.len() {
            // A loop that does nothing goes on for ever, this does not.
            for _ in 0..self.states.len() {
                match self.passes_to(self.ways[way].to) {
                    Some(to) => self.ways[way].to = to,
                    None => break,
                }
            }
        }
    }

    fn passes_to(&self, state: StateId) -> Option<StateId> {
        let pieces = &self.lists[self.states[state].list].pieces;
        let mut pieces = pieces.iter().filter(|p| !matches!(p, Piece::Open(_) | Piece::Close(_)));
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Goto(way)), None) => Some(self.ways[*way].to),
            _ => None,
        }
    }
}

pub struct Callee {
    pub role: Role,
    /// Code of the type of its call, or of what makes the call, that is never run.
    pub shape: Expr,
}

/// How a tasklet is put to use.
pub enum Role {
    Awaited,
    Spawned,
    /// It produces values of this type for a generator.
    Producer(Box<Type>),
}
