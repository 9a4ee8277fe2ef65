//! Code without awaits: what it does with the locals, and its ways out.
//!
//! Such code stays as the author wrote it, in its own scopes. Only its exits change: a `break` or
//! `continue` of a loop that awaits, a `return` and a `?` become calls of `__goto` and
//! `__return`, which the frame replaces by transitions.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Block, Expr, Lifetime, Macro, Pat, Stmt, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
    visit::Visit,
    visit_mut::{self, VisitMut},
};

use super::{
    Dest, Lowerer, Target,
    graph::{Callee, Ending, Event, How, LocalId, Role},
    parts,
};
use crate::{
    expression::peel,
    hygiene::Hygiene,
    macros::{self, Known},
    types,
};

const GENERATED: &str = "a pickle must know the producer of a generator: write the type of its values, \
     `B::generate::<Type, _>(..)`";

/// What a name stands for.
#[derive(Clone)]
pub enum Bound {
    /// A local of the frame.
    Local(LocalId),
    /// The local that a statement declares, while its value is computed: it is not seen yet.
    Unseen,
    /// A local of code without awaits, maybe under another name.
    Inner(Option<Ident>),
}

/// What is done with the value of an expression.
#[derive(Clone, Copy, PartialEq)]
pub enum Use {
    /// It is taken.
    Value,
    /// It is only looked at.
    Place,
}

