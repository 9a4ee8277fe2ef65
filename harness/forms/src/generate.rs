//! From a seed to a function.
//!
//! The generator knows the type of every expression and follows the locals: which ones are in
//! scope, set, moved away. So nearly all functions are valid Rust; rustc is asked about each as a
//! plain function, and what it refuses is left out.

mod expressions;
mod guards;
mod statements;

use std::collections::BTreeSet;

use crate::{
    construct::Construct,
    random::Random,
    tree::{Mode, Node, Part, Place, Sort, Ty, parts},
};

/// A generated function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The seed it is made from.
    pub seed: u64,
    /// Whether it has the type parameter `T`.
    generic: bool,
    /// Parameters: patterns and types.
    parameters: Vec<String>,
    /// What each is called with.
    arguments: Vec<String>,
    /// What it returns inside the `Result`.
    returns: Ty,
    /// Constructs of the signature.
    signature: Vec<Construct>,
    /// The statements of the body.
    pub body: Node,
}

/// Constructs that a function is asked to have: seeds that follow each other take them in turn.
fn wanted(seed: u64) -> Vec<Construct> {
    let count = Construct::ALL.len() as u64;
    let of = |k: u64| {
        let turn = seed.wrapping_mul(WANTED).wrapping_add(k);
        // Each round of the deck is in another order, so that others meet.
        let (round, place) = (turn / count, turn % count);
        let mut deck: Vec<Construct> = Construct::ALL.to_vec();
        let mut random = Random::new(round);
        for at in (1..deck.len()).rev() {
            deck.swap(at, random.below(at + 1));
        }
        usize::try_from(place).ok().and_then(|place| deck.get(place).copied())
    };
    (0..WANTED).filter_map(of).collect()
}

/// Constructs that each function is asked to have; others come by chance.
const WANTED: u64 = 5;

/// One function in so many has one of the constructs that the macro refuses by design.
const REFUSED: usize = 40;

/// Stands for the name of the function in its own body.
const OWN_NAME: &str = "this_function";

impl Function {
    /// The function of a seed.
    pub fn new(seed: u64) -> Self {
        Generator::new(seed).function()
    }

    /// All constructs in it.
    pub fn constructs(&self) -> BTreeSet<Construct> {
        let mut all = self.body.constructs();
        all.extend(&self.signature);
        all
    }

    /// Writes it under a name.
    pub fn print(&self, name: &str, mode: Mode, out: &mut String) -> Vec<Place> {
        let generics = if self.generic { "<B: Backend, T: Message>" } else { "<B: Backend>" };
        if mode == Mode::Forms {
            out.push_str("#[tasklet]\n");
        }
        let asynchronous = if mode == Mode::Forms { "async " } else { "" };
        let (parameters, returns) = (self.parameters.join(", "), self.returns.text());
        out.push_str(&format!(
            "pub {asynchronous}fn {name}{generics}({parameters}) -> Result<{returns}, Error> {{\n"
        ));
        let mut body = String::new();
        let mut places = Vec::new();
        self.body.print(mode, &mut body, &mut places);
        debug_assert!(name.len() <= OWN_NAME.len());
        // Names of equal length, so that places stay right.
        let own = format!("{name:width$}", width = OWN_NAME.len());
        let body = body.replace(OWN_NAME, &own);
        for place in &mut places {
            place.begin += out.len();
            place.end += out.len();
        }
        out.push_str(&body);
        out.push_str("}\n");
        places
    }

    /// Its entry in the list of a batch.
    pub fn entry(&self, name: &str, number: usize) -> String {
        let types = if self.generic { "Pair" } else { "" };
        format!(
            "switchback_forms::entry!({number}, {name} [{types}] ({}))",
            self.arguments.join(", ")
        )
    }
}

#[derive(Clone, Debug)]
struct Local {
    name: String,
    ty: Ty,
    mutable: bool,
    /// It has a value now.
    set: bool,
    /// The straight piece of code that it was declared in: only there it can be moved.
    zone: usize,
}

/// What a `break` or `continue` can leave.
#[derive(Clone, Debug)]
struct Target {
    label: Option<String>,
    /// A loop; else a block.
    is_loop: bool,
    /// What it breaks with.
    value: Option<Ty>,
}

