//! Expressions of a type.

use super::{Generator, Target};
use crate::{
    construct::Construct as C,
    tree::{Mode, Node, Part, Sort, Ty, awaits, parts},
};

impl Generator {
    /// An expression of that type; `deep` is how many levels it may have.
    pub(super) fn value(&mut self, ty: &Ty, deep: usize) -> Node {
        match ty {
            Ty::Int => self.int(deep),
            Ty::Bool => self.boolean(deep),
            Ty::Text => self.string(deep),
            Ty::Guard => self.guard_value(deep),
            Ty::Pair => self.pair(deep),
            Ty::Shape => self.shape(deep),
            Ty::Option(inner) => self.option(inner, deep),
            Ty::Vec(inner) => self.vec(inner, deep),
            Ty::Two(a, b) => {
                let first = self.value(a, deep.saturating_sub(1));
                let second = self.value(b, deep.saturating_sub(1));
                Node::value(ty, parts!["(", first, ", ", second, ")"])
            }
            Ty::Array => {
                let d = deep.saturating_sub(1);
                let (x, y, z) = (self.int(d), self.int(d), self.int(d));
                Node::value(ty, parts!["[", x, ", ", y, ", ", z, "]"])
            }
            Ty::Parameter | Ty::Closure => Node::value(ty, parts!["t.clone()"]),
        }
    }

    fn literal(&mut self) -> Node {
        let number = self.random.below(12);
        let suffix = if self.dares(C::UntypedOperand) { "" } else { "i64" };
        Node::value(&Ty::Int, parts![format!("{number}{suffix}")])
    }

    /// A number without anything that takes effect.
    pub(super) fn leaf(&mut self) -> Node {
        match self.readable(&Ty::Int) {
            Some(name) if self.random.chance(75) => Node::value(&Ty::Int, parts![name]),
            _ => self.literal(),
        }
    }

    /// As [`leaf`](Self::leaf), with a type that methods can be called on.
    pub(super) fn receiver(&mut self) -> Node {
        match self.readable(&Ty::Int) {
            Some(name) => Node::value(&Ty::Int, parts![name]),
            None => Node::value(&Ty::Int, parts!["7i64"]),
        }
    }

    /// An awaited call with a number as argument: `op(..).await?`.
    pub(super) fn awaited(&mut self, name: &str, ty: &Ty, deep: usize) -> Node {
        if !self.awaits {
            return Node::value(ty, parts![ty.simplest().unwrap_or_default()]);
        }
        let argument = self.int(deep.saturating_sub(1));
        Node::value(ty, awaits(parts![name, "(", argument, ")"]))
    }

    pub(super) fn op(&mut self, deep: usize) -> Node {
        if self.awaits && self.random.chance(12) {
            let argument = self.int(deep.saturating_sub(1));
            let call = awaits(parts!["op_of::<B>(", argument, ")"]);
            return Node::value(&Ty::Int, call).with(&[C::Turbofish]);
        }
        self.awaited("op", &Ty::Int, deep)
    }

