//! Statements: one maker for each construct.

use super::{Generator, Target};
use crate::{
    construct::Construct as C,
    tree::{Mode, Node, Part, Sort, Ty, awaits, parts},
};

/// What a statement is made of if no construct is wanted.
const ORDINARY: [C; 23] = [
    C::AwaitArgument,
    C::AwaitOperand,
    C::AwaitCompound,
    C::TuplePattern,
    C::Shadowing,
    C::NestedBlock,
    C::IfLet,
    C::AwaitCondition,
    C::AwaitScrutinee,
    C::While,
    C::ForRange,
    C::ForVec,
    C::GuardBlockEnd,
    C::GuardDropped,
    C::GuardMoved,
    C::QuestionInside,
    C::ExitInOperand,
    C::AwaitVec,
    C::OperandAssign,
    C::LateInit,
    C::ReadType,
    C::AwaitMacro,
    // Not in operands: it uses a macro of the user's own.
    C::CapturedFormat,
];

fn two() -> Ty {
    Ty::Two(Box::new(Ty::Int), Box::new(Ty::Int))
}

fn list() -> Ty {
    Ty::Vec(Box::new(Ty::Int))
}

impl Generator {
    pub(super) fn any_statement(&mut self) -> Node {
        self.room -= 1;
        if self.depth > 0 && self.room <= 0 {
            return self.note();
        }
        if self.operand {
            let construct = *self.random.pick(&ORDINARY[..ORDINARY.len() - 1]);
            return self.make(construct);
        }
        if self.random.chance(3) {
            return self.user_macro();
        }
        let wanted = !self.wanted.is_empty() && self.random.chance(60) || self.room <= 0;
        let construct = match self.wanted.len() {
            0 => *self.random.pick(&ORDINARY),
            count if wanted => {
                let at = self.random.below(count);
                self.wanted.swap_remove(at)
            }
            _ => *self.random.pick(&ORDINARY),
        };
        self.make(construct)
    }

    /// Some statements.
    fn some(&mut self, most: usize) -> Vec<Part> {
        let count = 1 + self.random.below(most);
        let mut all: Vec<Part> = Vec::new();
        for _ in 0..count {
            let node = if self.room > 0 { self.any_statement() } else { self.note() };
            all.push(node.into());
        }
        all
    }

    /// A line in the log.
    pub(super) fn note(&mut self) -> Node {
        let number = self.number();
        // Nothing is kept here, so a number needs no suffix.
        let value = if self.random.chance(25) {
            Node::value(&Ty::Int, parts![self.random.below(12).to_string()])
        } else {
            self.leaf()
        };
        Node::statement(parts![format!("e({number}, "), value, ");\n"])
    }

    /// A strict macro of the user's own. The macro does not look into it, so its value has a type.
    fn user_macro(&mut self) -> Node {
        let (a, b) = self.opaque(|g| (g.int(1), g.int(1)));
        self.bind(&Ty::Int, Node::value(&Ty::Int, parts!["both!(", a, ", ", b, ")"]))
    }

    /// A name for a local: often one that is used already.
    fn fresh(&mut self) -> String {
        let pool = ["x", "y", "n", "v", "a"];
        if self.random.chance(10) {
            return (*self.random.pick(&pool)).to_owned();
        }
        let stem = *self.random.pick(&pool[..4]);
        self.name(stem)
    }

    /// `let name: Ty = value;`
    pub(super) fn bind(&mut self, ty: &Ty, value: Node) -> Node {
        let mutable = self.random.chance(60);
        let name = self.fresh();
        self.declare(&name, ty, mutable);
        let word = if mutable { "let mut " } else { "let " };
        Node::statement(parts![format!("{word}{name}: {} = ", ty.text()), value, ";\n"])
    }

    pub(super) fn bind_with(&mut self, ty: &Ty, value: Node, uses: &[C]) -> Node {
        self.bind(ty, value).with(uses)
    }

    /// A guard as a local.
    pub(super) fn bind_guard(&mut self, mutable: bool) -> (String, Node) {
        let name = self.name("g");
        let value = self.value(&Ty::Guard, 1);
        self.declare(&name, &Ty::Guard, mutable);
        let word = if mutable { "let mut " } else { "let " };
        (name.clone(), Node::statement(parts![format!("{word}{name}: Guard = "), value, ";\n"]))
    }

    /// Something that awaits, as a statement.
    pub(super) fn pause(&mut self) -> Node {
        if !self.awaits {
            return self.note();
        }
        if self.random.chance(50) {
            return Node::statement([awaits(parts!["B::schedule()"]), parts![";\n"]].concat());
        }
        let call = self.op(1);
        Node::statement(parts![call, ";\n"])
    }

    /// Statements and a value in braces, with what a pattern has bound. What has no type there
    /// gets one if the body awaits, as the macro asks for.
    pub(super) fn arm(
        &mut self,
        bound: &[(&str, Ty)],
        tail: Option<&Ty>,
        statements: usize,
    ) -> Node {
        if statements < 2 && self.random.chance(15) {
            return self.quiet_arm(bound, tail);
        }
        self.zone(|g| {
            let mut all = parts!["{\n"];
            for (name, ty) in bound {
                g.declare(name, ty, false);
                let typed = format!("let {name}: {} = {name};\n", ty.text());
                all.push(if !g.dares(C::Untyped) {
                    typed.into()
                } else {
                    let typed = Node::new(Sort::Fixed, parts![typed]);
                    Node::new(Sort::Fixed, Vec::new()).or(typed).into()
                });
            }
            if statements > 0 {
                all.extend(g.some(statements));
            }
            if let Some(ty) = tail {
                all.push(g.value(ty, 1).into());
            }
            all.push("\n}".into());
            Node::new(Sort::Fixed, all)
        })
    }

    /// An arm that does not await, so what a pattern has bound needs no type.
    pub(super) fn quiet_arm(&mut self, bound: &[(&str, Ty)], tail: Option<&Ty>) -> Node {
        self.zone(|g| {
            bound.iter().for_each(|(name, ty)| g.declare(name, ty, false));
            let mut all = parts!["{\n", g.note()];
            if let Some(ty) = tail {
                all.push(g.quietly(|g| g.value(ty, 1)).into());
            }
            all.push("\n}".into());
            Node::new(Sort::Fixed, all)
        })
    }

    fn label(&mut self) -> String {
        self.name("'l")
    }