impl Lowerer<'_> {
    pub fn lookup(&self, name: &Ident) -> Option<&Bound> {
        self.lookup_in(&name.to_string(), Hygiene::of(name))
    }

    /// What a name in a context stands for: the innermost local of the context, if there is one.
    fn lookup_in(&self, name: &str, hygiene: Hygiene) -> Option<&Bound> {
        // A format string names a raw identifier without its mark.
        let name = name.trim_start_matches("r#");
        let seen = |(n, _, b): &&(String, Hygiene, Bound)| {
            n.trim_start_matches("r#") == name && !matches!(b, Bound::Unseen)
        };
        let mut all = self.names.iter().flatten().rev().filter(seen);
        let first = all.next()?;
        let own = [first].into_iter().chain(all).find(|(_, h, _)| h.agrees(hygiene));
        Some(&own.unwrap_or(first).2)
    }

    /// Whether a local of this name would hide one of the frame.
    pub fn hides(&self, name: &Ident) -> bool {
        let (text, hygiene) = (name.to_string(), Hygiene::of(name));
        let mut all = self.names.iter().flatten().filter(|(n, ..)| *n == text);
        let unseen = all.any(|(_, h, b)| match b {
            Bound::Unseen => true,
            Bound::Local(_) => !h.agrees(hygiene),
            Bound::Inner(_) => false,
        });
        unseen || matches!(self.lookup(name), Some(Bound::Local(_)))
    }

    /// The local that an expression names.
    pub fn local_of(&self, e: &Expr) -> Option<LocalId> {
        let Expr::Path(path) = peel(e) else { return None };
        let name = path.path.get_ident().filter(|_| path.qself.is_none())?;
        match self.lookup(name)? {
            Bound::Local(id) => Some(*id),
            Bound::Inner(_) | Bound::Unseen => None,
        }
    }

    /// The local in which a place lies.
    pub fn root_of(&self, e: &Expr) -> Option<LocalId> {
        match peel(e) {
            Expr::Field(f) => self.root_of(&f.base),
            Expr::Index(i) => self.root_of(&i.expr),
            e => self.local_of(e),
        }
    }

    fn used(&self, id: LocalId, how: How) -> Event {
        let how = if how != How::Assign && self.copies(id) { How::Read } else { how };
        match &self.graph.locals[id].alias {
            // What it borrows is used too.
            Some(alias) => {
                let root = match alias {
                    Expr::Reference(r) => self.unique_root(&r.expr),
                    _ => None,
                };
                let root = root.map(|root| Event::Use(root, How::Read));
                Event::Seq([Event::Use(id, How::Read)].into_iter().chain(root).collect())
            }
            None => Event::Use(id, how),
        }
    }

    /// As [`root_of`](Self::root_of), by the names that locals have in the frame.
    pub fn unique_root(&self, e: &Expr) -> Option<LocalId> {
        match peel(e) {
            Expr::Field(f) => self.unique_root(&f.base),
            Expr::Path(p) => {
                let name = p.path.get_ident()?;
                self.graph.locals.iter().rposition(|l| l.name == *name)
            }
            _ => None,
        }
    }

    pub fn statement_event(&mut self, statement: &mut Stmt) -> Event {
        match statement {
            Stmt::Local(local) => self.inner_local(local),
            Stmt::Item(_) => Event::nothing(),
            Stmt::Expr(e, _) => self.scan(e, Use::Value),
            Stmt::Macro(m) => {
                let from = self.captured.len();
                let event = self.mac(&mut m.mac);
                if self.captured.len() > from {
                    let call = syn::ExprMacro { attrs: m.attrs.clone(), mac: m.mac.clone() };
                    let semi = m.semi_token;
                    let mut block = self.around(from, Expr::Macro(call));
                    if let (Expr::Block(block), Some(_)) = (&mut block, semi)
                        && let Some(Stmt::Expr(_, end)) = block.block.stmts.last_mut()
                    {
                        *end = semi;
                    }
                    *statement = Stmt::Expr(block, None);
                    return event;
                }
                // With braces it needs none, and is no expression.
                if m.semi_token.is_none()
                    && !matches!(m.mac.delimiter, syn::MacroDelimiter::Brace(_))
                {
                    let call = syn::ExprMacro { attrs: m.attrs.clone(), mac: m.mac.clone() };
                    *statement = Stmt::Expr(Expr::Macro(call), None);
                }
                event
            }
        }
    }

    /// A `let` of code without awaits.
    fn inner_local(&mut self, local: &mut syn::Local) -> Event {
        let mut events = Vec::new();
        if let Some(init) = &mut local.init {
            events.push(self.initial(&local.pat, &mut init.expr));
            if let Some((_, diverge)) = &mut init.diverge {
                let event = self.scan(diverge, Use::Value);
                events.push(Event::One(vec![event, Event::nothing()]));
            }
        }
        self.bind(&mut local.pat);
        Event::Seq(events)
    }

    /// The value that a pattern takes apart.
    pub fn initial(&mut self, pattern: &Pat, init: &mut Expr) -> Event {
        let moves = self.pattern_moves(pattern, init);
        let simple = matches!(super::plain(pattern), Pat::Ident(p) if p.by_ref.is_none());
        let event = self.scan(init, if simple { Use::Value } else { Use::Place });
        Event::Seq(vec![event, if simple { Event::nothing() } else { moves }])
    }

    /// What taking a field of a tuple moves. Of other types the fields are not known: rustc refuses
    /// to keep one of which a part has been moved away.
    fn part(&self, field: &syn::ExprField) -> Option<Event> {
        let id = self.local_of(&field.base)?;
        let (Some(Type::Tuple(tuple)), syn::Member::Unnamed(at)) =
            (&self.graph.locals[id].ty, &field.member)
        else {
            return None;
        };
        let ending = |ty: &Type| types::ending(ty, &self.model.backend);
        let observed = |ty: &Type| ending(ty) == Ending::Observed;
        let at = at.index as usize;
        if ending(tuple.elems.get(at)?) == Ending::Nothing {
            return None;
        }
        let rest = tuple.elems.iter().enumerate().any(|(n, ty)| n != at && observed(ty));
        Some(Event::Use(id, if rest { How::Part } else { How::Move }))
    }

    /// What a pattern moves out of the place it is matched against.
    pub fn pattern_moves(&self, pattern: &Pat, scrutinee: &Expr) -> Event {
        let Some(root) = self.root_of(scrutinee) else { return Event::nothing() };
        let mut taken = Taken::default();
        taken.pattern(pattern);
        let ty = self.graph.locals[root].ty.as_ref();
        let borrowed = matches!(ty, Some(Type::Reference(_)));
        let mut names = Vec::new();
        types::bindings(pattern, ty, &mut names);
        // Numbers are copied.
        let copied = self.local_of(scrutinee).is_some()
            && names.iter().all(|(name, ty)| {
                let ending = ty.as_ref().map(|ty| types::ending(ty, &self.model.backend));
                name.by_ref.is_some() || ending == Some(Ending::Nothing)
            });
        if !taken.binds || borrowed || copied {
            return Event::nothing();
        }
        let leaves = taken.leaves && self.leaves(pattern, ty);
        let how = match self.local_of(scrutinee) {
            None => How::Part,
            // What `..` skips has no name by which rustc could be asked.
            Some(_) if leaves && taken.skips => How::Part,
            Some(_) if leaves || parts::asks(pattern) => How::Apart,
            Some(_) => How::Move,
        };
        self.used(root, how)
    }

    /// Whether a pattern leaves something whose end may be observed in a value of type `ty`.
    fn leaves(&self, pattern: &Pat, ty: Option<&Type>) -> bool {
        let observed = |ty: Option<&Type>| {
            ty.is_none_or(|ty| types::ending(ty, &self.model.backend) == Ending::Observed)
        };
        match (pattern, ty) {
            (Pat::Type(p), _) => self.leaves(&p.pat, ty),
            (Pat::Paren(p), _) => self.leaves(&p.pat, ty),
            (Pat::Tuple(p), Some(Type::Tuple(tuple))) if p.elems.len() == tuple.elems.len() => {
                let mut parts = p.elems.iter().zip(&tuple.elems);
                parts.any(|(pattern, ty)| match pattern {
                    Pat::Rest(_) => tuple.elems.iter().any(|ty| observed(Some(ty))),
                    pattern => self.leaves(pattern, Some(ty)),
                })
            }
            (Pat::Ident(p), _) => p.by_ref.is_some() && observed(ty),
            _ => {
                let mut taken = Taken::default();
                taken.pattern(pattern);
                taken.leaves && observed(ty)
            }
        }
    }

    /// The same for the arms of a `match`, in each of which it may be another part: behind the name
    /// of a variant without fields nothing is left, if the value can be taken apart at all.
    pub fn arm_moves(&self, arms: &[syn::Arm], scrutinee: &Expr) -> Vec<Event> {
        let taken = arms.iter().any(|arm| {
            let mut taken = Taken::default();
            taken.pattern(&arm.pat);
            taken.binds
        });
        let moves = arms.iter().map(|arm| match self.local_of(scrutinee) {
            Some(root) if taken && is_empty_variant(&arm.pat) => {
                let asks = parts::asks(&arm.pat);
                self.used(root, if asks { How::Apart } else { How::Move })
            }
            _ => self.pattern_moves(&arm.pat, scrutinee),
        });
        moves.collect()
    }

    /// Binds the names of a pattern of code without awaits.
    fn bind(&mut self, pattern: &mut Pat) {
        let mut names = HashMap::new();
        self.bind_in(pattern, &mut names);
    }

    fn bind_in(&mut self, pattern: &mut Pat, names: &mut HashMap<String, Option<Ident>>) {
        only_constants(pattern);
        each_name(pattern, &mut |p, shorthand| {
            let name = p.ident.to_string();
            let hygiene = Hygiene::of(&p.ident);
            let renamed = names.entry(name.clone()).or_insert_with(|| {
                (self.renaming && self.hides(&p.ident)).then(|| self.fresh_name(&p.ident))
            });
            let renamed = renamed.clone();
            if let Some(new) = &renamed {
                *shorthand = true;
                p.ident = new.clone();
            }
            let scope = self.names.last_mut().expect("there is a scope");
            scope.push((name.clone(), hygiene, Bound::Inner(renamed)));
            self.types.declare_in(&name, hygiene, None);
        });
    }

    /// What an assignment does to what stands left of it, which may take the value apart.
    fn assigned_to(&mut self, left: &mut Expr) -> Event {
        if let Some(id) = self.local_of(left).filter(|_| !self.foreign) {
            let _ = self.scan(left, Use::Place);
            return self.used_assigned(id);
        }
        let parts: Vec<&mut Expr> = match left {
            Expr::Paren(x) => return self.assigned_to(&mut x.expr),
            Expr::Tuple(x) => x.elems.iter_mut().collect(),
            Expr::Array(x) => x.elems.iter_mut().collect(),
            Expr::Call(x) => x.args.iter_mut().collect(),
            Expr::Struct(x) => x
                .fields
                .iter_mut()
                .map(|field| {
                    field.colon_token.get_or_insert_default();
                    &mut field.expr
                })
                .collect(),
            left => return self.scan(left, Use::Place),
        };
        Event::Seq(parts.into_iter().map(|part| self.assigned_to(part)).collect())
    }

    /// What an expression does, and its exits rewritten.
    pub fn scan(&mut self, e: &mut Expr, how: Use) -> Event {
        match e {
            Expr::Path(path) => self.path(path, how),
            Expr::Lit(_) | Expr::Infer(_) | Expr::Const(_) => Event::nothing(),
            Expr::Paren(x) => self.scan(&mut x.expr, how),
            Expr::Group(x) => self.scan(&mut x.expr, how),
            Expr::Assign(x) => {
                let right = self.scan(&mut x.right, Use::Value);
                let left = self.assigned_to(&mut x.left);
                Event::Seq(vec![right, left])
            }
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                let left = self.scan(&mut x.left, Use::Value);
                let right = self.scan(&mut x.right, Use::Value);
                Event::Seq(vec![left, Event::One(vec![right, Event::nothing()])])
            }
            Expr::Binary(x) => {
                let compares = matches!(
                    x.op,
                    syn::BinOp::Eq(_)
                        | syn::BinOp::Ne(_)
                        | syn::BinOp::Lt(_)
                        | syn::BinOp::Le(_)
                        | syn::BinOp::Gt(_)
                        | syn::BinOp::Ge(_)
                );
                let assigns = super::is_assignment(&x.op);
                let (left, right) = match (compares, assigns) {
                    (true, _) => (Use::Place, Use::Place),
                    (_, true) => (Use::Place, Use::Value),
                    _ => (Use::Value, Use::Value),
                };
                let first = self.scan(&mut x.left, left);
                let second = self.scan(&mut x.right, right);
                Event::Seq(vec![first, second])
            }
            Expr::Unary(x) => {
                let inner =
                    if matches!(x.op, syn::UnOp::Deref(_)) { Use::Place } else { Use::Value };
                self.scan(&mut x.expr, inner)
            }
            Expr::Reference(x) => self.scan(&mut x.expr, Use::Place),
            Expr::RawAddr(x) => self.scan(&mut x.expr, Use::Place),
            Expr::Field(x) => {
                let part = if how == Use::Value { self.part(x) } else { None };
                let base = self.scan(&mut x.base, Use::Place);
                Event::Seq([base].into_iter().chain(part).collect())
            }
            Expr::Index(x) => {
                let base = self.scan(&mut x.expr, Use::Place);
                let index = self.scan(&mut x.index, Use::Value);
                Event::Seq(vec![base, index])
            }
            Expr::Cast(x) => self.scan(&mut x.expr, Use::Value),
            Expr::Call(x) => {
                self.callee(x);
                let mut events = vec![self.scan(&mut x.func, Use::Place)];
                events.extend(self.all(&mut x.args, Use::Value));
                Event::Seq(events)
            }
            Expr::MethodCall(x) => {
                let method = x.method.to_string();
                let takes =
                    self.takes(&x.receiver, &method) || self.takes_by_name(&x.receiver, &method);
                let how = if takes { Use::Value } else { Use::Place };
                let mut events = vec![self.scan(&mut x.receiver, how)];
                events.extend(self.all(&mut x.args, Use::Value));
                Event::Seq(events)
            }
            Expr::Tuple(x) => Event::Seq(self.all(&mut x.elems, Use::Value)),
            Expr::Array(x) => Event::Seq(self.all(&mut x.elems, Use::Value)),
            Expr::Repeat(x) => self.scan(&mut x.expr, Use::Value),
            Expr::Range(x) => {
                let ends = x.start.iter_mut().chain(x.end.iter_mut());
                Event::Seq(ends.map(|end| self.scan(end, Use::Value)).collect())
            }
            Expr::Struct(x) => {
                let mut events = Vec::new();
                for field in &mut x.fields {
                    let shorthand = field.colon_token.is_none();
                    let before = field.expr.to_token_stream().to_string();
                    events.push(self.scan(&mut field.expr, Use::Value));
                    if shorthand && field.expr.to_token_stream().to_string() != before {
                        field.colon_token = Some(Default::default());
                    }
                }
                if let Some(rest) = &mut x.rest {
                    let part = self.root_of(rest).map(|root| self.used(root, How::Part));
                    events.push(self.scan(rest, Use::Place));
                    events.extend(part);
                }
                Event::Seq(events)
            }
            Expr::Try(_) if !self.foreign => self.question(e),
            Expr::Try(x) => self.scan(&mut x.expr, Use::Value),
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => self.exit(e),
            Expr::Closure(x) => {
                let moves = x.capture.is_some().then(|| self.moved_whole(&x.body));
                let body = self.apart(|v| {
                    x.inputs.iter_mut().for_each(|p| v.bind(p));
                    v.scan(&mut x.body, Use::Value)
                });
                captured(&body, moves.as_ref(), |id| self.copies(id))
            }
            Expr::Async(x) => {
                let block = Expr::Block(syn::ExprBlock {
                    attrs: Vec::new(),
                    label: None,
                    block: x.block.clone(),
                });
                let moves = x.capture.is_some().then(|| self.moved_whole(&block));
                let body = self.apart(|v| v.inner_block(&mut x.block));
                captured(&body, moves.as_ref(), |id| self.copies(id))
            }
            Expr::If(x) => {
                self.enter();
                let (head, enter) = self.condition(&mut x.cond);
                let then = self.inner_block(&mut x.then_branch);
                self.leave();
                let other = match &mut x.else_branch {
                    Some((_, other)) => self.scan(other, Use::Value),
                    None => Event::nothing(),
                };
                Event::Seq(vec![head, Event::One(vec![Event::Seq(vec![enter, then]), other])])
            }
            Expr::Match(x) => {
                let scrutinee = (*x.expr).clone();
                let head = self.scan(&mut x.expr, Use::Place);
                let moves = self.arm_moves(&x.arms, &scrutinee);
                let mut arms = Vec::new();
                for (arm, moves) in x.arms.iter_mut().zip(moves) {
                    self.enter();
                    self.bind(&mut arm.pat);
                    let guard = match &mut arm.guard {
                        Some((_, guard)) => self.condition(guard).0,
                        None => Event::nothing(),
                    };
                    let body = self.scan(&mut arm.body, Use::Value);
                    self.leave();
                    arms.push(Event::Seq(vec![guard, moves, body]));
                }
                Event::Seq(vec![head, Event::One(arms)])
            }
            Expr::Let(_) => {
                let (head, enter) = self.condition(e);
                Event::Seq(vec![head, Event::One(vec![enter, Event::nothing()])])
            }
            Expr::Loop(x) => {
                let id = self.begin_inner(x.label.as_ref().map(|l| &l.name), true);
                // A macro that is not known may hide a `break`.
                let ends = macros::contains_unknown(&x.body, &self.rules);
                let body = self.inner_block(&mut x.body);
                self.targets.pop();
                Event::Loop { id, ends, body: Box::new(body) }
            }
            Expr::While(x) => {
                let id = self.begin_inner(x.label.as_ref().map(|l| &l.name), true);
                self.enter();
                let (head, enter) = self.condition(&mut x.cond);
                let body = self.inner_block(&mut x.body);
                self.leave();
                self.targets.pop();
                let rest = Event::One(vec![Event::Seq(vec![enter, body]), Event::Break(id)]);
                Event::Loop { id, ends: false, body: Box::new(Event::Seq(vec![head, rest])) }
            }
            Expr::ForLoop(x) => {
                let head = self.scan(&mut x.expr, Use::Value);
                let id = self.begin_inner(x.label.as_ref().map(|l| &l.name), true);
                self.enter();
                self.bind(&mut x.pat);
                let body = self.inner_block(&mut x.body);
                self.leave();
                self.targets.pop();
                Event::Seq(vec![head, Event::Loop { id, ends: true, body: Box::new(body) }])
            }
            Expr::Block(x) => match &x.label {
                Some(label) => {
                    let id = self.begin_inner(Some(&label.name), false);
                    let body = self.inner_block(&mut x.block);
                    self.targets.pop();
                    Event::Block { id, body: Box::new(body) }
                }
                None => self.inner_block(&mut x.block),
            },
            Expr::Unsafe(x) => self.inner_block(&mut x.block),
            Expr::Macro(x) => {
                let from = self.captured.len();
                let event = self.mac(&mut x.mac);
                if self.captured.len() > from {
                    *e = self.around(from, e.clone());
                }
                event
            }
            other => self.tokens(other.to_token_stream()),
        }
    }

    fn all<'e>(&mut self, list: impl IntoIterator<Item = &'e mut Expr>, how: Use) -> Vec<Event> {
        list.into_iter().map(|e| self.scan(e, how)).collect()
    }

    fn path(&mut self, path: &mut syn::ExprPath, how: Use) -> Event {
        let Some(name) = path.path.get_ident().filter(|_| path.qself.is_none()) else {
            return Event::nothing();
        };
        match self.lookup(name).cloned() {
            Some(Bound::Local(id)) => {
                let unique = self.graph.locals[id].name.to_string();
                if *name != unique {
                    let name = Ident::new(&unique, name.span());
                    path.path = parse_quote!(#name);
                }
                self.used(id, if how == Use::Value { How::Move } else { How::Read })
            }
            Some(Bound::Inner(Some(new))) => {
                let name = Ident::new(&new.to_string(), name.span());
                path.path = parse_quote!(#name);
                Event::nothing()
            }
            _ => Event::nothing(),
        }
    }

    fn used_assigned(&self, id: LocalId) -> Event {
        let borrows = self.graph.locals[id].alias.is_some();
        Event::Use(id, if borrows { How::Read } else { How::Assign })
    }

    pub fn inner_block(&mut self, block: &mut Block) -> Event {
        self.enter();
        let events = block.stmts.iter_mut().map(|s| self.statement_event(s)).collect();
        self.leave();
        Event::Seq(events)
    }

    /// What a condition does, and what it does if it holds. Its names are bound in this scope.
    fn condition(&mut self, e: &mut Expr) -> (Event, Event) {
        match e {
            Expr::Let(x) => {
                let moves = self.pattern_moves(&x.pat, &x.expr);
                let head = self.scan(&mut x.expr, Use::Place);
                self.bind(&mut x.pat);
                (head, moves)
            }
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_)) => {
                let (left, first) = self.condition(&mut x.left);
                let (right, second) = self.condition(&mut x.right);
                let sometimes = Event::One(vec![right, Event::nothing()]);
                (Event::Seq(vec![left, sometimes]), Event::Seq(vec![first, second]))
            }
            Expr::Paren(x) => self.condition(&mut x.expr),
            Expr::Group(x) => self.condition(&mut x.expr),
            e => (self.scan(e, Use::Value), Event::nothing()),
        }
    }

    /// Code that runs on its own, whose exits are its own.
    fn apart(&mut self, walk: impl FnOnce(&mut Self) -> Event) -> Event {
        let outside = std::mem::replace(&mut self.foreign, true);
        self.targets.push(Target::Barrier);
        self.enter();
        let event = walk(self);
        self.leave();
        self.targets.pop();
        self.foreign = outside;
        event
    }

    fn begin_inner(&mut self, label: Option<&Lifetime>, is_loop: bool) -> usize {
        self.loops += 1;
        self.targets.push(Target::Inner {
            label: label.map(|l| l.ident.to_string()),
            id: self.loops,
            is_loop,
        });
        self.loops
    }

    fn question(&mut self, e: &mut Expr) -> Event {
        let Expr::Try(x) = e else { return Event::nothing() };
        let event = self.scan(&mut x.expr, Use::Value);
        let (inner, span) = (&x.expr, x.question_token.span());
        *e = parse_quote_spanned! {span=>
            match ::switchback::frame::branch(#inner) {
                ::core::ops::ControlFlow::Continue(__v) => __v,
                ::core::ops::ControlFlow::Break(__r) =>
                    __return(::switchback::frame::residual(__r)),
            }
        };
        Event::Seq(vec![event, Event::One(vec![Event::Leave, Event::nothing()])])
    }

    /// `return`, `break` or `continue`.
    fn exit(&mut self, e: &mut Expr) -> Event {
        let span = e.span();
        match e {
            Expr::Return(x) => {
                let event = match &mut x.expr {
                    Some(value) => self.scan(value, Use::Value),
                    None => Event::nothing(),
                };
                if !self.foreign {
                    let value = x.expr.take().unwrap_or_else(|| parse_quote_spanned!(span=> ()));
                    *e = parse_quote_spanned!(span=> __return(#value));
                }
                Event::Seq(vec![event, Event::Leave])
            }
            Expr::Break(x) => {
                let event = match &mut x.expr {
                    Some(value) => self.scan(value, Use::Value),
                    None => Event::nothing(),
                };
                let Some(at) = self.target(x.label.as_ref()) else {
                    return Event::Seq(vec![event, Event::Leave]);
                };
                if let Target::Inner { id, .. } = self.targets[at] {
                    return Event::Seq(vec![event, Event::Break(id)]);
                }
                let value = x.expr.take();
                let (code, leaving) = self.leaving(at, value, span);
                *e = code;
                Event::Seq(vec![event, leaving])
            }
            Expr::Continue(x) => {
                let Some(at) = self.target(x.label.as_ref()) else { return Event::Leave };
                match self.targets[at] {
                    Target::Inner { id, .. } => Event::Continue(id),
                    Target::State { again: Some(state), .. } => {
                        let way = self.way(state);
                        *e = goto(way, span);
                        Event::Way(way)
                    }
                    _ => Event::Leave,
                }
            }
            _ => Event::nothing(),
        }
    }

    /// The code of a `break` of target `at`, and what it does behind its value.
    fn leaving(&mut self, at: usize, value: Option<Box<Expr>>, span: Span) -> (Expr, Event) {
        let Target::State { dest, .. } = &self.targets[at] else {
            unreachable!("the target is a state")
        };
        match (*dest, value) {
            (Dest::Return, value) => {
                let value = value.unwrap_or_else(|| parse_quote_spanned!(span=> ()));
                (parse_quote_spanned!(span=> __return(#value)), Event::Leave)
            }
            (Dest::Nothing, value) => {
                let way = self.way_behind(at);
                let goto = goto(way, span);
                let code = match value {
                    Some(value) => parse_quote_spanned!(span=> { #value; #goto }),
                    None => goto,
                };
                (code, Event::Way(way))
            }
            (Dest::Value(id), value) => {
                let value = value.unwrap_or_else(|| parse_quote_spanned!(span=> ()));
                let way = self.way_behind(at);
                let (goto, name) = (goto(way, span), &self.graph.locals[id].name);
                let code = parse_quote_spanned!(span=> { #name = #value; #goto });
                (code, Event::Seq(vec![Event::Use(id, How::Assign), Event::Way(way)]))
            }
        }
    }

    fn target(&self, label: Option<&Lifetime>) -> Option<usize> {
        for (at, target) in self.targets.iter().enumerate().rev() {
            let (name, is_loop) = match target {
                Target::Barrier => return None,
                Target::Inner { label, is_loop, .. } => (label, *is_loop),
                Target::State { label, again, .. } => (label, again.is_some()),
            };
            let found = match label {
                Some(label) => name.as_ref().is_some_and(|name| label.ident == name),
                None => is_loop,
            };
            if found {
                return Some(at);
            }
        }
        None
    }

    /// A tasklet that the backend is asked to run.
    fn callee(&mut self, call: &syn::ExprCall) {
        let Expr::Path(path) = peel(&call.func) else { return };
        let backend = &self.model.backend;
        let makes = path.path.segments.last().is_some_and(|s| {
            ["spawn", "spawn_paused", "spawn_unbound", "bind"].iter().any(|n| s.ident == n)
        });
        if makes && path.path.segments.first().is_some_and(|s| s.ident == *backend) {
            for argument in &call.args {
                self.add_callee(argument, Role::Spawned);
            }
        }
        let method = self.types.of_backend(&path.path);
        if let Some(name) = method.filter(|name| name.ident == "generate") {
            match (types::first_argument(&name.arguments), call.args.first().map(peel)) {
                (Some(item), Some(Expr::Closure(closure))) => {
                    let mut shape = closure.clone();
                    *shape.body = self.shape(peel(&closure.body));
                    self.push_callee(Role::Producer(Box::new(item)), Expr::Closure(shape));
                }
                (Some(item), Some(maker)) => {
                    self.push_callee(Role::Producer(Box::new(item)), maker.clone());
                }
                (None, _) => self.errors.add(&name.ident, GENERATED),
                (_, None) => {}
            }
        }
    }

    /// A call of a tasklet, if it is one by its looks.
    pub fn add_callee(&mut self, call: &Expr, role: Role) {
        let Expr::Call(inner) = peel(call) else { return };
        let Expr::Path(path) = peel(&inner.func) else { return };
        let first = path.path.segments.first();
        let last = path.path.segments.last();
        let constructor = last.is_some_and(|s| s.ident.to_string().starts_with(char::is_uppercase));
        let local = path.path.get_ident().is_some_and(|n| self.lookup(n).is_some());
        if path.qself.is_none()
            && !constructor
            && !local
            && first.is_some_and(|s| s.ident != self.model.backend)
        {
            let shape = self.shape(peel(call));
            self.push_callee(role, shape);
        }
    }

    fn push_callee(&mut self, role: Role, shape: Expr) {
        let text = shape.to_token_stream().to_string();
        let known = |c: &Callee| c.shape.to_token_stream().to_string() == text;
        if !self.graph.callees.iter().any(known) {
            self.graph.callees.push(Callee { role, shape });
        }
    }

    /// A macro: the arguments of those that are known are code like any other.
    pub fn mac(&mut self, mac: &mut Macro) -> Event {
        match macros::known(mac, &self.rules) {
            Some(mut known) => {
                let event = self.known(&mut known);
                known.write(mac);
                event
            }
            None => self.unknown(mac),
        }
    }

    fn known(&mut self, known: &mut Known) -> Event {
        let mut events = Vec::new();
        for argument in &mut known.arguments {
            let how = if argument.borrowed { Use::Place } else { Use::Value };
            let event = self.scan(&mut argument.value, how);
            events.push(match argument.lazy {
                true => Event::One(vec![event, Event::nothing()]),
                false => event,
            });
        }
        let mut captures = Vec::new();
        let hygiene = known.hygiene();
        for name in known.captured() {
            match self.lookup_in(&name, hygiene).cloned() {
                Some(Bound::Local(id)) => {
                    let unique = self.graph.locals[id].name.clone();
                    if unique != name {
                        captures.push((name, unique));
                    }
                    let event = self.used(id, How::Read);
                    events.push(match known.lazy {
                        true => Event::One(vec![event, Event::nothing()]),
                        false => event,
                    });
                }
                Some(Bound::Inner(Some(new))) => captures.push((name, new)),
                _ => {}
            }
        }
        known.name_captures(&captures);
        if let Some(tail) = &known.tail {
            // A pattern with a guard, behind the scrutinee of `matches!`.
            events.push(self.tokens(tail.clone()));
            if let Some(pattern) = macros::matched(tail.clone()) {
                let moves = self.pattern_moves(&pattern, &known.arguments[0].value);
                events.push(Event::One(vec![moves, Event::nothing()]));
            }
        }
        if known.diverges {
            events.push(Event::Leave);
        }
        Event::Seq(events)
    }

    /// A macro that this crate knows nothing about stays as it is, but for exits and for names
    /// that have changed, which can be rewritten where its tokens are expressions.
    fn unknown(&mut self, mac: &mut Macro) -> Event {
        let exits = !self.foreign && macros::exits(mac.tokens.clone());
        if !exits && !self.renamed(mac.tokens.clone()) {
            return self.tokens(mac.tokens.clone());
        }
        let name = mac.path.to_token_stream().to_string().replace(' ', "");
        let Some(mut list) = macros::expressions(mac.tokens.clone()) else {
            self.errors.add(
                &mac.tokens,
                &format!(
                    "`return`, `break`, `continue` or `?` among tokens that only `{name}!` \
                     understands: write the exit outside of the macro"
                ),
            );
            return Event::nothing();
        };
        let mut events = Vec::new();
        for e in &mut list {
            let literals = macros::literals(e.to_token_stream());
            events.extend(literals.iter().map(|literal| self.literal(literal)));
            for literal in &literals {
                for name in macros::captures(&literal.to_string()) {
                    self.capture(&name, literal.span());
                }
            }
            let event = self.scan(e, Use::Place);
            events.push(Event::One(vec![event, Event::nothing()]));
        }
        mac.tokens = list.into_token_stream();
        Event::Seq(events)
    }

    /// A name that a string captures and that has another name here is given back its own, around
    /// the macro.
    fn capture(&mut self, name: &str, span: Span) {
        let (unique, copies) = match self.lookup_in(name, Hygiene::of_literal(span)) {
            Some(Bound::Local(id)) => (self.graph.locals[*id].name.clone(), self.copies(*id)),
            Some(Bound::Inner(Some(new))) => (new.clone(), false),
            _ => return,
        };
        if unique != name
            && let Ok(mut name) = syn::parse_str::<Ident>(name)
        {
            name.set_span(span);
            self.captured.push((name, unique, copies));
        }
    }

    /// A macro around which names are given back.
    fn around(&mut self, from: usize, mac: Expr) -> Expr {
        let names = self.captured.split_off(from).into_iter().map(|(name, unique, copies)| {
            let value = if copies { quote!(#unique) } else { quote!(&#unique) };
            quote!(let #name = #value;)
        });
        let names: Vec<_> = names.collect();
        if names.is_empty() { mac } else { parse_quote!({ #(#names)* #mac }) }
    }

    /// What tokens that are not understood may do: read the locals they name.
    fn tokens(&mut self, tokens: TokenStream) -> Event {
        let mut events = Vec::new();
        let mut before = ' ';
        for tree in tokens {
            match &tree {
                TokenTree::Ident(name) if before != '.' => {
                    if let Some(Bound::Local(id)) = self.lookup(name) {
                        events.push(self.used(*id, How::Read));
                    }
                }
                TokenTree::Group(group) => events.push(self.tokens(group.stream())),
                TokenTree::Literal(literal) => events.push(self.literal(literal)),
                _ => {}
            }
            before = match tree {
                TokenTree::Punct(p) => p.as_char(),
                _ => ' ',
            };
        }
        Event::Seq(events)
    }

    /// A literal that may be a format string.
    fn literal(&mut self, literal: &Literal) -> Event {
        let names = macros::captures(&literal.to_string());
        let hygiene = Hygiene::of_literal(literal.span());
        let ids = names.iter().filter_map(|name| match self.lookup_in(name, hygiene) {
            Some(Bound::Local(id)) => Some(*id),
            _ => None,
        });
        Event::Seq(ids.map(|id| self.used(id, How::Read)).collect())
    }

    /// Whether the tokens name a local that has another name here.
    fn renamed(&self, tokens: TokenStream) -> bool {
        let other = |name: &str, hygiene| match self.lookup_in(name, hygiene) {
            Some(Bound::Local(id)) => self.graph.locals[*id].name != name,
            Some(Bound::Inner(new)) => new.is_some(),
            _ => false,
        };
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(name) => other(&name.to_string(), Hygiene::of(&name)),
            TokenTree::Group(group) => self.renamed(group.stream()),
            TokenTree::Literal(l) => {
                let hygiene = Hygiene::of_literal(l.span());
                macros::captures(&l.to_string()).iter().any(|n| other(n, hygiene))
            }
            TokenTree::Punct(_) => false,
        })
    }

    /// Whether a method takes what it is called on, as far as the source shows it: an author's type
    /// may have another one of the same name.
    pub fn takes(&self, receiver: &Expr, method: &str) -> bool {
        let std = || self.types.of(receiver).is_some_and(|ty| types::is_std_value(&ty));
        converts(method) || (consumes(method) && std())
    }

    /// The same, of a local whose type is not known: by its name it does, and rustc is asked.
    fn takes_by_name(&mut self, receiver: &Expr, method: &str) -> bool {
        let Some(id) = self.local_of(receiver).filter(|_| consumes(method)) else { return false };
        let local = &self.graph.locals[id];
        if local.ty.is_some() || local.like.is_some() || local.alias.is_some() {
            return false;
        }
        match &mut self.asking {
            Some(asking) => asking.push(id),
            None => return false,
        }
        true
    }

    pub fn fresh_name(&mut self, name: &Ident) -> Ident {
        self.fresh += 1;
        let text = name.to_string();
        let text = text.trim_start_matches("r#");
        format_ident!("__{}_{}", text, self.fresh, span = name.span())
    }
}

pub fn goto(way: usize, span: Span) -> Expr {
    let way = Literal::usize_unsuffixed(way);
    parse_quote_spanned!(span=> __goto(#way))
}

/// What a closure captures is used where it is made. One with `move` takes `whole` locals, and of
/// others the parts that it names.
fn captured(
    body: &Event,
    whole: Option<&HashSet<LocalId>>,
    copies: impl Fn(LocalId) -> bool,
) -> Event {
    let mut uses = Vec::new();
    collect(body, &mut uses);
    let uses = uses.into_iter().map(|(id, how)| {
        let how = match how {
            How::Move | How::Part | How::Apart => How::Move,
            _ if copies(id) => How::Read,
            _ => match whole {
                Some(whole) if whole.contains(&id) => How::Move,
                Some(_) => How::Part,
                None => How::Read,
            },
        };
        Event::Use(id, how)
    });
    Event::Seq(uses.collect())
}

impl Lowerer<'_> {
    /// Locals that the body of a closure surely names as a whole.
    fn moved_whole(&self, body: &Expr) -> HashSet<LocalId> {
        let mut whole = Whole::default();
        whole.visit_expr(body);
        let ids = whole.0.iter().filter_map(|name| match self.lookup(name) {
            Some(Bound::Local(id)) => Some(*id),
            _ => None,
        });
        ids.collect()
    }
}

/// Names in places where they stand for all of a local.
#[derive(Default)]
struct Whole(Vec<Ident>);

impl Whole {
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, tree) in trees.iter().enumerate() {
            let punct = |at: usize| match trees.get(at) {
                Some(TokenTree::Punct(p)) => p.as_char(),
                _ => ' ',
            };
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name) if at == 0 || punct(at - 1) != '.' => {
                    let field = punct(at + 1) == '.' && punct(at + 2) != '.';
                    let called = matches!(trees.get(at + 3), Some(TokenTree::Group(_)));
                    if !field || called {
                        self.0.push(name.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// A value that a pattern may take nothing of.
    fn matched(&mut self, e: &Expr) {
        if !matches!(peel(e), Expr::Path(_)) {
            self.visit_expr(e);
        }
    }
}

impl<'ast> Visit<'ast> for Whole {
    fn visit_expr_field(&mut self, x: &'ast syn::ExprField) {
        self.matched(&x.base);
    }

    fn visit_expr_path(&mut self, x: &'ast syn::ExprPath) {
        self.0.extend(x.path.get_ident().cloned());
    }

    fn visit_local(&mut self, x: &'ast syn::Local) {
        let Some(init) = &x.init else { return };
        match super::plain(&x.pat) {
            Pat::Ident(p) if p.by_ref.is_none() => self.visit_expr(&init.expr),
            _ => self.matched(&init.expr),
        }
        if let Some((_, diverge)) = &init.diverge {
            self.visit_expr(diverge);
        }
    }

    fn visit_expr_match(&mut self, x: &'ast syn::ExprMatch) {
        self.matched(&x.expr);
        x.arms.iter().for_each(|arm| self.visit_arm(arm));
    }

    fn visit_expr_let(&mut self, x: &'ast syn::ExprLet) {
        self.matched(&x.expr);
    }

    fn visit_expr_assign(&mut self, x: &'ast syn::ExprAssign) {
        match &*x.left {
            Expr::Infer(_) => self.matched(&x.right),
            left => {
                self.visit_expr(left);
                self.visit_expr(&x.right);
            }
        }
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.tokens(mac.tokens.clone());
    }
}

fn collect(event: &Event, uses: &mut Vec<(LocalId, How)>) {
    match event {
        Event::Use(id, how) => uses.push((*id, *how)),
        Event::Seq(all) | Event::One(all) => all.iter().for_each(|e| collect(e, uses)),
        Event::Loop { body, .. } | Event::Block { body, .. } => collect(body, uses),
        _ => {}
    }
}

/// The methods of `Into`, `TryInto` and `IntoIterator`, which every type may have.
pub fn converts(method: &str) -> bool {
    ["into", "try_into", "into_iter"].contains(&method)
}

/// Methods that take what they are called on, by the conventions of the standard library.
pub fn consumes(method: &str) -> bool {
    const NAMES: &[&str] = &[
        "into",
        "try_into",
        "unwrap",
        "expect",
        "unwrap_or",
        "unwrap_or_default",
        "unwrap_or_else",
        "unwrap_unchecked",
        "unwrap_err",
        "expect_err",
        "ok",
        "err",
        "ok_or",
        "ok_or_else",
        "map",
        "map_err",
        "map_or",
        "map_or_else",
        "and",
        "and_then",
        "or",
        "or_else",
        "xor",
        "filter",
        "flatten",
        "zip",
        "unzip",
        "transpose",
        "inspect",
        "inspect_err",
        "is_some_and",
        "is_none_or",
        "is_ok_and",
        "is_err_and",
        "item",
        "join",
        "downcast",
        "collect",
        "sum",
        "product",
        "count",
        "fold",
        "chain",
        "rev",
        "enumerate",
        "try_unwrap",
    ];
    method.starts_with("into_") || NAMES.contains(&method)
}

/// Whether a pattern takes parts of what it is matched against, and whether it leaves some.
#[derive(Default)]
pub struct Taken {
    pub binds: bool,
    pub leaves: bool,
    /// With `..`.
    pub skips: bool,
}

impl Taken {
    pub fn pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(p) if is_constant(&p.ident) => {}
            Pat::Ident(p) => {
                if p.by_ref.is_none() {
                    self.binds = true;
                } else {
                    self.leaves = true;
                }
            }
            Pat::Wild(_) => self.leaves = true,
            Pat::Rest(_) => {
                self.leaves = true;
                self.skips = true;
            }
            Pat::Type(p) => self.pattern(&p.pat),
            Pat::Paren(p) => self.pattern(&p.pat),
            Pat::Or(p) => p.cases.iter().for_each(|p| self.pattern(p)),
            Pat::Tuple(p) => p.elems.iter().for_each(|p| self.pattern(p)),
            Pat::TupleStruct(p) => p.elems.iter().for_each(|p| self.pattern(p)),
            Pat::Slice(p) => p.elems.iter().for_each(|p| self.pattern(p)),
            Pat::Struct(p) => {
                self.leaves |= p.rest.is_some();
                self.skips |= p.rest.is_some();
                p.fields.iter().for_each(|f| self.pattern(&f.pat));
            }
            _ => {}
        }
    }
}

/// Whether nothing with a destructor is left of a value that matches: a pattern of constants, which
/// names nothing and skips nothing.
pub fn is_empty_variant(pattern: &Pat) -> bool {
    match pattern {
        Pat::Path(_) | Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(p) => is_constant(&p.ident) && p.subpat.is_none(),
        Pat::Paren(p) => is_empty_variant(&p.pat),
        Pat::Or(p) => p.cases.iter().all(is_empty_variant),
        Pat::Tuple(p) => p.elems.iter().all(is_empty_variant),
        Pat::TupleStruct(p) => p.elems.iter().all(is_empty_variant),
        Pat::Struct(p) => p.rest.is_none() && p.fields.iter().all(|f| is_empty_variant(&f.pat)),
        _ => false,
    }
}

/// A name in a pattern that is a constant or a variant without fields.
pub fn is_constant(name: &Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}

/// Names that are taken for constants become paths, which bind nothing: rustc says if there is no
/// such constant.
pub fn only_constants(pattern: &mut Pat) {
    struct Constants;
    impl VisitMut for Constants {
        fn visit_pat_mut(&mut self, pattern: &mut Pat) {
            if let Pat::Ident(p) = &*pattern
                && is_constant(&p.ident)
                && (p.by_ref.is_none() && p.mutability.is_none() && p.subpat.is_none())
            {
                let name = &p.ident;
                let path = quote_spanned!(name.span()=> #name::<>);
                let path = syn::parse2(path).expect("a path");
                let attrs = p.attrs.clone();
                *pattern = Pat::Path(syn::ExprPath { attrs, qself: None, path });
                return;
            }
            visit_mut::visit_pat_mut(self, pattern);
        }
        fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
            // The name of a field is bound, whatever it looks like.
            if field.colon_token.is_some() {
                visit_mut::visit_field_pat_mut(self, field);
            }
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    Constants.visit_pat_mut(pattern);
}

/// Each name that a pattern binds; the second argument is set if it is renamed, so that the
/// shorthand of a field gets its colon.
pub fn each_name(pattern: &mut Pat, act: &mut impl FnMut(&mut syn::PatIdent, &mut bool)) {
    struct Names<'a, F>(&'a mut F);
    impl<F: FnMut(&mut syn::PatIdent, &mut bool)> VisitMut for Names<'_, F> {
        fn visit_pat_ident_mut(&mut self, p: &mut syn::PatIdent) {
            if !is_constant(&p.ident) || p.by_ref.is_some() || p.subpat.is_some() {
                (self.0)(p, &mut false);
            }
            visit_mut::visit_pat_ident_mut(self, p);
        }
        fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
            if let (None, Pat::Ident(p)) = (&field.colon_token, &mut *field.pat) {
                let mut renamed = false;
                (self.0)(p, &mut renamed);
                if renamed {
                    field.colon_token = Some(Default::default());
                }
                return;
            }
            visit_mut::visit_field_pat_mut(self, field);
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    Names(act).visit_pat_mut(pattern);
}

/// `drop(name);`.
pub fn dropped(name: &Ident) -> Stmt {
    let span = name.span();
    let tokens = quote_spanned!(span=> ::core::mem::drop(#name));
    Stmt::Expr(Expr::Verbatim(quote!(#tokens)), Some(Default::default()))
}