    pub(super) fn int(&mut self, deep: usize) -> Node {
        let ty = Ty::Int;
        if deep == 0 {
            let number = self.number();
            return match self.random.below(6) {
                0 => Node::value(&ty, parts![format!("e({number}i64, "), self.leaf(), ")"]),
                _ => self.leaf(),
            };
        }
        let d = deep - 1;
        match self.random.below(30) {
            0..=3 => {
                let operator = *self.random.pick(&["+", "-", "*", "^", "&", "|"]);
                let (left, right) = (self.int(d), self.int(d));
                Node::value(&ty, parts!["(", left, format!(" {operator} "), right, ")"])
            }
            4..=8 if self.awaits => self.op(deep),
            9 if self.awaits && self.exits => self.awaited("risky", &ty, d),
            10 if self.exits => {
                Node::value(&ty, parts!["fails(", self.int(d), ")?"]).with(&[C::QuestionInside])
            }
            11 => {
                let condition = self.boolean(d);
                let (then, other) = (self.zone(|g| g.int(d)), self.zone(|g| g.int(d)));
                let list = parts!["if ", condition, " { ", then, " } else { ", other, " }"];
                Node::value(&ty, list).bracketed()
            }
            12 => self.operand_assign(d),
            13 if self.exits => self.exit_operand(d),
            14 => match self.readable(&Ty::Pair) {
                Some(name) if self.random.chance(50) => {
                    let field = *self.random.pick(&["a", "b"]);
                    Node::value(&ty, parts![format!("{name}.{field}")])
                }
                Some(name) => {
                    let argument = self.frozen(|g| g.int(d));
                    Node::value(&ty, parts![format!("{name}.sum("), argument, ")"])
                }
                None => self.leaf(),
            },
            15 => match self.readable(&Ty::Vec(Box::new(Ty::Int))) {
                Some(name) => {
                    let index = self.frozen(|g| g.int(d));
                    let list = parts![
                        format!("{name}[i64::unsigned_abs("),
                        index,
                        format!(") as usize % {name}.len()]")
                    ];
                    Node::value(&ty, list)
                }
                None => self.leaf(),
            },
            16 => match self.readable(&Ty::Text) {
                Some(name) => Node::value(&ty, parts![format!("{name}.len() as i64")]).bracketed(),
                None => self.leaf(),
            },
            17 => match self.readable(&Ty::Closure) {
                Some(name) => {
                    let argument = self.frozen(|g| g.int(d));
                    Node::value(&ty, parts![format!("{name}("), argument, ")"])
                }
                None => self.leaf(),
            },
            18 => match self.readable(&Ty::Guard) {
                Some(name) if self.random.chance(50) => {
                    Node::value(&ty, parts![format!("touch(&{name})")])
                }
                Some(name) => Node::value(&ty, parts![format!("{name}.id()")]),
                None => self.leaf(),
            },
            19 => match self.readable(&Ty::Two(Box::new(Ty::Int), Box::new(Ty::Int))) {
                Some(name) => Node::value(&ty, parts![format!("{name}.1")]),
                None => self.leaf(),
            },
            20 => {
                let (a, b) = (self.int(d), self.int(d));
                Node::value(&ty, parts!["i64::wrapping_mul(", a, ", ", b, ")"])
            }
            21 => {
                let (value, tail) = (self.boolean(d), parts![" as i64"]);
                let mut list = parts!["(", value, ")"];
                list.extend(tail);
                Node::value(&ty, list).bracketed()
            }
            22 => {
                let number = self.number();
                let value = self.int(d);
                Node::value(&ty, parts![format!("e({number}i64, "), value, ")"])
            }
            23 => self.int_block(d),
            24 => Node::value(&ty, parts![*self.random.pick(&["price()", "RATE"])]),
            _ => self.leaf(),
        }
    }

    /// `{ statements; value }` as an operand.
    fn int_block(&mut self, deep: usize) -> Node {
        if self.room <= 0 || self.frozen {
            return self.leaf();
        }
        let before = std::mem::replace(&mut self.operand, true);
        let block = self.scope(|g| {
            let statement = g.any_statement();
            let value = g.int(deep);
            Node::value(&Ty::Int, parts!["{ ", statement, value, " }"]).bracketed()
        });
        self.operand = before;
        block
    }

    /// `{ a += 1; a }`.
    pub(super) fn operand_assign(&mut self, deep: usize) -> Node {
        let Some(name) = self.writable(&Ty::Int) else { return self.leaf() };
        let change = self.quietly(|g| g.int(deep.min(1)));
        let list = match self.random.below(3) {
            0 => parts![format!("{{ {name} = "), change, format!("; {name} }}")],
            1 => parts![format!("{{ {name} ^= "), change, format!("; {name} }}")],
            _ => parts![format!("{{ {name} += 1; {name} }}")],
        };
        Node::value(&Ty::Int, list).with(&[C::OperandAssign])
    }

    /// `if c { return .. } else { x }` and the like, as an operand.
    pub(super) fn exit_operand(&mut self, deep: usize) -> Node {
        let Some((exit, _)) = self.exit() else { return self.leaf() };
        let condition = self.rare();
        let list = match self.random.below(3) {
            0 => {
                let value = self.zone(|g| g.int(deep));
                parts!["(if ", condition, " { ", exit, " } else { ", value, " })"]
            }
            1 => {
                let value = self.zone(|g| g.int(deep));
                parts!["{ if ", condition, " { ", exit, "; } ", value, " }"]
            }
            _ => {
                let value = self.zone(|g| g.int(deep));
                parts!["match ", condition, " { true => ", exit, ", false => ", value, " }"]
            }
        };
        Node::value(&Ty::Int, list).bracketed().with(&[C::ExitInOperand])
    }

    /// A condition that is seldom true.
    pub(super) fn rare(&mut self) -> Node {
        let (value, modulus) = (self.receiver(), 2 + self.random.below(5));
        let list = parts![value, format!(".rem_euclid({modulus}i64) == {}", modulus - 1)];
        let list = [parts!["("], list, parts![")"]].concat();
        Node::new(Sort::Expression(Ty::Bool), list)
    }

