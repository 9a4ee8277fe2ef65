//! Statements with guards: values whose destructors are seen, held over awaits and ended in every way.

use super::Generator;
use crate::{
    construct::Construct as C,
    tree::{Node, Ty, awaits, parts},
};

impl Generator {
    #[allow(clippy::too_many_lines)]
    pub(super) fn guards(&mut self, c: C) -> Node {
        let used = [c];
        let uses = &used[..];
        match c {
            C::GuardBlockEnd => {
                if self.random.chance(40) {
                    let name = self.name("_g");
                    let (number, pause) = (self.number(), self.pause());
                    let word = format!("let {name}: Guard = guard({number});\n");
                    self.declare(&name, &Ty::Guard, false);
                    return Node::statement(parts![word, pause]).with(uses);
                }
                let ((_, first), (_, second)) = (self.bind_guard(false), self.bind_guard(false));
                let pause = self.pause();
                Node::statement(parts![first, second, pause]).with(uses)
            }
            C::GuardPanics => {
                let (name, number) = (self.name("_b"), self.number());
                let (condition, pause) = (self.boolean(1), self.pause());
                let bind = format!("let {name}: Guard = bomb({number});\n");
                // The value of a block would be lost in plain Rust: rustc drops none if a
                // destructor of the block panics.
                let list = match self.random.below(5) {
                    0 => parts!["if ", condition, " {\n", bind, pause, "}\n"],
                    1 => parts!["while ", condition, " {\n", pause, bind, "}\n"],
                    2 => parts![
                        "match ",
                        condition,
                        " {\ntrue => {\n",
                        bind,
                        pause,
                        "}\n_ => {}\n}\n"
                    ],
                    3 => {
                        let label = self.name("'out_");
                        let leaves = format!("{label}: {{\n{bind}");
                        let exit = format!(" {{ break {label}; }}\n");
                        parts![leaves, pause, "if ", condition, exit, "}\n"]
                    }
                    _ => parts![
                        "for _ in 0..2i64 {\nif ",
                        condition,
                        " { continue; }\n",
                        bind,
                        pause,
                        "}\n"
                    ],
                };
                Node::statement(list).with(uses)
            }
            C::GuardDropped => {
                let (name, bind) = self.bind_guard(false);
                let (before, after) = (self.pause(), self.pause());
                self.unset(&name);
                let drop = match self.random.below(3) {
                    0 => format!("take({name});\n"),
                    1 => format!("let _ = {name}.id();\ndrop({name});\n"),
                    _ => format!("drop({name});\n"),
                };
                Node::statement(parts![bind, before, drop, after]).with(uses)
            }
            C::GuardMoved => {
                let (name, bind) = self.bind_guard(false);
                let pause = self.pause();
                self.unset(&name);
                let first = self.int(1);
                let value = match self.random.below(3) {
                    0 if self.awaits => awaits(parts![format!("eat({name})")]),
                    1 if self.awaits => {
                        [parts![first, " ^ "], awaits(parts![format!("eat({name})")])].concat()
                    }
                    _ => parts![format!("take({name})")],
                };
                let value = Node::value(&Ty::Int, value);
                let then = self.bind(&Ty::Int, value);
                Node::statement(parts![bind, pause, then]).with(uses)
            }
            C::GuardReassigned => {
                let (name, bind) = self.bind_guard(true);
                let (before, number, after) = (self.pause(), self.number(), self.pause());
                let dropped = self.random.chance(40);
                let value = if self.random.chance(30) && self.awaits {
                    awaits(parts![format!("make({number})")])
                } else {
                    parts![format!("guard({number})")]
                };
                let first = if dropped { format!("drop({name});\n") } else { String::new() };
                let mut list = parts![bind, first, before, format!("{name} = ")];
                list.extend(value);
                list.extend(parts![";\n", after]);
                Node::statement(list).with(uses)
            }
            C::GuardShadowed => {
                let (name, bind) = self.bind_guard(false);
                let (before, number, after) = (self.pause(), self.number(), self.pause());
                let read = self.random.chance(40);
                let text = if read {
                    format!("let {name}: i64 = touch(&{name});\n")
                } else {
                    format!("let {name}: Guard = guard({number});\n")
                };
                self.declare(&name, if read { &Ty::Int } else { &Ty::Guard }, false);
                Node::statement(parts![bind, before, text, after]).with(uses)
            }
            C::GuardConditional => {
                let (name, bind) = self.bind_guard(false);
                self.unset(&name);
                let condition = self.boolean(1);
                let (first, second) = (self.pause(), self.pause());
                let moved = match self.random.below(2) {
                    0 if self.awaits => awaits(parts![format!("eat({name})")]),
                    _ => parts![format!("take({name})")],
                };
                let mut list = parts![bind, "if ", condition, " {\n", first];
                list.extend(moved);
                list.extend(parts![";\n}\n", second]);
                Node::statement(list).with(uses)
            }
            C::GuardInTuple => {
                let (name, number) = (self.name("pair"), self.number());
                let (value, pause) = (self.int(1), self.pause());
                let (x, g) = (self.name("x"), self.name("g"));
                let before = parts![
                    format!("let {name}: (i64, Guard) = ("),
                    value,
                    format!(", guard({number}));\n"),
                    pause
                ];
                let tail = match self.random.below(4) {
                    0 => {
                        self.declare(&x, &Ty::Int, false);
                        self.declare(&g, &Ty::Guard, false);
                        format!("let ({x}, {g}): (i64, Guard) = {name};\n")
                    }
                    1 => {
                        self.declare(&x, &Ty::Int, false);
                        format!("let ({x}, _): (i64, Guard) = {name};\n")
                    }
                    2 => format!("take({name}.1);\n"),
                    _ => format!("touch(&{name}.1);\n"),
                };
                let after = self.pause();
                Node::statement([before, parts![tail, after]].concat()).with(uses)
            }
            C::GuardInOption => {
                let (name, value, pause) =
                    (self.name("held"), self.value(&Ty::Guard, 1), self.pause());
                let before =
                    parts![format!("let mut {name}: Option<Guard> = Some("), value, ");\n", pause];
                let after = self.pause();
                let number = self.number();
                let tail = match self.random.below(4) {
                    0 => parts![format!("{name} = None;\n"), after],
                    1 => {
                        let then = self.arm(&[("inner", Ty::Guard)], None, 2);
                        parts![format!("if let Some(inner) = {name}.take() "), then, "\n", after]
                    }
                    2 => parts![format!("{name} = Some(guard({number}));\n"), after],
                    _ => {
                        let then = self.arm(&[("inner", Ty::Guard)], None, 1);
                        parts![
                            format!("match {name} {{\nSome(inner) => "),
                            then,
                            ",\nNone => {}\n}\n"
                        ]
                    }
                };
                Node::statement([before, tail].concat()).with(uses)
            }
            C::GuardInVec => {
                let name = self.name("all");
                let (first, second) = (self.value(&Ty::Guard, 1), self.value(&Ty::Guard, 1));
                let (pause, x) = (self.pause(), self.name("g"));
                let before = parts![
                    format!("let mut {name}: Vec<Guard> = vec!["),
                    first,
                    ", ",
                    second,
                    "];\n",
                    pause
                ];
                let after = self.pause();
                let tail = match self.random.below(4) {
                    0 => parts![format!("{name}.pop();\n"), after],
                    1 | 2 => {
                        let body = self.body(None, None, parts![], &[(&x, Ty::Guard)]);
                        parts![format!("for {x} in {name} "), body, "\n", after]
                    }
                    _ => parts![format!("{name}.push(guard(55));\n"), after],
                };
                Node::statement([before, tail].concat()).with(uses)
            }
            C::GuardScrutinee => {
                let number = self.number();
                if self.awaits && self.random.chance(25) {
                    let then = self.arm(&[("held", Ty::Guard)], None, 2);
                    let list = awaits(parts![format!("match make({number})")]);
                    let then = parts![" {\nheld => ", then, ",\n}\n"];
                    return Node::statement([list, then].concat()).with(uses);
                }
                if self.random.chance(25) {
                    let (name, bind) = self.bind_guard(false);
                    let (first, second) = (self.arm(&[], None, 2), self.arm(&[], None, 1));
                    let head = format!("match {name}.id() % 3 {{\n0 => ");
                    let list = parts![bind, head, first, ",\n_ => ", second, ",\n}\n"];
                    return Node::statement(list).with(uses);
                }
                let (first, second) = (self.quiet_arm(&[], None), self.quiet_arm(&[], None));
                let list = match self.random.below(4) {
                    0 => parts![
                        format!("match guard({number}).id() % 3 {{\n0 => "),
                        first,
                        ",\n_ => ",
                        second,
                        ",\n}\n"
                    ],
                    1 => parts![
                        format!("if let Some(_) = guard({number}).even() "),
                        first,
                        " else ",
                        second,
                        "\n"
                    ],
                    2 => parts![format!("match guard({number}) {{\n_ => "), first, ",\n}\n"],
                    _ => {
                        let then = self.arm(&[("held", Ty::Guard)], None, 2);
                        parts![format!("match guard({number}) {{\nheld => "), then, ",\n}\n"]
                    }
                };
                Node::statement(list).with(uses)
            }
            C::GuardForHead => {
                let number = self.number();
                if self.random.chance(60) {
                    let name = self.name("items");
                    let body = self.for_loop(parts![name.clone()], false);
                    let first = format!("let {name}: Vec<i64> = guard({number}).list();\n");
                    return Node::statement(parts![first, body]).with(uses);
                }
                // The guard ends behind the loop, which does not await.
                let x = self.name("i");
                let body = self.quiet_arm(&[(&x, Ty::Int)], None);
                let head = format!("for {x} in guard({number}).list() ");
                Node::statement(parts![head, body, "\n"]).with(uses)
            }
            C::TemporaryKept => self.temporary_kept(),
            _ => {
                let number = self.number();
                // The value of a block that awaits has no name.
                match self.random.below(12) {
                    0 => {
                        let (name, inside) = (self.name("n"), self.zone(|g| g.pause()));
                        self.declare(&name, &Ty::Int, false);
                        let first = format!("let {name}: i64 = touch(&{{\n");
                        let last = format!("guard({number})\n}});\n");
                        return Node::statement(parts![first, inside, last]).with(uses);
                    }
                    1 => {
                        let inside = self.zone(|g| g.pause());
                        let last = format!("guard({number})\n}};\n");
                        return Node::statement(parts!["let _ = {\n", inside, last]).with(uses);
                    }
                    2 => {
                        let (name, inside) = (self.name("g"), self.zone(|g| g.pause()));
                        self.declare(&name, &Ty::Guard, false);
                        let first = format!("let ({name}, _) = {{\n");
                        let other = self.number();
                        let last = format!(
                            "(guard({number}), guard({other}))\n}};\nlet {name}: Guard = {name};\n"
                        );
                        return Node::statement(parts![first, inside, last]).with(uses);
                    }
                    3 => {
                        let inside = self.arm(&[], None, 2);
                        let other = self.number();
                        let (list, name) = (
                            format!("vec![guard({number}), guard({other})]"),
                            format!("list{number}"),
                        );
                        let first = format!("let {name}: Vec<Guard> = {list};\nfor _ in {name} ");
                        let advised = Node::statement(parts![first, inside.clone(), "\n"]);
                        let head = format!("for _ in {list} ");
                        return Node::statement(parts![head, inside, "\n"]).with(uses).or(advised);
                    }
                    _ => {}
                }
                let value = match self.random.below(4) {
                    0 => parts![self.op(1), format!(" ^ touch(&guard({number}))")],
                    1 => {
                        let left = format!("({{ let id: i64 = guard({number}).id(); id }}) ^ ");
                        parts![left, self.op(1)]
                    }
                    2 => {
                        let (first, last) = (self.pause(), self.pause());
                        let list = parts![first, format!("touch(&guard({number}));\n"), last];
                        return Node::statement(list).with(uses);
                    }
                    _ => {
                        let right = format!(", guard({number}).id())");
                        parts!["i64::wrapping_add(", self.op(1), right]
                    }
                };
                let value = Node::value(&Ty::Int, value);
                self.bind_with(&Ty::Int, value, uses)
            }
        }
    }

