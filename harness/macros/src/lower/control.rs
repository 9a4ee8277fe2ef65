//! Control flow that awaits.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{
    Block, Expr, ExprForLoop, ExprMatch, Pat, Stmt, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
};

use super::{
    Dest, Lowerer, Target, assigned,
    graph::{Arm, Branch, Ending, Event, ListId, Origin, Piece, Shape, StateId},
    label_of, scan,
};
use crate::{
    expression::{has_await, peel, peel_mut, statement_awaits},
    types,
};

/// How the arms of a branch end.
#[derive(Default)]
struct Ends {
    /// An arm goes on behind the branch.
    falls: bool,
    /// Arms that end in other states.
    elsewhere: Vec<ListId>,
}

/// A branch on a condition.
struct Tested {
    parent: ListId,
    then: ListId,
    /// Where the first arm ends.
    end: Option<ListId>,
    otherwise: ListId,
}

impl Lowerer<'_> {
    /// Control flow that awaits, whose value goes to `dest`.
    pub(super) fn control(&mut self, mut e: Expr, dest: Dest, hint: Option<&Type>) {
        peel_mut(&mut e);
        if let Some(head) = only_head_awaits(&mut e) {
            let ty = self.types.of(head);
            let value = std::mem::replace(head, Expr::Verbatim(Default::default()));
            let value = self.value(value, ty.as_ref());
            if let Some(head) = only_head_mut(&mut e) {
                *head = value;
            }
            if self.cursor.is_some() {
                self.finish(e, dest);
            }
            return;
        }
        match e {
            Expr::If(x) => {
                let other = x.else_branch.map(|(_, other)| *other);
                let awaits = block_awaits(&x.then_branch);
                self.test(
                    *x.cond,
                    awaits,
                    |v| v.block(x.then_branch, dest, hint),
                    |v| match other {
                        Some(other) => v.block_or_value(other, dest, hint),
                        None => v.finish_unit(dest),
                    },
                );
            }
            Expr::Match(x) => self.matching(x, dest, hint),
            Expr::Loop(x) => {
                let at = self.begin(label_of(x.label.as_ref()), true, dest);
                self.block(x.body, Dest::Nothing, None);
                self.again(at);
                self.behind(at);
            }
            Expr::While(x) => {
                let at = self.begin(label_of(x.label.as_ref()), true, Dest::Nothing);
                let awaits = block_awaits(&x.body);
                self.test(
                    *x.cond,
                    awaits,
                    |v| {
                        v.block(x.body, Dest::Nothing, None);
                        v.again(at);
                    },
                    |_| {},
                );
                self.behind(at);
                self.finish_unit(dest);
            }
            Expr::ForLoop(x) => {
                self.open();
                self.each(x);
                self.close();
                self.finish_unit(dest);
            }
            Expr::Block(x) if x.label.is_some() => {
                let at = self.begin(label_of(x.label.as_ref()), false, dest);
                self.block(x.block, dest, hint);
                self.behind(at);
            }
            Expr::Block(x) => self.block(x.block, dest, hint),
            other => {
                self.errors.add(&other, "await is not supported here: bind the value first");
            }
        }
    }

    fn finish_unit(&mut self, dest: Dest) {
        if self.cursor.is_some() && !matches!(dest, Dest::Nothing) {
            self.finish(parse_quote!(()), dest);
        }
    }

    /// An expression as a block of its own.
    fn block_or_value(&mut self, e: Expr, dest: Dest, hint: Option<&Type>) {
        match e {
            Expr::Block(x) if x.label.is_none() && x.attrs.is_empty() => {
                self.block(x.block, dest, hint);
            }
            e => {
                self.open();
                self.into(e, dest, hint);
                self.close();
            }
        }
    }

    /// A loop or block that can be left. A loop begins with a state.
    fn begin(&mut self, label: Option<String>, is_loop: bool, dest: Dest) -> usize {
        let (open, before) = (self.open.clone(), self.before());
        let again = is_loop.then(|| {
            let state = self.state(false);
            self.fall_into(state);
            state
        });
        self.targets.push(Target::State { label, again, behind: None, dest, open, before });
        self.targets.len() - 1
    }

    /// The next round.
    fn again(&mut self, at: usize) {
        if let Target::State { again: Some(state), .. } = self.targets[at] {
            self.goto(state);
        }
    }

    /// Goes on behind a loop or block.
    fn behind(&mut self, at: usize) {
        self.targets.truncate(at + 1);
        if let Some(Target::State { behind: Some(state), .. }) = self.targets.pop() {
            self.fall_into(state);
        }
    }

    /// `if condition { then } else { otherwise }`.
    fn test<'f>(
        &mut self,
        condition: Expr,
        awaits: bool,
        then: impl FnOnce(&mut Self) + 'f,
        otherwise: impl FnOnce(&mut Self),
    ) {
        let mut conditions = Vec::new();
        conjuncts(condition, &mut conditions);
        // Each group begins with the only one of its conditions that may await.
        let mut groups: Vec<Vec<Expr>> = Vec::new();
        for condition in conditions {
            match groups.last_mut() {
                Some(group) if !has_await(&condition) => group.push(condition),
                _ => groups.push(vec![condition]),
            }
        }
        // With several groups there are several ways to the other branch: it is a state.
        let refused = (groups.len() > 1).then(|| self.state(false));
        let Some(tested) = self.tested(groups.into_iter(), refused, awaits, Box::new(then)) else {
            return;
        };
        let mut ends = Ends::default();
        self.arm_end(tested.end, tested.then, &mut ends);
        match refused {
            Some(state) => {
                self.merge(tested.parent, ends);
                let end = self.cursor;
                self.cursor = Some(self.graph.states[state].list);
                otherwise(self);
                match (end, self.cursor) {
                    (Some(end), Some(other)) => self.join(&[end, other]),
                    (end, other) => self.cursor = end.or(other),
                }
            }
            None => {
                self.cursor = Some(tested.otherwise);
                otherwise(self);
                self.arm_end(self.cursor, tested.otherwise, &mut ends);
                self.merge(tested.parent, ends);
            }
        }
    }

    /// A condition that awaits. Its temporaries end before the branch begins.
    fn whole_condition(&mut self, e: Expr) -> Expr {
        let bool: Type = parse_quote!(bool);
        let temporaries = self.looked_at.len();
        let span = e.span();
        let condition = self.value(e, Some(&bool));
        if self.cursor.is_none() || self.looked_at[temporaries..].iter().all(|id| self.copies(*id))
        {
            return condition;
        }
        let id = self.temporary(Some(bool), span, Origin::Temporary);
        self.finish(condition, Dest::Value(id));
        self.end_temporaries(temporaries);
        self.name_of(id)
    }

    /// Tests one group of conditions after the other. Names of one are seen in the next ones and
    /// in the block behind them.
    fn tested<'f>(
        &mut self,
        mut groups: std::vec::IntoIter<Vec<Expr>>,
        refused: Option<StateId>,
        awaits: bool,
        then: Box<dyn FnOnce(&mut Self) + 'f>,
    ) -> Option<Tested> {
        let mut group = groups.next()?;
        if has_await(&group[0]) {
            let condition = match group.remove(0) {
                Expr::Let(mut x) => {
                    let ty = self.types.of(&x.expr);
                    self.replace_looked_at(&mut x.expr, ty.as_ref());
                    Expr::Let(x)
                }
                e => self.whole_condition(e),
            };
            group.insert(0, condition);
        }
        let parent = self.cursor?;
        let condition = group.into_iter().reduce(|left, right| parse_quote!(#left && #right));
        let mut condition = condition.expect("a group is not empty");
        let list = self.list();
        self.cursor = Some(list);
        self.open();
        let awaiting = awaits || groups.len() > 0;
        let (head, enter, ids) = self.lowered_condition(&mut condition, awaiting);
        self.declared(&ids);
        if groups.len() > 0 {
            let inner = self.tested(groups, refused, awaits, then);
            if let Some(inner) = inner {
                let mut ends = Ends::default();
                self.arm_end(inner.end, inner.then, &mut ends);
                self.merge(inner.parent, ends);
            }
        } else {
            then(self);
        }
        self.close();
        let end = self.cursor;
        let otherwise = self.list();
        if let Some(state) = refused {
            self.cursor = Some(otherwise);
            self.goto(state);
        }
        // What one condition has moved is gone if a later one does not hold.
        let chain = matches!(&condition, Expr::Binary(b) if matches!(b.op, syn::BinOp::And(_)));
        let refuse = match &enter {
            Event::Seq(parts) if chain && parts.len() == 2 => {
                Event::One(vec![parts[0].clone(), Event::nothing()])
            }
            _ => Event::nothing(),
        };
        let arms = vec![Arm { enter, list }, Arm { enter: refuse, list: otherwise }];
        let shape = Shape::If(condition);
        self.graph.lists[parent].pieces.push(Piece::Branch(Branch { shape, head, arms }));
        Some(Tested { parent, then: list, end, otherwise })
    }

    /// All lists go on in one new state.
    fn join(&mut self, lists: &[ListId]) {
        let state = self.state(false);
        for list in lists {
            self.cursor = Some(*list);
            self.goto(state);
        }
        self.cursor = Some(self.graph.states[state].list);
    }

    fn arm_end(&self, end: Option<ListId>, list: ListId, ends: &mut Ends) {
        match end {
            None => {}
            Some(end) if end == list && !self.apart.arms => ends.falls = true,
            Some(other) => ends.elsewhere.push(other),
        }
    }

    /// Goes on behind a branch of list `parent`.
    fn merge(&mut self, parent: ListId, ends: Ends) {
        match (&ends.elsewhere[..], ends.falls) {
            ([], true) => self.cursor = Some(parent),
            ([], false) => self.cursor = None,
            ([one], false) => self.cursor = Some(*one),
            (elsewhere, falls) => {
                let mut lists = elsewhere.to_vec();
                if falls {
                    lists.push(parent);
                }
                self.join(&lists);
            }
        }
    }

    /// A condition whose names are locals of the frame.
    fn lowered_condition(&mut self, e: &mut Expr, awaits: bool) -> (Event, Event, Vec<usize>) {
        match e {
            Expr::Let(x) => {
                let ty = self.types.of(&x.expr);
                let moves = self.pattern_moves(&x.pat, &x.expr);
                self.renaming = self.leads_away(x.expr.to_token_stream());
                let head = self.scan(&mut x.expr, scan::Use::Place);
                if awaits {
                    self.confirm_scrutinee(&mut x.expr, ty.as_ref(), &[&x.pat]);
                }
                let origin = self.origin(&parse_quote!((_,)), &x.expr, ty.as_ref());
                let ids = self.bound(&mut x.pat, ty.as_ref(), origin, false);
                (head, Event::Seq(vec![moves, assigned(&ids)]), ids)
            }
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_)) => {
                let (left, first, mut ids) = self.lowered_condition(&mut x.left, awaits);
                let (right, second, more) = self.lowered_condition(&mut x.right, awaits);
                ids.extend(more);
                let sometimes = Event::One(vec![right, Event::nothing()]);
                (Event::Seq(vec![left, sometimes]), Event::Seq(vec![first, second]), ids)
            }
            Expr::Paren(x) if matches!(peel(&x.expr), Expr::Let(_)) => {
                self.lowered_condition(&mut x.expr, awaits)
            }
            e => {
                let event = self.scanned_value(e);
                (event, Event::nothing(), Vec::new())
            }
        }
    }

    fn matching(&mut self, mut x: ExprMatch, dest: Dest, hint: Option<&Type>) {
        let outer = self.open.len();
        let ty = self.types.of(&x.expr);
        if has_await(&x.expr) {
            self.replace_looked_at(&mut x.expr, ty.as_ref());
        }
        if self.cursor.is_none() {
            return;
        }
        let remains = x.arms.iter().any(|arm| remains(&arm.pat));
        let place = self.root_of(&x.expr).is_some();
        // What the arms leave of a value lives to the end of the `match`.
        let observed = ty
            .as_ref()
            .is_some_and(|ty| types::ending(ty, &self.model.backend) == Ending::Observed);
        if !place && remains && observed {
            self.open();
            let id = self.temporary(ty.clone(), x.expr.span(), Origin::Temporary);
            let value = std::mem::replace(&mut *x.expr, self.name_of(id));
            self.finish(value, Dest::Value(id));
        }
        let Some(parent) = self.cursor else { return };
        let scrutinee = (*x.expr).clone();
        self.renaming = self.leads_away(x.expr.to_token_stream());
        let head = self.scan(&mut x.expr, scan::Use::Place);
        if !place {
            let patterns: Vec<&Pat> = match remains && observed {
                true => Vec::new(),
                false => x.arms.iter().map(|arm| &arm.pat).collect(),
            };
            self.confirm_scrutinee(&mut x.expr, ty.as_ref(), &patterns);
        }
        let mut ends = Ends::default();
        let (mut arms, mut patterns) = (Vec::new(), Vec::new());
        let origin = self.origin(&parse_quote!((_,)), &scrutinee, ty.as_ref());
        let moves = self.arm_moves(&x.arms, &scrutinee);
        for (mut arm, moves) in x.arms.into_iter().zip(moves) {
            let list = self.list();
            self.cursor = Some(list);
            self.open();
            let ids = self.bound(&mut arm.pat, ty.as_ref(), origin, false);
            let guard = arm.guard.map(|(_, mut guard)| {
                let event = self.scanned_value(&mut guard);
                (event, *guard)
            });
            let (guard_event, guard) = match guard {
                Some((event, guard)) => (event, Some(guard)),
                None => (Event::nothing(), None),
            };
            self.declared(&ids);
            self.block_or_value(*arm.body, dest, hint);
            self.close();
            self.arm_end(self.cursor, list, &mut ends);
            let enter = Event::Seq(vec![assigned(&ids), guard_event, moves]);
            let attrs = &arm.attrs;
            patterns.push((quote!(#(#attrs)*), arm.pat, guard));
            arms.push(Arm { enter, list });
        }
        let shape = Shape::Match(*x.expr, patterns);
        self.graph.lists[parent].pieces.push(Piece::Branch(Branch { shape, head, arms }));
        self.merge(parent, ends);
        while self.open.len() > outer {
            self.close();
        }
    }

    /// A value that a pattern takes apart lives as long as the branches behind it: what is left
    /// of it, and the temporaries of its expression, must have no destructor.
    fn confirm_scrutinee(&mut self, e: &mut Expr, ty: Option<&Type>, patterns: &[&Pat]) {
        super::awaits::confirm_temporaries(e, &self.rules);
        let silent =
            ty.is_some_and(|ty| types::ending(ty, &self.model.backend) != Ending::Observed);
        if !silent && is_value(e) {
            *e = super::parts::asked(e, patterns);
        }
    }

    fn each(&mut self, mut x: ExprForLoop) {
        let head = (*x.expr).clone();
        let found = self.iterator_type(peel(&head));
        let span = head.span();
        if has_await(&x.expr) {
            *x.expr = self.value(*x.expr, None);
        }
        if self.cursor.is_none() {
            return;
        }
        let value = &x.expr;
        let (value, ty, item): (Expr, _, _) = match found {
            Some((make, ty, item)) => {
                let value = match make {
                    Some(make) => parse_quote_spanned!(span=> #make(#value)),
                    None => (**value).clone(),
                };
                (value, Some(ty), Some(item))
            }
            None => {
                let value =
                    parse_quote_spanned!(span=> ::core::iter::IntoIterator::into_iter(#value));
                (value, None, None)
            }
        };
        self.fresh += 1;
        let name = syn::Ident::new(&format!("__iter{}", self.fresh), span);
        let mut value = value;
        let event = self.scanned_value(&mut value);
        let part = ty.as_ref().map(|ty| quote!(: #ty));
        super::awaits::confirm_temporaries(&mut value, &self.rules);
        let statement: Stmt = parse_quote_spanned!(span=> let mut #name #part = #value;);
        let id = self.declare(&name, ty, Origin::Iterator);
        self.graph.locals[id].mutable = true;
        self.add(statement, Event::Seq(vec![event, assigned(&[id])]));
        let at = self.begin(label_of(x.label.as_ref()), true, Dest::Nothing);
        let Some(parent) = self.cursor else { return };
        let list = self.list();
        self.cursor = Some(list);
        self.open();
        // What has no name lives as long as its round.
        if matches!(&*x.pat, Pat::Wild(_)) {
            self.fresh += 1;
            let name = syn::Ident::new(&format!("__item{}", self.fresh), x.pat.span());
            *x.pat = parse_quote!(#name);
        }
        let ids = self.bound(&mut x.pat, item.as_ref(), Origin::Item, false);
        self.declared(&ids);
        self.block(x.body, Dest::Nothing, None);
        self.close();
        self.again(at);
        let done = self.list();
        let pattern = &x.pat;
        let some: Pat = pattern_of(quote!(::core::option::Option::Some(#pattern)), span);
        let none: Pat = pattern_of(quote!(::core::option::Option::None), span);
        let mut next: Expr = parse_quote_spanned!(span=> ::core::iter::Iterator::next(&mut #name));
        self.confirm_scrutinee(&mut next, item.as_ref(), &[&some]);
        let shape = Shape::Match(next, vec![(quote!(), some, None), (quote!(), none, None)]);
        let arms =
            vec![Arm { enter: assigned(&ids), list }, Arm { enter: Event::nothing(), list: done }];
        let head = Event::Use(id, super::graph::How::Read);
        self.graph.lists[parent].pieces.push(Piece::Branch(Branch { shape, head, arms }));
        self.cursor = Some(parent);
        self.behind(at);
    }

    /// How to make a portable iterator of a loop's head, its type and the type of its items.
    fn iterator_type(&self, head: &Expr) -> Option<(Option<syn::Path>, Type, Type)> {
        if let Expr::Range(range) = head {
            let (start, end) = (range.start.as_ref()?, range.end.as_ref()?);
            let item = self.types.of(start).or_else(|| self.types.of(end))?;
            return Some(match range.limits {
                syn::RangeLimits::HalfOpen(_) => {
                    (None, parse_quote!(::core::ops::Range<#item>), item)
                }
                syn::RangeLimits::Closed(_) => (
                    Some(parse_quote!(::switchback::frame::inclusive)),
                    parse_quote!(::switchback::frame::Inclusive<#item>),
                    item,
                ),
            });
        }
        let item = match self.types.of(head)? {
            Type::Array(array) => *array.elem,
            // What a tasklet returns may be a `Vec`; rustc refuses all else.
            ty if types::is_projected(&ty) => {
                parse_quote!(<#ty as ::core::iter::IntoIterator>::Item)
            }
            ty => types::inside(&ty, "Vec")?,
        };
        Some((
            Some(parse_quote!(::switchback::frame::each)),
            parse_quote!(::switchback::frame::Each<#item>),
            item,
        ))
    }
}

fn pattern_of(tokens: proc_macro2::TokenStream, _: Span) -> Pat {
    use syn::parse::Parser;
    Pat::parse_multi.parse2(tokens).expect("a pattern")
}

/// The parts of a chain of `&&`.
fn conjuncts(e: Expr, out: &mut Vec<Expr>) {
    match e {
        Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_)) => {
            conjuncts(*x.left, out);
            conjuncts(*x.right, out);
        }
        other => out.push(other),
    }
}

/// Whether a pattern may leave something of what it takes apart.
fn remains(pattern: &Pat) -> bool {
    match pattern {
        Pat::Or(p) => p.cases.iter().any(remains),
        Pat::Paren(p) => remains(&p.pat),
        Pat::Ident(p) if !scan::is_constant(&p.ident) => p.by_ref.is_some(),
        Pat::Wild(_) => true,
        pattern => {
            let mut taken = scan::Taken::default();
            taken.pattern(pattern);
            taken.leaves
        }
    }
}

fn block_awaits(block: &Block) -> bool {
    block.stmts.iter().any(statement_awaits)
}

/// The head of control flow that awaits nowhere else.
fn only_head_awaits(e: &mut Expr) -> Option<&mut Expr> {
    let others = match e {
        Expr::Match(x) => x.arms.iter().any(|arm| {
            has_await(&arm.body) || arm.guard.as_ref().is_some_and(|(_, guard)| has_await(guard))
        }),
        Expr::ForLoop(x) => block_awaits(&x.body),
        Expr::If(x) => {
            let chain = matches!(&*x.cond, Expr::Binary(b) if matches!(b.op, syn::BinOp::And(_)));
            chain
                || block_awaits(&x.then_branch)
                || x.else_branch.as_ref().is_some_and(|(_, other)| has_await(other))
        }
        _ => true,
    };
    if others { None } else { only_head_mut(e).filter(|head| has_await(head)) }
}

fn only_head_mut(e: &mut Expr) -> Option<&mut Expr> {
    match e {
        Expr::Match(x) => Some(&mut x.expr),
        Expr::ForLoop(x) => Some(&mut x.expr),
        Expr::If(x) => Some(match &mut *x.cond {
            Expr::Let(test) => &mut test.expr,
            condition => condition,
        }),
        _ => None,
    }
}

/// Whether an expression is a value of its own, not a place.
fn is_value(e: &Expr) -> bool {
    !matches!(
        peel(e),
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Reference(_) | Expr::Lit(_)
    ) && !matches!(peel(e), Expr::Unary(u) if matches!(u.op, syn::UnOp::Deref(_)))
}