    /// An expression that leaves what is around it, and whether it returns.
    pub(super) fn exit(&mut self) -> Option<(Node, bool)> {
        if !self.exits {
            return None;
        }
        let target = match self.random.below(3) {
            0 => None,
            _ if self.targets.is_empty() => None,
            _ => {
                let at = self.random.below(self.targets.len());
                Some((at, self.targets[at].clone()))
            }
        };
        let Some((at, target)) = target else {
            if self.random.chance(15) {
                let value = self.leaf();
                let list = parts!["return Err(Error::new(\"left\", i64::to_string(&", value, ")))"];
                return Some((Node::new(Sort::Fixed, list), true));
            }
            let returns = self.returns.clone();
            let value = self.zone(|g| g.value(&returns, 1));
            let list = parts!["return Ok(done(", value, "))"];
            return Some((Node::new(Sort::Fixed, list), true));
        };
        // Without a label only the innermost loop can be meant.
        let innermost = self.targets.iter().rposition(|t| t.is_loop) == Some(at);
        let label = match &target.label {
            Some(label) if !innermost || !target.is_loop || self.random.chance(60) => {
                format!(" {label}")
            }
            _ if innermost => String::new(),
            _ => return None,
        };
        if target.is_loop && self.random.chance(40) {
            return Some((Node::new(Sort::Fixed, parts![format!("continue{label}")]), false));
        }
        let list = match &target.value {
            Some(ty) => {
                let ty = ty.clone();
                let value = self.zone(|g| g.value(&ty, 1));
                parts![format!("break{label} "), value]
            }
            None => parts![format!("break{label}")],
        };
        Some((Node::new(Sort::Fixed, list), false))
    }

    pub(super) fn boolean(&mut self, deep: usize) -> Node {
        let ty = Ty::Bool;
        let d = deep.saturating_sub(1);
        match self.random.below(if deep == 0 { 4 } else { 12 }) {
            0 => match self.readable(&ty) {
                Some(name) => Node::value(&ty, parts![name]),
                None => self.rare(),
            },
            1 | 2 => {
                let modulus = 2 + self.random.below(3);
                let value = self.receiver();
                let rest = self.random.below(modulus);
                Node::value(
                    &ty,
                    parts!["(", value, format!(".rem_euclid({modulus}i64) == {rest})")],
                )
            }
            3 => self.rare(),
            4 | 5 => {
                let operator = *self.random.pick(&["<", ">", "<=", "==", "!="]);
                let (left, right) = (self.int(d), self.int(d));
                Node::value(&ty, parts!["((", left, format!(") {operator} "), right, ")"])
            }
            6 if self.awaits => self.awaited("flag", &ty, deep),
            7 => self.short_circuit(d, false),
            8 => Node::value(&ty, parts!["!", self.boolean(d)]),
            9 => {
                let value = self.option(&Ty::Int, d);
                Node::value(&ty, parts!["matches!(", value, ", Some(n) if n > 2)"])
            }
            10 => match self.readable(&Ty::Vec(Box::new(Ty::Int))) {
                Some(name) => Node::value(&ty, parts![format!("({name}.len() > 2)")]),
                None => self.rare(),
            },
            _ => self.rare(),
        }
    }

    /// `a && b`; with an await on the right if `sure`.
    pub(super) fn short_circuit(&mut self, deep: usize, sure: bool) -> Node {
        let ty = Ty::Bool;
        let awaits = self.awaits && (sure || self.random.chance(10));
        let left = self.boolean(deep);
        let right = self.zone(|g| {
            if awaits { g.awaited("flag", &Ty::Bool, 1) } else { g.quietly(|g| g.boolean(deep)) }
        });
        let and = self.random.chance(50);
        let operator = if and { " && " } else { " || " };
        let node = Node::value(&ty, parts!["(", left.clone(), operator, right.clone(), ")"]);
        if !awaits {
            return node;
        }
        let list = if and {
            parts!["(if ", left, " { ", right, " } else { false })"]
        } else {
            parts!["(if ", left, " { true } else { ", right, " })"]
        };
        node.with(&[C::ShortCircuit]).or(Node::value(&ty, list))
    }

    pub(super) fn string(&mut self, deep: usize) -> Node {
        let ty = Ty::Text;
        let d = deep.saturating_sub(1);
        match self.random.below(if deep == 0 { 3 } else { 6 }) {
            0 => Node::value(&ty, parts!["String::from(\"s\")"]),
            1 => match self.readable(&ty) {
                Some(name) => Node::value(&ty, parts![format!("{name}.clone()")]),
                None => Node::value(&ty, parts!["\"q\".to_string()"]),
            },
            2 => self.captured(),
            3 | 4 if self.awaits => self.awaited("text", &ty, deep),
            _ => {
                let value = self.frozen(|g| g.int(d));
                Node::value(&ty, parts!["format!(\"[{}]\", ", value, ")"])
            }
        }
    }