    /// A guard without a name whose end is due behind an await.
    fn temporary_kept(&mut self) -> Node {
        let uses = &[C::TemporaryKept];
        if !self.awaits {
            return self.note();
        }
        let number = self.number();
        let value = match self.random.below(4) {
            0 => {
                let left = Node::value(&Ty::Int, parts![format!("touch(&guard({number}i64))")]);
                parts![left, " ^ ", self.op(1)]
            }
            2 => {
                let made = Node::value(&Ty::Guard, awaits(parts![format!("make({number})")]));
                let left = Node::value(&Ty::Int, parts!["touch(&", made, ")"]);
                parts![left, " ^ ", self.op(1)]
            }
            1 => {
                let left = Node::value(&Ty::Int, parts![format!("guard({number}i64).id()")]);
                parts!["i64::wrapping_add(", left, ", ", self.op(1), ")"]
            }
            _ => {
                let (pause, arm) = (self.pause(), self.quiet_arm(&[], None));
                let head = format!("match guard({number}).id() % 3 {{\n0 => {{\n");
                let list = parts![head, pause, "},\n_ => ", arm, ",\n}\n"];
                return Node::statement(list).with(uses);
            }
        };
        let value = Node::value(&Ty::Int, value);
        self.bind_with(&Ty::Int, value, uses)
    }
}