struct Generator {
    random: Random,
    seed: u64,
    locals: Vec<Local>,
    targets: Vec<Target>,
    zone: usize,
    zones: usize,
    names: usize,
    numbers: i64,
    /// What is still to come into the function.
    wanted: Vec<Construct>,
    /// Statements that may still be made.
    room: isize,
    /// Awaits may stand here.
    awaits: bool,
    /// `return`, `?` and `break` may stand here.
    exits: bool,
    /// Locals are borrowed or read by name around here, so nothing is changed.
    frozen: bool,
    returns: Ty,
    generic: bool,
    /// Depth that is left, if the function calls itself.
    recursion: Option<String>,
    depth: usize,
    /// Inside a block that is an operand. The macro may have to read its type off it, so no macro
    /// of the user's own stands in it.
    operand: bool,
    /// What it writes although the macro refuses it.
    refused: Option<Construct>,
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            seed,
            locals: Vec::new(),
            targets: Vec::new(),
            zone: 0,
            zones: 0,
            names: 0,
            numbers: 0,
            wanted: Vec::new(),
            room: 0,
            awaits: true,
            exits: true,
            frozen: false,
            returns: Ty::Int,
            generic: false,
            recursion: None,
            depth: 0,
            operand: false,
            refused: None,
        }
    }

    fn function(mut self) -> Function {
        self.wanted = wanted(self.seed);
        let refused = self.random.below(REFUSED * Construct::REFUSED.len());
        self.refused = Construct::REFUSED.get(refused).copied();
        self.wanted.extend(self.refused);
        self.room = 4 + isize::try_from(self.random.below(7)).unwrap_or(0);
        self.returns = match self.random.below(10) {
            0 => Ty::Text,
            1 => Ty::Two(Box::new(Ty::Int), Box::new(Ty::Text)),
            _ => Ty::Int,
        };
        let mut signature = Vec::new();
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        let mut body = Vec::new();
        if self.want(Construct::Recursion) {
            self.recursion = Some("depth".into());
            parameters.push("depth: i64".to_owned());
            arguments.push("2".to_owned());
        }
        for name in ["a", "b"] {
            let mutable = self.random.chance(60);
            parameters.push(format!("{}{name}: i64", if mutable { "mut " } else { "" }));
            arguments.push((3 + self.random.below(9)).to_string());
            self.declare(name, &Ty::Int, mutable);
        }
        if self.random.chance(6) {
            parameters.push("#[cfg(any())] gone: Gone, #[cfg(all())] here: i64".into());
            arguments.push("6".into());
            self.declare("here", &Ty::Int, false);
        }
        self.generic = self.want(Construct::Generic);
        if self.generic {
            signature.push(Construct::Generic);
            parameters.push("t: T".into());
            arguments.push("Pair { a: 4, b: 6 }".into());
            self.declare("t", &Ty::Parameter, false);
        }
        let left = self.refused == Some(Construct::PartLeft);
        if self.want(Construct::GuardArgument) || left {
            signature.push(Construct::GuardArgument);
            signature.extend(self.refused.filter(|_| left));
            self.guard_arguments(&mut parameters, &mut arguments);
        } else if self.random.chance(20) {
            parameters.push("list_in: Vec<i64>".into());
            arguments.push("vec![4, 7, 9]".into());
            self.declare("list_in", &Ty::Vec(Box::new(Ty::Int)), false);
        }
        if let Some(depth) = self.recursion.clone() {
            body.push(Part::Node(self.recursive(&depth, &arguments)));
        }
        while self.room > 0 || !self.wanted.is_empty() {
            body.push(Part::Node(self.any_statement()));
        }
        body.push(Part::Node(self.last()));
        Function {
            seed: self.seed,
            generic: self.generic,
            parameters,
            arguments,
            returns: self.returns.clone(),
            signature,
            body: Node::new(Sort::Fixed, body),
        }
    }

    /// Whether this function may have that construct, which the macro refuses by design.
    fn dares(&mut self, construct: Construct) -> bool {
        self.refused == Some(construct) && self.random.chance(60)
    }

    /// Whether that construct is to come into the function; then it is taken off the list.
    fn want(&mut self, construct: Construct) -> bool {
        let before = self.wanted.len();
        self.wanted.retain(|c| *c != construct);
        before != self.wanted.len()
    }

    fn guard_arguments(&mut self, parameters: &mut Vec<String>, arguments: &mut Vec<String>) {
        let number = 100 + self.random.below(9);
        let left = self.want(Construct::PartLeft);
        match if left { 2 } else { self.random.below(4) } {
            0 => {
                parameters.push("(p, g): (i64, Guard)".into());
                arguments.push(format!("(2, guard({number}))"));
                self.declare("p", &Ty::Int, false);
                self.declare("g", &Ty::Guard, false);
            }
            1 => {
                parameters.push("_: Guard".into());
                arguments.push(format!("guard({number})"));
            }
            2 => {
                let first = if left { "_" } else { "h" };
                parameters.push(format!("({first}, g): (Guard, Guard)"));
                arguments.push(format!("(guard({number}), guard({}))", number + 10));
                self.declare("g", &Ty::Guard, false);
            }
            _ => {
                parameters.push("_g: Guard".into());
                arguments.push(format!("guard({number})"));
            }
        }
        if self.random.chance(60) {
            let mutable = self.random.chance(40);
            parameters.push(format!("{}k: Guard", if mutable { "mut " } else { "" }));
            arguments.push(format!("guard({})", number + 20));
            self.declare("k", &Ty::Guard, mutable);
        }
    }

    /// `if depth > 0 { let below = this_function(depth - 1, ..).await?; .. }`
    fn recursive(&mut self, depth: &str, arguments: &[String]) -> Node {
        let name = self.name("below");
        let rest: Vec<String> = arguments[1..].to_vec();
        let generics: Vec<Part> = if self.generic {
            let plain = Part::Plain("::<B, T>");
            match self.random.chance(50) {
                true => parts!["::<B, T>"],
                false => vec![plain],
            }
        } else if self.random.chance(50) {
            parts!["::<B>"]
        } else {
            vec![Part::Plain("::<B>")]
        };
        // A generic argument is handed down.
        let rest: Vec<String> = rest
            .into_iter()
            .map(|a| if a.starts_with("Pair") && self.generic { "t.clone()".into() } else { a })
            .collect();
        let mut call = parts![OWN_NAME];
        call.extend(generics);
        call.push(format!("({})", [vec![format!("{depth} - 1")], rest].concat().join(", ")).into());
        let mut list = parts![format!("if {depth} > 0 {{\nlet {name}: {} = ", self.returns.text())];
        list.extend(crate::tree::awaits(call));
        list.push(format!(";\nsay!(\"below {{:?}}\", {name});\n}}\n").into());
        Node::statement(list).with(&[Construct::Recursion])
    }

    /// The result: of what is still there.
    fn last(&mut self) -> Node {
        let returns = self.returns.clone();
        let value = match &returns {
            Ty::Int => {
                let locals = self.all(|l| l.set && l.ty == Ty::Int);
                let mut sum = parts![];
                for name in locals.iter().take(4) {
                    sum.push(format!("{name} ^ ").into());
                }
                sum.push(self.value(&Ty::Int, 1).into());
                Node::value(&Ty::Int, sum)
            }
            ty => self.value(ty, 2),
        };
        Node::new(Sort::Fixed, parts!["Ok(done(", value, "))\n"])
    }

    // ---- locals

    fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    fn declare(&mut self, name: &str, ty: &Ty, mutable: bool) {
        let local =
            Local { name: name.into(), ty: ty.clone(), mutable, set: true, zone: self.zone };
        self.locals.push(local);
    }

    /// Names of the locals that can be seen and meet a condition, newest first.
    fn all(&self, wanted: impl Fn(&Local) -> bool) -> Vec<String> {
        let mut hidden = BTreeSet::new();
        let mut found = Vec::new();
        for local in self.locals.iter().rev() {
            if hidden.insert(&local.name) && wanted(local) {
                found.push(local.name.clone());
            }
        }
        found
    }

    fn one(&mut self, wanted: impl Fn(&Local) -> bool) -> Option<String> {
        let all = self.all(wanted);
        // Newer ones are more interesting.
        let first = self.random.chance(50);
        let at = if first { 0 } else { self.random.below(all.len()) };
        all.get(at).cloned()
    }

    fn readable(&mut self, ty: &Ty) -> Option<String> {
        self.one(|l| l.set && l.ty == *ty)
    }

    fn writable(&mut self, ty: &Ty) -> Option<String> {
        if self.frozen {
            return None;
        }
        self.one(|l| l.set && l.mutable && l.ty == *ty)
    }

    /// A local that can be moved away here; it is unset afterwards.
    fn movable(&mut self, ty: &Ty) -> Option<String> {
        if self.frozen {
            return None;
        }
        let zone = self.zone;
        let name = self.one(|l| l.set && l.ty == *ty && l.zone == zone)?;
        self.unset(&name);
        Some(name)
    }

    fn local_mut(&mut self, name: &str) -> Option<&mut Local> {
        self.locals.iter_mut().rev().find(|l| l.name == name)
    }

    fn unset(&mut self, name: &str) {
        if let Some(local) = self.local_mut(name) {
            local.set = false;
        }
    }

    fn number(&mut self) -> i64 {
        self.numbers += 1;
        self.numbers
    }

    // ---- regions

    /// A block's scope: its locals end with it.
    fn scope<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let (before, depth) = (self.locals.len(), self.depth);
        self.depth += 1;
        let made = make(self);
        self.locals.truncate(before);
        self.depth = depth;
        made
    }

    /// Code that may run not at all, or often: nothing from outside is moved in it.
    fn zone<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let zone = self.zone;
        self.zones += 1;
        self.zone = self.zones;
        let made = self.scope(make);
        self.zone = zone;
        made
    }

    /// Code of a closure or an inner function: no awaits, no exits.
    fn closed<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let (awaits, exits, frozen) = (self.awaits, self.exits, self.frozen);
        (self.awaits, self.exits, self.frozen) = (false, false, true);
        let made = self.zone(make);
        (self.awaits, self.exits, self.frozen) = (awaits, exits, frozen);
        made
    }

    /// Code around which locals are borrowed.
    fn frozen<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.frozen, true);
        let made = make(self);
        self.frozen = before;
        made
    }

    /// Arguments of a macro that is the user's own: no awaits, no exits.
    fn opaque<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.exits, false);
        let made = self.quietly(make);
        self.exits = before;
        made
    }

    fn quietly<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.awaits, false);
        let made = make(self);
        self.awaits = before;
        made
    }
}