    /// `format!("{x}")` in its variants.
    pub(super) fn captured(&mut self) -> Node {
        let ty = Ty::Text;
        let Some(name) = self.readable(&Ty::Int) else {
            return Node::value(&ty, parts!["String::from(\"none\")"]);
        };
        let text = match self.random.below(7) {
            0 => format!("{{{name} }}"),
            1 => format!("{{{name}:>5}}|"),
            2 => format!("{{{name}:+}} {{{{{name}}}}}"),
            3 => format!("{{{name}:#x}}"),
            4 => format!("a\\\n   {{{name}:?}}"),
            5 => format!("{{:>w$}}\", {name}, w = 6"),
            _ => format!("<{{{name}}}>"),
        };
        let end = if text.contains("w = ") { ")" } else { "\")" };
        Node::value(&ty, parts!["format!(\"", text, end]).with(&[C::CapturedFormat])
    }

    fn guard_value(&mut self, deep: usize) -> Node {
        let ty = Ty::Guard;
        let number = self.number();
        match self.random.below(6) {
            0 if self.awaits && deep > 0 => {
                Node::value(&ty, awaits(parts![format!("make({number})")]))
            }
            1 if deep > 0 => {
                let value = self.int(deep - 1);
                Node::value(&ty, parts!["guard(", value, ")"])
            }
            2 => match self.movable(&ty) {
                Some(name) => Node::value(&ty, parts![name]).with(&[C::GuardMoved]),
                None => Node::value(&ty, parts![format!("guard({number}i64)")]),
            },
            _ => Node::value(&ty, parts![format!("guard({number}i64)")]),
        }
    }

    fn pair(&mut self, deep: usize) -> Node {
        let ty = Ty::Pair;
        let d = deep.saturating_sub(1);
        match self.random.below(4) {
            0 if self.awaits && deep > 0 => self.awaited("pair", &ty, deep),
            1 => match self.readable(&ty) {
                Some(name) => Node::value(&ty, parts![format!("{name}.clone()")]),
                None => Node::value(&ty, parts!["Pair { a: ", self.leaf(), ", b: 3 }"]),
            },
            _ => {
                let (a, b) = (self.int(d), self.int(d));
                Node::value(&ty, parts!["Pair { a: ", a, ", b: ", b, " }"])
            }
        }
    }

    pub(super) fn shape(&mut self, deep: usize) -> Node {
        let ty = Ty::Shape;
        let d = deep.saturating_sub(1);
        match self.random.below(5) {
            0 | 1 if self.awaits => self.awaited("shape", &ty, deep.max(1)),
            2 => Node::value(&ty, parts!["Shape::Line(", self.int(d), ")"]),
            3 => {
                let (w, h) = (self.int(d), self.int(d));
                Node::value(&ty, parts!["Shape::Area { w: ", w, ", h: ", h, " }"])
            }
            _ => Node::value(&ty, parts!["Shape::Dot"]),
        }
    }

    pub(super) fn option(&mut self, inner: &Ty, deep: usize) -> Node {
        let ty = Ty::Option(Box::new(inner.clone()));
        let d = deep.saturating_sub(1);
        match self.random.below(4) {
            0 | 1 if *inner == Ty::Int && self.awaits && deep > 0 => {
                self.awaited("maybe", &ty, deep)
            }
            2 if *inner == Ty::Int => {
                let value = self.int(d);
                Node::value(&ty, parts!["Some(", value, ").filter(|v| v % 2 == 0)"])
            }
            _ => {
                let value = self.value(inner, d);
                Node::value(&ty, parts!["Some(", value, ")"])
            }
        }
    }

    pub(super) fn vec(&mut self, inner: &Ty, deep: usize) -> Node {
        let ty = Ty::Vec(Box::new(inner.clone()));
        let d = deep.saturating_sub(1);
        if *inner == Ty::Int {
            match self.random.below(4) {
                0 if self.awaits && deep > 0 => return self.awaited("list", &ty, deep),
                1 => {
                    if let Some(name) = self.readable(&ty) {
                        return Node::value(&ty, parts![format!("{name}.clone()")]);
                    }
                }
                _ => {}
            }
        }
        let (x, y) = (self.value(inner, d), self.value(inner, d));
        Node::value(&ty, parts!["vec![", x, ", ", y, "]"])
    }

    /// Makes `target` one that exits of `make` may leave.
    pub(super) fn target<R>(&mut self, target: Target, make: impl FnOnce(&mut Self) -> R) -> R {
        self.targets.push(target);
        let made = make(self);
        self.targets.pop();
        made
    }
}

impl Node {
    /// As it may stand behind `match` and `if let`.
    pub(super) fn scrutinee(self) -> Self {
        let text = self.text(Mode::Plain);
        let bare = text.starts_with("Pair {") || text.starts_with("Shape::Area");
        if bare { self.bracketed() } else { self }
    }

    /// In parentheses, as an operand needs it.
    pub(super) fn bracketed(mut self) -> Self {
        self.parts.insert(0, Part::from("("));
        self.parts.push(Part::from(")"));
        self
    }
}