    /// A loop's body in braces.
    pub(super) fn body(
        &mut self,
        label: Option<&str>,
        value: Option<&Ty>,
        first: Vec<Part>,
        bound: &[(&str, Ty)],
    ) -> Node {
        let target =
            Target { label: label.map(str::to_owned), is_loop: true, value: value.cloned() };
        self.zone(|g| {
            g.target(target, |g| {
                let mut all = parts!["{\n"];
                all.extend(first);
                for (name, ty) in bound {
                    g.declare(name, ty, false);
                }
                all.extend(g.some(3));
                if g.random.chance(40)
                    && let Some((exit, _)) = g.exit()
                {
                    let condition = g.rare();
                    let exit = parts!["if ", condition, " { ", exit, "; }\n"];
                    all.push(Node::statement(exit).into());
                }
                all.push("}".into());
                Node::new(Sort::Fixed, all)
            })
        })
    }

    /// The label of a loop and what stands in front of it.
    fn labelled(&mut self, percent: usize) -> (Option<String>, String) {
        if self.random.chance(percent) {
            let label = self.label();
            let text = format!("{label}: ");
            return (Some(label), text);
        }
        (None, String::new())
    }

    #[allow(clippy::too_many_lines)]
    fn make(&mut self, c: C) -> Node {
        let used = [c];
        let uses = &used[..];
        match c {
            C::TuplePattern => {
                let (x, y) = (self.fresh(), self.fresh());
                let (x, y) = if x == y { (x, self.name("y")) } else { (x, y) };
                let value = if self.random.chance(50) {
                    self.awaited("two", &two(), 2)
                } else {
                    let (p, q) = (self.int(2), self.int(2));
                    Node::value(&two(), parts!["(", p, ", ", q, ")"])
                };
                self.declare(&x, &Ty::Int, false);
                self.declare(&y, &Ty::Int, false);
                let text = format!("let ({x}, {y}): (i64, i64) = ");
                Node::statement(parts![text, value, ";\n"]).with(uses)
            }
            C::StructPattern => {
                let value = self.value(&Ty::Pair, 2).scrutinee();
                let (x, y) = (self.name("x"), self.name("y"));
                if self.random.chance(50) {
                    self.declare(&x, &Ty::Int, false);
                    let text = format!("let Pair {{ a: {x}, .. }} = ");
                    let typed = format!(";\nlet {x}: i64 = {x};\n");
                    return Node::statement(parts![text, value, typed]).with(uses);
                }
                let first = self.arm(&[(&x, Ty::Int)], Some(&Ty::Int), 1);
                let second = self.arm(&[(&x, Ty::Int), (&y, Ty::Int)], Some(&Ty::Int), 1);
                let list = parts![
                    "match ",
                    value,
                    format!(" {{\nPair {{ b: 1, a: {x} }} => "),
                    first,
                    format!(",\nPair {{ a: {x}, b: {y} }} => "),
                    second,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::EnumPattern => {
                let value = self.shape(2).scrutinee();
                let dot = self.arm(&[], Some(&Ty::Int), 1);
                let line = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 2);
                let area = self.arm(&[("w", Ty::Int), ("h", Ty::Int)], Some(&Ty::Int), 1);
                let list = parts![
                    "match ",
                    value,
                    " {\nShape::Dot => ",
                    dot,
                    ",\nShape::Line(n) => ",
                    line,
                    ",\nShape::Area { w, h } => ",
                    area,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::RefPattern => {
                // A reference is used up before the next await.
                let name = self.name("p");
                let value = self.value(&Ty::Pair, 1);
                self.declare(&name, &Ty::Pair, false);
                let first = format!("let {name}: Pair = ");
                let x = self.name("x");
                let list = match self.random.below(3) {
                    0 => format!(
                        ";\nlet {x}: i64 = {{ let Pair {{ ref a, b }} = {name}; *a ^ b }};\n"
                    ),
                    1 => format!(
                        ";\nlet {x}: i64 = match &{name} {{ Pair {{ a, b }} => a.wrapping_add(*b) }};\n"
                    ),
                    _ => format!(
                        ";\nlet {x}: i64 = match Some(&{name}.a) {{ Some(&n) => n, None => 0 }};\n"
                    ),
                };
                self.declare(&x, &Ty::Int, false);
                Node::statement(parts![first, value, list]).with(uses)
            }
            C::AtPattern => {
                let value = self.int(2);
                let small = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 1);
                let other = self.arm(&[("m", Ty::Int)], Some(&Ty::Int), 1);
                let list = parts![
                    "match ",
                    value,
                    " {\nn @ 1..=9 => ",
                    small,
                    ",\nm @ _ => ",
                    other,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::OrPattern => {
                let value = self.shape(2).scrutinee();
                let both = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 1);
                let other = self.arm(&[], Some(&Ty::Int), 0);
                let list = parts![
                    "match ",
                    value,
                    " {\nShape::Line(n) | Shape::Area { w: n, h: 0 | 1 | LIMIT_OF_SHAPES } => ",
                    both,
                    ",\n_ => ",
                    other,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::NestedPattern => {
                let (option, shape) = (self.option(&Ty::Int, 1), self.shape(1));
                let first = self.arm(&[("n", Ty::Int), ("w", Ty::Int)], Some(&Ty::Int), 1);
                let second = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 1);
                let other = self.arm(&[], Some(&Ty::Int), 0);
                let list = parts![
                    "match (",
                    option,
                    ", ",
                    shape,
                    ") {\n(Some(n @ 0..), Shape::Area { w, .. }) => ",
                    first,
                    ",\n(None, Shape::Line(n)) | (Some(n), Shape::Dot) => ",
                    second,
                    ",\n(Some(_) | None, _) => ",
                    other,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::LetElse => {
                let Some(exit) = self.zone(|g| g.exit()) else { return self.note() };
                let (value, x) = (self.option(&Ty::Int, 2), self.name("x"));
                let before = self.zone(|g| if g.random.chance(40) { g.pause() } else { g.note() });
                self.declare(&x, &Ty::Int, false);
                let list = parts![
                    format!("let Some({x}) = "),
                    value,
                    " else {\n",
                    before,
                    exit.0,
                    format!(";\n}};\nlet {x}: i64 = {x};\n")
                ];
                Node::statement(list).with(uses)
            }
            C::Shadowing => {
                let Some(name) = self.readable(&Ty::Int) else { return self.note() };
                let first = self.int(2);
                let (word, mutable) =
                    if self.random.chance(40) { ("let mut ", true) } else { ("let ", false) };
                let list = match self.random.below(3) {
                    0 => {
                        self.declare(&name, &Ty::Int, mutable);
                        let then = self.pause();
                        parts![format!("{word}{name}: i64 = {name} ^ "), first, ";\n", then]
                    }
                    1 => {
                        self.declare(&name, &Ty::Text, false);
                        let then = self.pause();
                        parts![format!("let {name}: String = format!(\"{{{name}}}\");\n"), then]
                    }
                    _ => {
                        let inner = self.scope(|g| {
                            g.declare(&name, &Ty::Int, true);
                            g.some(2)
                        });
                        let mut list = parts![format!("{{\nlet mut {name}: i64 = "), first, ";\n"];
                        list.extend(inner);
                        list.push("}\n".into());
                        list
                    }
                };
                Node::statement(list).with(uses)
            }
            C::NestedBlock => {
                let ty = if self.random.chance(60) { Some(Ty::Int) } else { None };
                let inner = self.scope(|g| {
                    let mut all = parts!["{\n"];
                    if g.random.chance(60) {
                        all.push(g.bind_guard(false).1.into());
                    }
                    all.extend(g.some(3));
                    if let Some(ty) = &ty {
                        all.push(g.value(ty, 2).into());
                    }
                    all.push("\n}".into());
                    all
                });
                match ty {
                    Some(ty) => {
                        let value = Node::value(&ty, inner);
                        self.bind_with(&ty, value, uses)
                    }
                    None => {
                        let mut inner = inner;
                        inner.push("\n".into());
                        Node::statement(inner).with(uses)
                    }
                }
            }
            C::InnerFn | C::InnerConst | C::InnerUse | C::InnerMacro | C::InnerStruct => {
                self.inner_item(c)
            }
            C::CfgStatement => {
                let absent = self.random.chance(60);
                let locals = self.locals.clone();
                let wanted = std::mem::take(&mut self.wanted);
                let statement = if self.random.chance(50) {
                    let value = self.int(2);
                    let writable = self.writable(&Ty::Int);
                    match writable {
                        Some(name) => {
                            Node::statement(parts![format!("{{ {name} = "), value, "; }\n"])
                        }
                        None => Node::statement(parts!["e(77, ", value, ");\n"]),
                    }
                } else {
                    self.pause()
                };
                self.wanted = wanted;
                self.locals = locals;
                let word = if absent { "#[cfg(any())]\n" } else { "#[cfg(all())]\n" };
                Node::statement(parts![word, statement]).with(uses)
            }
            C::CfgArm => {
                let value = self.int(2);
                let (first, second) =
                    (self.arm(&[], Some(&Ty::Int), 1), self.arm(&[], Some(&Ty::Int), 1));
                let words = if self.random.chance(50) {
                    ("#[cfg(any())]\n", "#[cfg(all())]\n")
                } else {
                    ("#[cfg(all())]\n", "#[cfg(any())]\n")
                };
                let list = parts![
                    "match ",
                    value,
                    format!(" {{\n{}1..=40 => ", words.0),
                    first,
                    format!(",\n{}2.. => ", words.1),
                    second,
                    ",\n_ => 5,\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::CfgField => {
                let (a, b, other) = (self.int(2), self.int(2), self.int(2));
                let list = if self.random.chance(50) {
                    parts![
                        "Pair { a: ",
                        a,
                        ",\n#[cfg(any())] b: ",
                        other,
                        ",\n#[cfg(all())] b: ",
                        b,
                        " }"
                    ]
                } else {
                    parts!["Pair { #[cfg(any())] a: ", other, ",\nb: ", b, ",\na: ", a, " }"]
                };
                let value = Node::value(&Ty::Pair, list);
                self.bind_with(&Ty::Pair, value, uses)
            }
            C::IfLet => {
                let value = self.option(&Ty::Int, 2).scrutinee();
                let then = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 2);
                let other = self.arm(&[], Some(&Ty::Int), 1);
                let list = parts!["if let Some(n) = ", value, " ", then, " else ", other];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::LetChain => {
                let (value, condition) = (self.option(&Ty::Int, 2), self.boolean(0));
                let then = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 1);
                let other = self.arm(&[], Some(&Ty::Int), 1);
                let list = if self.random.chance(50) {
                    parts![
                        "if ",
                        condition,
                        " && let Some(n) = ",
                        value,
                        " && n != 4 ",
                        then,
                        " else ",
                        other
                    ]
                } else {
                    parts![
                        "if let Some(n) = ",
                        value,
                        " && ",
                        condition,
                        " ",
                        then,
                        " else ",
                        other
                    ]
                };
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::MatchGuard => {
                let value = self.option(&Ty::Int, 2).scrutinee();
                let condition = self.closed(|g| g.boolean(1));
                let some = self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 2);
                let none = self.arm(&[], Some(&Ty::Int), 0);
                let other = self.arm(&[], Some(&Ty::Int), 1);
                let list = parts![
                    "match ",
                    value,
                    " {\nSome(n) if n > 3 || ",
                    condition,
                    " => ",
                    some,
                    ",\nNone if e(5, true) => ",
                    none,
                    ",\n_ => ",
                    other,
                    ",\n}"
                ];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::LabelledLoop => {
                let label = self.label();
                let counter = self.name("i");
                let first = parts![format!("{counter} += 1;\nif {counter} > 3 {{ break; }}\n")];
                let body = self.body(Some(&label), None, first, &[(&counter, Ty::Int)]);
                let text = format!("let mut {counter}: i64 = 0;\n{label}: loop ");
                Node::statement(parts![text, body, "\n"]).with(uses)
            }
            C::LoopValue => {
                let (label, text) = self.labelled(60);
                let counter = self.name("i");
                let last = self.leaf();
                let first =
                    parts![format!("{counter} += 1;\nif {counter} > 3 {{ break "), last, "; }\n"];
                let body =
                    self.body(label.as_deref(), Some(&Ty::Int), first, &[(&counter, Ty::Int)]);
                let before = format!("let mut {counter}: i64 = 0;\n");
                let value = Node::value(&Ty::Int, parts![format!("{text}loop "), body]);
                let bind = self.bind(&Ty::Int, value);
                Node::statement(parts![before, bind]).with(uses)
            }
            C::LabelledBlock => {
                let label = self.label();
                let target =
                    Target { label: Some(label.clone()), is_loop: false, value: Some(Ty::Int) };
                let inner = self.zone(|g| {
                    g.target(target, |g| {
                        let mut all = parts![format!("{label}: {{\n")];
                        all.extend(g.some(2));
                        let (condition, value) = (g.boolean(1), g.zone(|g| g.int(2)));
                        all.push(
                            Node::statement(parts![
                                "if ",
                                condition,
                                format!(" {{ break {label} "),
                                value,
                                "; }\n"
                            ])
                            .into(),
                        );
                        all.push(g.int(1).into());
                        all.push("\n}".into());
                        all
                    })
                });
                let value = Node::value(&Ty::Int, inner);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::While => {
                let (label, text) = self.labelled(40);
                let left = self.name("left");
                let first = parts![format!("{left} -= 1;\n")];
                let condition = if self.random.chance(40) {
                    let c = self.zone(|g| g.boolean(1));
                    parts![format!("{left} > 0 && !"), c]
                } else {
                    parts![format!("{left} > 0")]
                };
                let body = self.body(label.as_deref(), None, first, &[(&left, Ty::Int)]);
                let mut list = parts![format!("let mut {left}: i64 = 3;\n{text}while ")];
                list.extend(condition);
                list.extend(parts![" ", body, "\n"]);
                Node::statement(list).with(uses)
            }
            C::WhileLet => {
                let (label, text) = self.labelled(40);
                let (left, x) = (self.name("left"), self.name("x"));
                let (condition, first) = match self.random.below(2) {
                    0 => (
                        format!("while let Some({x}) = {left}.pop() "),
                        parts![format!("let {x}: i64 = {x};\n")],
                    ),
                    _ => (
                        format!("while let {x} @ 1.. = {left}.len() as i64 "),
                        parts![format!("let {x}: i64 = {x};\n{left}.pop();\n")],
                    ),
                };
                let value = self.vec(&Ty::Int, 1);
                let body = self.body(label.as_deref(), None, first, &[(&x, Ty::Int)]);
                let before = format!("let mut {left}: Vec<i64> = ");
                let then = format!(";\n{text}{condition}");
                Node::statement(parts![before, value, then, body, "\n"]).with(uses)
            }
            C::ForRange => {
                if self.random.chance(25) {
                    let (start, value) = (self.name("s"), self.op(1));
                    self.declare(&start, &Ty::Int, false);
                    let body = self.for_loop(parts![format!("{start}..{start} + 2")], true);
                    let first = format!("let {start}: i64 = ");
                    let list = parts![first, value, ".rem_euclid(3i64);\n", body];
                    return Node::statement(list).with(uses);
                }
                let head = match self.random.below(4) {
                    0 => parts!["0..=2i64"],
                    1 => parts!["0..", self.receiver(), ".rem_euclid(4i64)"],
                    2 => parts!["0i64..", self.op(1), ".rem_euclid(3i64)"],
                    _ => parts!["0..3i64"],
                };
                self.for_loop(head, true).with(uses)
            }
            C::UntypedHead => {
                let head = match self.random.below(2) {
                    0 => parts!["(0..3i64).rev()"],
                    _ => {
                        let (start, end) = (self.op(1), self.name("s"));
                        let tail = format!(" % 3; {end}..{end} + 2 }}");
                        parts![format!("{{ let {end}: i64 = "), start, tail]
                    }
                };
                self.for_loop(head, true).with(uses)
            }
            C::ForVec => {
                let known = self.readable(&list());
                match (self.random.below(3), known) {
                    (0, Some(name)) => {
                        self.for_loop(parts![format!("{name}.clone()")], false).with(uses)
                    }
                    (1, _) => {
                        let head = if self.awaits && self.random.chance(50) {
                            parts![self.awaited("list", &list(), 2)]
                        } else {
                            parts!["vec![", self.receiver(), ", ", self.int(1), "]"]
                        };
                        self.for_loop(head, false).with(uses)
                    }
                    _ => {
                        let (name, value) = (self.name("items"), self.vec(&Ty::Int, 2));
                        let body = self.for_loop(parts![name.clone()], false);
                        let list = parts![format!("let {name}: Vec<i64> = "), value, ";\n", body];
                        Node::statement(list).with(uses)
                    }
                }
            }
            C::ForArray => {
                let (label, text) = self.labelled(30);
                let (x, name) = (self.name("i"), self.name("items"));
                let value = self.value(&Ty::Array, 2);
                let body = self.body(label.as_deref(), None, parts![], &[(&x, Ty::Int)]);
                let list = parts![
                    format!("let {name}: [i64; 3] = "),
                    value,
                    format!(";\n{text}for {x} in {name} "),
                    body,
                    "\n"
                ];
                Node::statement(list).with(uses)
            }
            C::QuestionInside => {
                if !self.exits {
                    return self.note();
                }
                let (left, inner) = (self.int(1), self.int(1));
                let last = self.op(1);
                let list = parts![left, " ^ i64::wrapping_sub(fails(", inner, ")?, ", last, ")"];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::ExitInArgument => {
                let exit = self.exit_operand(1);
                let number = self.number();
                let first = self.leaf();
                let value = match self.random.below(3) {
                    0 => Node::value(&Ty::Int, awaits(parts!["op(", exit, ")"])),
                    1 => Node::value(&Ty::Int, parts![format!("e({number}, "), exit, ")"]),
                    _ => Node::value(
                        &Ty::Int,
                        awaits(parts!["op(i64::wrapping_mul(", first, ", ", exit, "))"]),
                    ),
                };
                let value = if self.awaits { value } else { self.leaf() };
                self.bind_with(&Ty::Int, value, uses)
            }
            C::ExitInOperand => {
                let (left, exit) = (self.op(1), self.exit_operand(2));
                let value = Node::value(&Ty::Int, parts![left, " + ", exit]);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::ExitInCondition => {
                let (left, exit) = (self.op(1), self.exit_operand(1));
                let then = self.arm(&[], None, 1);
                let list = parts!["if ", left, " > ", exit, " ", then, "\n"];
                Node::statement(list).with(uses)
            }
            C::ExitInMacro => {
                let (left, exit) = (self.op(1), self.frozen(|g| g.exit_operand(1)));
                let list = match self.random.below(3) {
                    0 => {
                        let name = self.name("s");
                        self.declare(&name, &Ty::Text, false);
                        let text = format!("let {name}: String = format!(\"{{}} {{}}\", ");
                        parts![text, left, ", ", exit, ");\n"]
                    }
                    1 => parts!["assert!(", exit, " != i64::MIN);\n"],
                    _ => parts!["e(3, vec![", exit, ", ", left, "]);\n"],
                };
                Node::statement(list).with(uses)
            }
            C::AwaitArgument => {
                let number = self.number();
                let (x, y) = (self.int(1), self.op(2));
                let value = match self.random.below(3) {
                    0 => Node::value(&Ty::Int, parts![format!("e({number}, "), y, ")"]),
                    1 => Node::value(&Ty::Int, parts!["i64::wrapping_sub(", x, ", ", y, ")"]),
                    _ => self.op(3),
                };
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitReceiver => {
                let value = match self.random.below(3) {
                    0 => parts![self.op(2), ".wrapping_mul(", self.int(1), ")"],
                    1 => parts!["(", self.awaited("list", &list(), 2), ".len() as i64)"],
                    _ => parts![self.awaited("pair", &Ty::Pair, 2), ".sum(", self.int(1), ")"],
                };
                let value = Node::value(&Ty::Int, value);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitMethodArgument => {
                let argument = self.frozen(|g| g.op(2));
                let value = match self.readable(&Ty::Pair) {
                    Some(name) => parts![format!("{name}.sum("), argument, ")"],
                    None => parts![self.receiver(), ".wrapping_add(", argument, ")"],
                };
                let value = Node::value(&Ty::Int, value);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitOperand => {
                let operator = *self.random.pick(&["+", "-", "*", "^"]);
                let (left, right) = (self.int(1), self.op(2));
                let third = self.int(1);
                let list = match self.random.below(3) {
                    0 => parts![left, format!(" {operator} "), right],
                    1 => parts![right, format!(" {operator} "), left],
                    _ => parts![left, format!(" {operator} "), right, " ^ ", third],
                };
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitComparison => {
                let (left, right) = (self.int(1), self.op(1));
                let value = Node::value(&Ty::Bool, parts!["(", left, ") < ", right]);
                self.bind_with(&Ty::Bool, value, uses)
            }
            C::AwaitCompound => {
                let Some(name) = self.writable(&Ty::Int) else { return self.pause() };
                let operator = *self.random.pick(&["+=", "-=", "^=", "*="]);
                let value = self.op(2);
                if let Some(pair) = self.writable(&Ty::Pair)
                    && self.random.chance(30)
                {
                    let list = parts![format!("{pair}.a {operator} "), value, ";\n"];
                    return Node::statement(list).with(uses);
                }
                Node::statement(parts![format!("{name} {operator} "), value, ";\n"]).with(uses)
            }
            C::AwaitIndex => {
                let name = self.name("items");
                let (items, index) = (self.vec(&Ty::Int, 1), self.op(1));
                let right = self.op(1);
                let set = self.random.chance(30);
                let before = parts![format!("let mut {name}: Vec<i64> = "), items, ";\n"];
                self.declare(&name, &list(), true);
                let index = parts!["i64::unsigned_abs(", index, ") as usize % 2"];
                let tail = if set {
                    let at = self.name("at");
                    let first = [parts![format!("let {at}: usize = ")], index].concat();
                    [first, parts![format!(";\n{name}[{at}] += "), right, ";\n"]].concat()
                } else {
                    let index = [parts![format!("{name}[")], index, parts!["]"]].concat();
                    let value = Node::value(&Ty::Int, index);
                    parts![self.bind(&Ty::Int, value)]
                };
                Node::statement([before, tail].concat()).with(uses)
            }
            C::LentIndex => {
                let (name, flat) = (self.name("rows"), self.name("items"));
                let index = if self.random.chance(30) { self.op(1) } else { self.int(1) };
                let value = self.op(2);
                let index = parts!["i64::unsigned_abs(", index, ") as usize % 2"];
                let place = [parts![format!("{name}[")], index, parts!["]"]].concat();
                let (rows, call) = match self.random.below(3) {
                    0 => {
                        let row = parts!["i64::unsigned_abs(", value, ") as usize % 2"];
                        let swap = [place, parts![".swap(0, "], row, parts![");\n"]].concat();
                        ("Vec<[i64; 2]> = vec![[1, 2], [3, 4]]", swap)
                    }
                    1 => {
                        let push = [place, parts![".push(", value, ");\n"]].concat();
                        ("Vec<Vec<i64>> = vec![vec![5], vec![]]", push)
                    }
                    _ => {
                        let lent = [parts!["::std::mem::swap(&mut "], place].concat();
                        let swap = [lent, parts![", &mut vec![", value, "]);\n"]].concat();
                        ("Vec<Vec<i64>> = vec![vec![6], vec![7]]", swap)
                    }
                };
                let first = parts![format!("let mut {name}: {rows};\n")];
                let last = parts![format!("let {flat}: Vec<i64> = {name}.concat();\n")];
                self.declare(&flat, &list(), false);
                Node::statement([first, call, last].concat()).with(uses)
            }
            C::AwaitInPlace => {
                if !self.awaits {
                    return self.note();
                }
                let (name, at) = (self.name("items"), self.name("at"));
                let (items, index, right) = (self.vec(&Ty::Int, 1), self.op(1), self.op(1));
                let index = parts!["i64::unsigned_abs(", index, ") as usize % 2"];
                self.declare(&name, &list(), true);
                let first = parts![format!("let mut {name}: Vec<i64> = "), items, ";\n"];
                let place = [parts![format!("{name}[")], index.clone()].concat();
                let place = [place, parts!["] += ", right.clone(), ";\n"]].concat();
                let bound = [parts![format!("let {at}: usize = ")], index].concat();
                let then = parts![format!(";\n{name}[{at}] += "), right, ";\n"];
                let bound = Node::statement([bound, then].concat());
                let place = Node::statement(place).with(uses).or(bound);
                Node::statement([first, parts![place]].concat())
            }
            C::AwaitScrutinee => {
                let value = self.op(2);
                let (first, other) = (
                    self.arm(&[], Some(&Ty::Int), 1),
                    self.arm(&[("n", Ty::Int)], Some(&Ty::Int), 1),
                );
                let list =
                    parts!["match ", value, " {\n1 | 4 | 10 => ", first, ",\nn => ", other, ",\n}"];
                let value = Node::value(&Ty::Int, list);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitCondition => {
                let condition = match self.random.below(2) {
                    0 => self.awaited("flag", &Ty::Bool, 2),
                    _ => {
                        let (left, right) = (self.op(1), self.leaf());
                        Node::value(&Ty::Bool, parts![left, " > ", right])
                    }
                };
                let then = self.arm(&[], None, 2);
                let mut list = parts!["if ", condition, " ", then];
                if self.random.chance(60) {
                    let second = self.zone(|g| g.awaited("flag", &Ty::Bool, 1));
                    let (middle, other) = (self.arm(&[], None, 1), self.arm(&[], None, 1));
                    list.extend(parts![" else if ", second, " ", middle, " else ", other]);
                }
                list.push("\n".into());
                Node::statement(list).with(uses)
            }
            C::AwaitStruct => {
                let (a, b) = (self.int(1), self.op(1));
                let list = if self.random.chance(50) {
                    parts!["Pair { a: ", a, ", b: ", b, " }"]
                } else {
                    parts!["Pair { b: ", b, ", a: ", a, " }"]
                };
                let value = Node::value(&Ty::Pair, list);
                self.bind_with(&Ty::Pair, value, uses)
            }
            C::AwaitTuple => {
                let (a, b) = (self.int(1), self.op(1));
                let value = Node::value(&two(), parts!["(", a, ", ", b, ")"]);
                self.bind_with(&two(), value, uses)
            }
            C::AwaitArray => {
                let (a, b, c) = (self.int(1), self.op(1), self.int(1));
                let value = Node::value(&Ty::Array, parts!["[", a, ", ", b, ", ", c, "]"]);
                self.bind_with(&Ty::Array, value, uses)
            }
            C::AwaitVec => {
                let (a, b) = (self.int(1), self.op(1));
                let value = Node::value(&list(), parts!["vec![", a, ", ", b, "]"]);
                self.bind_with(&list(), value, uses)
            }
            C::AwaitFormat => {
                let (a, b) = self.frozen(|g| (g.int(1), g.op(1)));
                let value = match self.random.below(8) {
                    0 | 1 => parts!["format!(\"{x} {}\", ", a, ", x = ", b, ")"],
                    2 => parts!["format!(\"{} {}\", ", a, ", ", b, " as u8)"],
                    3 => parts!["format!(\"{} {}\", ", b, " == 4, ", self.leaf(), ")"],
                    4 => parts!["format!(\"{} {}\", ", a, ", -", b, " % 3 < 1)"],
                    // The guard goes behind the later argument.
                    5 if self.awaits => {
                        let number = self.number();
                        let made = awaits(parts!["make(", self.leaf(), ")"]);
                        let late = format!("e({number}i64, ");
                        let list = [parts!["format!(\"{} {}\", touch(&"], made].concat();
                        [list, parts!["), ", late, self.leaf(), "))"]].concat()
                    }
                    _ => parts!["format!(\"{} {:>3}\", ", a, ", ", b, ")"],
                };
                let value = Node::value(&Ty::Text, value);
                self.bind_with(&Ty::Text, value, uses)
            }
            C::AwaitMacro => {
                let (a, b) = self.frozen(|g| (g.int(1), g.op(1)));
                match self.random.below(7) {
                    0 => {
                        let list = parts!["assert_ne!(", a, ", ", b, ".wrapping_add(i64::MAX));\n"];
                        Node::statement(list).with(uses)
                    }
                    5 => {
                        let list = parts!["assert_ne!(", a, " as u8 as i64, ", b, " % 7 - 9);\n"];
                        Node::statement(list).with(uses)
                    }
                    // The guard goes at the end of the statement.
                    6 if self.awaits => {
                        let number = self.number();
                        let made = awaits(parts!["make(", self.leaf(), ")"]);
                        let list = [parts!["assert_ne!(touch(&"], made].concat();
                        let late = format!(") as i128, e({number}i64, ");
                        let end = parts![late, self.leaf(), ") as i128 + (1 << 65));\n"];
                        Node::statement([list, end].concat()).with(uses)
                    }
                    1 => {
                        // The message is evaluated if the condition does not hold: no await there.
                        let a = self.opaque(|g| g.int(1));
                        let list = parts!["assert!(", b, " != i64::MIN, \"{}\", ", a, ");\n"];
                        Node::statement(list).with(uses)
                    }
                    2 => {
                        let list = parts!["matches!(", b, ", 4 | 7 | 10..)"];
                        self.bind_with(&Ty::Bool, Node::value(&Ty::Bool, list), uses)
                    }
                    3 => {
                        let (text, name) = (self.name("s"), self.name("done"));
                        self.declare(&text, &Ty::Text, true);
                        self.declare(&name, &Ty::Bool, false);
                        let first = format!("let mut {text}: String = String::new();\n");
                        let write = format!(
                            "let {name}: bool = {{ use std::fmt::Write as _; write!({text}, \"{{}} {{}}\", "
                        );
                        let list = parts![first, write, a, ", ", b, ").is_ok() };\n"];
                        Node::statement(list).with(uses)
                    }
                    _ => {
                        let list = parts!["i64::abs_diff(vec![", a, ", ", b, "][1], 3) as i64"];
                        self.bind_with(&Ty::Int, Node::value(&Ty::Int, list), uses)
                    }
                }
            }
            C::AwaitUserMacro => {
                if !self.awaits {
                    return self.note();
                }
                let (a, b) = self.frozen(|g| (g.int(1), g.op(1)));
                let (first, second) = (self.name("x"), self.name("y"));
                let list = parts!["say!(\"{} {}\", ", a.clone(), ", ", b.clone(), ")"];
                let bound = parts![
                    format!("({{ let {first}: i64 = "),
                    a,
                    format!("; let {second}: i64 = "),
                    b,
                    format!("; say!(\"{{}} {{}}\", {first}, {second}) }})")
                ];
                let value = Node::value(&Ty::Int, list).or(Node::value(&Ty::Int, bound));
                self.bind_with(&Ty::Int, value, uses)
            }
            C::AwaitReturn => {
                if !self.exits {
                    return self.pause();
                }
                let (condition, returns) = (self.rare(), self.returns.clone());
                let value = self.zone(|g| match &returns {
                    Ty::Int => g.op(2),
                    Ty::Text => g.awaited("text", &Ty::Text, 2),
                    ty => {
                        let (first, second) = (g.op(1), g.awaited("text", &Ty::Text, 1));
                        Node::value(ty, parts!["(", first, ", ", second, ")"])
                    }
                });
                let list = match self.random.below(2) {
                    0 => parts!["if ", condition, " { return Ok(done(", value, ")); }\n"],
                    _ => parts!["if ", condition, " { return Ok(", value, "); }\n"],
                };
                Node::statement(list).with(uses)
            }
            C::MacroCondition => {
                let value = self.option_awaited();
                let then = self.arm(&[], None, 1);
                let list = match self.random.below(2) {
                    0 => parts!["if matches!(", value, ", Some(n) if n > 2) ", then, "\n"],
                    _ => {
                        let (a, b) = self.frozen(|g| (g.leaf(), g.op(1)));
                        parts!["if format!(\"{} {}\", ", a, ", ", b, ").len() > 4 ", then, "\n"]
                    }
                };
                Node::statement(list).with(uses)
            }
            C::LazyMacro => self.lazy_macro(),
            C::ShortCircuit => {
                let value = self.short_circuit(1, true);
                if self.random.chance(40) {
                    let then = self.arm(&[], None, 1);
                    return Node::statement(parts!["if ", value, " ", then, "\n"]).with(uses);
                }
                self.bind_with(&Ty::Bool, value, uses)
            }
            C::OperandAssign => {
                let Some(name) = self.writable(&Ty::Int) else { return self.pause() };
                let change = self.operand_assign(1);
                let value = awaits(parts!["op(", change, ")"]);
                let value = if self.awaits { value } else { parts![self.leaf()] };
                let operator = *self.random.pick(&["^", "+", "-"]);
                let value = [parts![format!("{name} {operator} ")], value].concat();
                let value = match self.random.below(3) {
                    0 => {
                        let (last, ty) = (self.leaf(), two());
                        let value = Node::value(
                            &ty,
                            [parts!["("], value, parts![", ", last, ")"]].concat(),
                        );
                        return self.bind_with(&ty, value, uses);
                    }
                    1 => [parts!["e(4, "], value, parts![")"]].concat(),
                    _ => value,
                };
                let value = Node::value(&Ty::Int, value);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::Closure => self.closure(),
            C::GuardBlockEnd
            | C::GuardDropped
            | C::GuardMoved
            | C::GuardReassigned
            | C::GuardShadowed
            | C::GuardConditional
            | C::GuardInTuple
            | C::GuardInOption
            | C::GuardInVec
            | C::GuardScrutinee
            | C::GuardForHead
            | C::GuardTemporary
            | C::GuardPanics
            | C::TemporaryKept => self.guards(c),
            C::LateInit => {
                let name = self.name("late");
                let list = match self.random.below(4) {
                    0 => {
                        let value = self.op(2);
                        parts![format!("let {name}: i64;\n{name} = "), value, ";\n"]
                    }
                    1 => {
                        let (before, value) = (self.pause(), self.int(2));
                        parts![
                            format!("let {name}: i64;\n"),
                            before,
                            format!("{name} = "),
                            value,
                            ";\n"
                        ]
                    }
                    2 => {
                        let number = self.number();
                        let (before, after) = (self.pause(), self.pause());
                        self.declare(&name, &Ty::Guard, false);
                        return Node::statement(parts![
                            format!("let {name}: Guard;\n"),
                            before,
                            format!("{name} = guard({number});\n"),
                            after
                        ])
                        .with(uses);
                    }
                    _ => {
                        let condition = self.boolean(1);
                        let (x, y) = (self.zone(|g| g.op(1)), self.zone(|g| g.int(1)));
                        parts![
                            format!("let {name}: i64;\nif "),
                            condition,
                            format!(" {{ {name} = "),
                            x,
                            format!("; }} else {{ {name} = "),
                            y,
                            "; }\n"
                        ]
                    }
                };
                self.declare(&name, &Ty::Int, false);
                Node::statement(list).with(uses)
            }
            C::Turbofish => {
                if !self.awaits {
                    return self.note();
                }
                let (argument, x) = (self.int(1), self.name("x"));
                let value = awaits(parts!["same_of::<B, i64>(", argument, ")"]);
                self.declare(&x, &Ty::Int, true);
                Node::statement(
                    [parts![format!("let mut {x}: i64 = ")], value, parts![";\n"]].concat(),
                )
                .with(uses)
            }
            // The signature of a function has these; what is left is a call.
            C::Generic | C::Recursion | C::GuardArgument | C::PartLeft => self.generic_call(),
            C::CapturedFormat if self.random.chance(30) => {
                let (w, name) = (self.name("w"), self.name("s"));
                let x = self.receiver();
                let (width, pause) = (3 + self.random.below(6), self.pause());
                let x = x.text(Mode::Plain);
                let format = match self.random.below(4) {
                    0 => format!("{{:>{w}$}}|\", {x}"),
                    1 => format!("{{:+{w}$}}\", {x}"),
                    2 => format!("{{0:<{w}$}}{{0:#x}}\", {x}"),
                    _ => format!("{{a:>{w}$}}{{{w}:?}}\", a = {x}"),
                };
                self.declare(&name, &Ty::Text, false);
                Node::statement(parts![
                    format!("let {w}: usize = {width};\n"),
                    pause,
                    format!("let {name}: String = format!(\"{format});\n")
                ])
                .with(uses)
            }
            C::CapturedFormat => {
                let value = self.captured();
                let first = self.bind_with(&Ty::Text, value, uses);
                let pause = self.pause();
                if let Some(name) = self.readable(&Ty::Int) {
                    let list = parts![first, pause, format!("say!(\"{{{name}}}\");\n")];
                    return Node::statement(list);
                }
                Node::statement(parts![first, pause])
            }
            C::UntypedOperand => {
                let (other, right) = (2 + self.random.below(7), self.op(1));
                let condition = self.rare();
                let left = parts!["if ", condition, format!(" {{ 1 }} else {{ {other} }}")];
                let left = Node::value(&Ty::Int, left).bracketed();
                let value = Node::value(&Ty::Int, parts![left, " ^ ", right]);
                self.bind_with(&Ty::Int, value, uses)
            }
            C::ReadType => {
                let name = self.name("r");
                let value = match self.random.below(6) {
                    0 => parts![self.op(1)],
                    1 => parts![self.receiver(), " ^ ", self.op(1)],
                    2 => parts![self.receiver(), ".wrapping_mul(", self.int(1), ")"],
                    3 => parts!["(", self.int(1), ") as i64"],
                    4 => parts!["i64::from(", self.int(1), ")"],
                    _ => parts![format!("{}i64", self.random.below(12))],
                };
                let pause = self.pause();
                self.declare(&name, &Ty::Int, true);
                let first = [parts![format!("let mut {name} = ")], value, parts![";\n"]].concat();
                let then = parts![pause, format!("{name} ^= 1i64;\n")];
                Node::statement([first, then].concat()).with(uses)
            }
            C::Untyped => {
                let (name, value) = (self.name("u"), self.int(1));
                let value = match self.random.below(4) {
                    0 => parts!["i64::wrapping_mul(", value, ", 3)"],
                    1 => parts![value],
                    2 => parts!["i64::signum(", value, ")"],
                    _ => parts![self.op(1)],
                };
                let pause = self.pause();
                self.declare(&name, &Ty::Int, true);
                let typed =
                    [parts![format!("let mut {name}: i64 = ")], value.clone(), parts![";\n"]]
                        .concat();
                let bare = [parts![format!("let mut {name} = ")], value, parts![";\n"]].concat();
                let bare = Node::statement(bare).with(uses).or(Node::statement(typed));
                Node::statement(parts![bare, pause, format!("{name} ^= 1i64;\n")])
            }
        }
    }

    /// A loop over something that may have to be a local first.
    pub(super) fn for_loop(&mut self, head: Vec<Part>, range: bool) -> Node {
        let (label, text) = self.labelled(30);
        let (x, items) = (self.name("i"), self.name("items"));
        let body = self.body(label.as_deref(), None, parts![], &[(&x, Ty::Int)]);
        let mut list = parts![format!("{text}for {x} in ")];
        list.extend(head.clone());
        list.extend(parts![" ", body.clone(), "\n"]);
        let mut first = parts![format!("let {items}: Vec<i64> = (")];
        first.extend(head);
        let tail = if range { ").collect();\n" } else { ");\n" };
        first.extend(parts![tail, format!("{text}for {x} in {items} "), body, "\n"]);
        Node::statement(list).or(Node::statement(first))
    }

    /// Macros that evaluate an argument only sometimes.
    fn lazy_macro(&mut self) -> Node {
        let uses = [C::LazyMacro];
        let pause = self.pause();
        let condition = self.opaque(|g| g.frozen(|g| g.boolean(1)));
        let list = match self.random.below(8) {
            0 | 1 => match self.quietly(|g| g.zone(Self::exit)) {
                Some((exit, _)) => {
                    let advised = Node::statement(parts![
                        "if !",
                        condition.clone(),
                        " { ",
                        exit.clone(),
                        "; }\n"
                    ]);
                    let list = parts!["ensure!(", condition, ", ", exit, ");\n"];
                    let node = Node::statement(list).with(&uses).or(advised);
                    return Node::statement(parts![pause, node]);
                }
                None => return pause,
            },
            2 | 3 => {
                let (number, value) = (self.number(), self.leaf());
                parts!["ensure!(", condition, format!(", {{ e({number}, "), value, "); });\n"]
            }
            4 if self.exits => {
                let value = self.leaf();
                parts!["assert!(1 < 2 || ", condition, ", \"{}\", fails(", value, ")?);\n"]
            }
            _ => {
                let text = self.closed(|g| g.int(1));
                parts!["assert!(1 < 2 || ", condition, ", \"{}\", ", text, ");\n"]
            }
        };
        Node::statement(parts![pause, Node::statement(list).with(&uses)])
    }

    fn option_awaited(&mut self) -> Node {
        self.awaited("maybe", &Ty::Option(Box::new(Ty::Int)), 1)
    }

    fn generic_call(&mut self) -> Node {
        if self.generic && self.awaits {
            let name = self.name("t");
            let turbofish = if self.random.chance(50) { "same_of::<B, T>" } else { "same" };
            let value = awaits(parts![format!("{turbofish}(t.clone())")]);
            self.declare(&name, &Ty::Parameter, false);
            return Node::statement(
                [parts![format!("let {name}: T = ")], value, parts![";\n"]].concat(),
            );
        }
        let value = self.op(2);
        self.bind(&Ty::Int, value)
    }

    fn inner_item(&mut self, c: C) -> Node {
        let number = 2 + self.random.below(7);
        let (item, read) = match c {
            C::InnerFn => (format!("fn price() -> i64 {{ {number} }}\n"), "price()"),
            C::InnerConst => (format!("const RATE: i64 = {number};\n"), "RATE"),
            C::InnerUse => {
                let what = *self.random.pick(&["*", "{price, RATE}", "{RATE, price as cost}"]);
                let read = if what.contains("cost") { "cost() + RATE" } else { "price() + RATE" };
                (format!("use names::{what};\n"), read)
            }
            C::InnerMacro => {
                (format!("macro_rules! rate {{ () => {{ {number}i64 }} }}\n"), "rate!()")
            }
            _ => (
                format!(
                    "#[derive(Clone, Debug)]\nstruct Inner(i64);\nimpl Inner {{ fn get(&self) -> i64 {{ self.0 * {number} }} }}\n"
                ),
                "Inner(3).get()",
            ),
        };
        let (x, pause) = (self.name("x"), self.pause());
        let inner = self.scope(|g| {
            g.declare(&x, &Ty::Int, false);
            g.some(1)
        });
        let line = format!("let {x}: i64 = {read};\n");
        let mut list = parts!["{\n"];
        let late = self.random.chance(30);
        if !late || c == C::InnerMacro {
            list.push(item.clone().into());
        }
        list.push(pause.into());
        list.push(line.into());
        list.push(format!("say!(\"{{{x}}}\");\n").into());
        list.extend(inner);
        if late && c != C::InnerMacro {
            list.push(item.clone().into());
        }
        list.push("}\ne(6, price() + RATE);\n".into());
        if matches!(c, C::InnerFn | C::InnerConst) && self.random.chance(25) {
            let other = item.replace(&format!(" {number}"), " 11");
            let again = parts!["{\n", other, self.pause(), format!("e(8, {read});\n}}\n")];
            list.push(Node::statement(again).into());
        }
        Node::statement(list).with(&[c])
    }

    fn closure(&mut self) -> Node {
        let name = self.name("f");
        let body = self.closed(|g| {
            g.declare("z", &Ty::Int, false);
            g.int(2)
        });
        let word = if self.random.chance(70) { "move " } else { "" };
        match self.random.below(3) {
            // Made, called and gone before the next await.
            0 => {
                let (argument, x) = (self.quietly(|g| g.frozen(|g| g.int(1))), self.name("x"));
                self.declare(&x, &Ty::Int, false);
                let pause = self.pause();
                Node::statement(parts![
                    format!("let {x}: i64 = {{ let {name} = {word}|z: i64| "),
                    body,
                    format!("; {name}("),
                    argument,
                    ") };\n",
                    pause
                ])
                .with(&[C::Closure])
            }
            // As an argument of a method.
            1 => {
                let x = self.name("x");
                let value = self.option_awaited();
                self.declare(&x, &Ty::Int, false);
                let list =
                    parts![format!("let {x}: i64 = "), value, ".map_or(0, |z: i64| ", body, ");\n"];
                Node::statement(list).with(&[C::Closure])
            }
            // Called behind an await of another statement: made anew there.
            _ => {
                let (x, pause) = (self.name("x"), self.pause());
                let (before, after) = (self.leaf(), self.leaf());
                self.declare(&x, &Ty::Int, false);
                let list = parts![
                    format!("let {x}: i64 = {{ let {name} = {word}|z: i64| "),
                    body.clone(),
                    format!("; {name}("),
                    before,
                    ") };\n",
                    pause,
                    format!("let {x}: i64 = {{ let {name} = {word}|z: i64| "),
                    body,
                    format!("; {x} ^ {name}("),
                    after,
                    ") };\n"
                ];
                Node::statement(list).with(&[C::Closure])
            }
        }
    }
}
