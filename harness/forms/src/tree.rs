//! Functions as trees of text.
//!
//! A node knows its sort and, if it is an expression, its type. That is all that the reducer needs
//! to take a statement out or to put another expression of the same type in its place; whether
//! the result is Rust, rustc decides.

use std::collections::BTreeSet;

use crate::construct::Construct;

/// Types of the expressions that are generated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ty {
    /// `i64`
    Int,
    /// `bool`
    Bool,
    /// `String`
    Text,
    /// `Guard`
    Guard,
    /// `Pair`
    Pair,
    /// `Shape`
    Shape,
    /// `Option<_>`
    Option(Box<Ty>),
    /// `Vec<_>`
    Vec(Box<Ty>),
    /// A tuple of two.
    Two(Box<Ty>, Box<Ty>),
    /// `[i64; 3]`
    Array,
    /// The type parameter `T`.
    Parameter,
    /// A closure from `i64` to `i64`.
    Closure,
}

impl Ty {
    /// As it is written.
    pub fn text(&self) -> String {
        match self {
            Self::Int => "i64".into(),
            Self::Bool => "bool".into(),
            Self::Text => "String".into(),
            Self::Guard => "Guard".into(),
            Self::Pair => "Pair".into(),
            Self::Shape => "Shape".into(),
            Self::Option(ty) => format!("Option<{}>", ty.text()),
            Self::Vec(ty) => format!("Vec<{}>", ty.text()),
            Self::Two(a, b) => format!("({}, {})", a.text(), b.text()),
            Self::Array => "[i64; 3]".into(),
            Self::Parameter => "T".into(),
            Self::Closure => "_".into(),
        }
    }

    /// Whether a use leaves the value where it was.
    pub fn is_copy(&self) -> bool {
        match self {
            Self::Int | Self::Bool | Self::Array => true,
            Self::Two(a, b) => a.is_copy() && b.is_copy(),
            Self::Option(ty) => ty.is_copy(),
            _ => false,
        }
    }

    /// The shortest value.
    pub fn simplest(&self) -> Option<String> {
        Some(match self {
            Self::Int => "1i64".into(),
            Self::Bool => "true".into(),
            Self::Text => "String::new()".into(),
            Self::Guard => "guard(9)".into(),
            Self::Pair => "Pair { a: 1, b: 2 }".into(),
            Self::Shape => "Shape::Dot".into(),
            Self::Option(ty) => format!("Some({})", ty.simplest()?),
            Self::Vec(ty) => format!("vec![{}]", ty.simplest()?),
            Self::Two(a, b) => format!("({}, {})", a.simplest()?, b.simplest()?),
            Self::Array => "[1i64, 2, 3]".into(),
            Self::Parameter | Self::Closure => return None,
        })
    }
}

/// What may stand in the place of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Sort {
    /// Nothing, or other statements.
    Statements,
    /// Another expression of that type.
    Expression(Ty),
    /// Nothing: a part that can be left out, as an arm or a chain of conditions.
    Optional,
    /// Only the same.
    Fixed,
}

/// A piece of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// In both.
    Text(String),
    /// In tasklets only.
    Forms(&'static str),
    /// In the plain function only.
    Plain(&'static str),
    /// A node of its own.
    Node(Node),
}

/// A piece of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What may stand here.
    pub sort: Sort,
    /// Constructs that this node adds.
    pub uses: Vec<Construct>,
    /// Its text.
    pub parts: Vec<Part>,
    /// The same in other words, as the macro advises when it refuses these.
    pub advised: Option<Box<Node>>,
}

/// Which module a function is printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Tasklets.
    Forms,
    /// Plain functions.
    Plain,
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Node> for Part {
    fn from(node: Node) -> Self {
        Self::Node(node)
    }
}

/// A list of parts.
macro_rules! parts {
    ($($part:expr),* $(,)?) => { vec![$($crate::tree::Part::from($part)),*] };
}
pub(crate) use parts;

/// `.await?`: the plain function has the question mark only.
pub fn awaits(mut parts: Vec<Part>) -> Vec<Part> {
    parts.push(Part::Forms(".await"));
    parts.push("?".into());
    parts
}

impl Node {
    /// A node without anything special.
    pub fn new(sort: Sort, parts: Vec<Part>) -> Self {
        Self { sort, uses: Vec::new(), parts, advised: None }
    }

    /// An expression.
    pub fn value(ty: &Ty, parts: Vec<Part>) -> Self {
        Self::new(Sort::Expression(ty.clone()), parts)
    }

    /// A statement, or some.
    pub fn statement(parts: Vec<Part>) -> Self {
        Self::new(Sort::Statements, parts)
    }

    /// Adds constructs.
    pub fn with(mut self, uses: &[Construct]) -> Self {
        self.uses.extend_from_slice(uses);
        self
    }

    /// The node in the words of the macro's advice.
    pub fn or(mut self, advised: Node) -> Self {
        self.advised = Some(Box::new(advised));
        self
    }

    /// The nodes directly in this one.
    pub fn children(&self) -> impl Iterator<Item = &Node> {
        self.parts.iter().filter_map(|part| match part {
            Part::Node(node) => Some(node),
            _ => None,
        })
    }

    /// The node at a path of child numbers.
    pub fn at(&self, path: &[usize]) -> Option<&Node> {
        match path.split_first() {
            None => Some(self),
            Some((first, rest)) => self.children().nth(*first)?.at(rest),
        }
    }

    /// As [`at`](Self::at), to be changed.
    pub fn at_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        match path.split_first() {
            None => Some(self),
            Some((first, rest)) => {
                let mut children = self.parts.iter_mut().filter_map(|part| match part {
                    Part::Node(node) => Some(node),
                    _ => None,
                });
                children.nth(*first)?.at_mut(rest)
            }
        }
    }

    /// Paths of all nodes, outer ones first.
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for (at, child) in self.children().enumerate() {
            all.extend(child.paths().into_iter().map(|path| [&[at], &path[..]].concat()));
        }
        all
    }

    /// All constructs in it.
    pub fn constructs(&self) -> BTreeSet<Construct> {
        let mut all: BTreeSet<Construct> = self.uses.iter().copied().collect();
        self.children().for_each(|child| all.extend(child.constructs()));
        all
    }

    /// Writes it, and where the text of each node stands.
    pub fn print(&self, mode: Mode, out: &mut String, places: &mut Vec<Place>) {
        self.print_at(mode, out, places, &mut Vec::new());
    }

    fn print_at(&self, mode: Mode, out: &mut String, places: &mut Vec<Place>, at: &mut Vec<usize>) {
        let begin = out.len();
        let mut child = 0;
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Forms(text) if mode == Mode::Forms => out.push_str(text),
                Part::Plain(text) if mode == Mode::Plain => out.push_str(text),
                Part::Forms(_) | Part::Plain(_) => {}
                Part::Node(node) => {
                    at.push(child);
                    node.print_at(mode, out, places, at);
                    at.pop();
                    child += 1;
                }
            }
        }
        places.push(Place { begin, end: out.len(), path: at.clone() });
    }

    /// Its text.
    pub fn text(&self, mode: Mode) -> String {
        let mut out = String::new();
        self.print(mode, &mut out, &mut Vec::new());
        out
    }
}

/// Where the text of a node stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// First byte.
    pub begin: usize,
    /// Byte behind the last.
    pub end: usize,
    /// The node.
    pub path: Vec<usize>,
}
