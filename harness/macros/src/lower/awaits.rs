//! Expressions that await: their awaits become statements, in the order of evaluation.
//!
//! ```text
//!   total ^ op({ total += 1; total }).await?      let __t1: u64 = total;
//!                                            -->  total += 1;
//!                                                 suspend in op(total)
//!                                                 __t1 ^ finish()?
//! ```
//!
//! What is evaluated before an await is kept over it in a temporary, unless it is the same when
//! it is evaluated behind it.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Expr, ExprAwait, Pat, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::{
    Dest, Lowerer,
    graph::{Ending, Event, LocalId, Origin, Piece, Role},
    is_assignment, parts,
    scan::{Bound, consumes, converts},
    wrapped,
};
use crate::{
    expression::{has_await, is_control, is_place, peel, peel_mut},
    macros::{self, Kind},
    types,
};

/// How an operand is used.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Value,
    /// It is looked at where it is.
    Place,
    /// A method is called on it that takes it, if it is the standard library's.
    Consumed,
}

/// Names of locals that operands further right may change.
struct Later {
    maybe: HashSet<String>,
    /// Those that they assign to, or borrow for that.
    surely: HashSet<String>,
}

impl Lowerer<'_> {
    /// The expression without awaits; what has to happen before is added to the code.
    pub(super) fn value(&mut self, mut e: Expr, hint: Option<&Type>) -> Expr {
        if !has_await(&e) {
            return e;
        }
        peel_mut(&mut e);
        if is_control(&e) {
            let ty = hint.cloned().or_else(|| self.types.of(&e));
            let like = if ty.is_none() { self.like(&e) } else { None };
            let id = self.temporary(ty.clone(), e.span(), Origin::Temporary);
            self.graph.locals[id].like = like;
            self.control(e, Dest::Value(id), ty.as_ref());
            return self.name_of(id);
        }
        match &mut e {
            Expr::Await(_) => {
                if let Expr::Await(awaited) = e {
                    return self.awaited(awaited);
                }
            }
            Expr::Paren(x) => self.replace(&mut x.expr, hint),
            Expr::Group(x) => self.replace(&mut x.expr, hint),
            Expr::Try(x) => self.replace(&mut x.expr, None),
            Expr::Unary(x) if matches!(x.op, syn::UnOp::Deref(_)) => {
                self.replace_looked_at(&mut x.expr, None)
            }
            Expr::Unary(x) => self.replace(&mut x.expr, None),
            Expr::Cast(x) => self.replace(&mut x.expr, None),
            Expr::Field(x) => self.replace_looked_at(&mut x.base, None),
            Expr::Reference(x) => self.replace_looked_at(&mut x.expr, None),
            Expr::Let(x) => self.replace_looked_at(&mut x.expr, None),
            Expr::Return(x) => {
                let output = self.model.output.clone();
                x.expr.iter_mut().for_each(|x| self.replace(x, Some(&output)));
            }
            Expr::Break(x) => x.expr.iter_mut().for_each(|x| self.replace(x, None)),
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                return self.short_circuit(x.clone());
            }
            Expr::Binary(x) if is_assignment(&x.op) => {
                if has_await(&x.left) || !is_place(&x.left) {
                    self.errors.add(
                        &x.left,
                        "the place of this assignment is evaluated before or behind its value, \
                         depending on its type: bind the index to a local first",
                    );
                }
                let ty = self.types.of(&x.left);
                self.replace(&mut x.right, ty.as_ref());
                self.assigned_place(x);
            }
            Expr::Assign(x) => {
                let ty = self.types.of(&x.left);
                if has_await(&x.left) {
                    let ty = ty.or_else(|| self.types.of(&x.right));
                    self.keep(&mut x.right, ty, Position::Value);
                    self.replace(&mut x.left, None);
                } else if is_place(&x.left) {
                    self.replace(&mut x.right, ty.as_ref());
                } else {
                    self.replace_looked_at(&mut x.right, ty.as_ref());
                }
            }
            Expr::Binary(x) => {
                let position = if compares(&x.op) { Position::Place } else { Position::Value };
                self.operands(vec![(&mut x.left, position), (&mut x.right, position)]);
            }
            Expr::Index(x) => {
                self.operands(vec![(&mut x.expr, Position::Place), (&mut x.index, Position::Value)])
            }
            Expr::Repeat(x) => self.replace(&mut x.expr, None),
            Expr::Tuple(x) => self.values(&mut x.elems),
            Expr::Array(x) => self.values(&mut x.elems),
            Expr::Range(x) => {
                let ends = x.start.iter_mut().chain(x.end.iter_mut());
                self.operands(ends.map(|end| (&mut **end, Position::Value)).collect());
            }
            Expr::Struct(x) => {
                let fields = x.fields.iter_mut().map(|f| {
                    if f.colon_token.is_none() && has_await(&f.expr) {
                        f.colon_token = Some(Default::default());
                    }
                    (f.colon_token.get_or_insert_default(), &mut f.expr)
                });
                let rest = x.rest.iter_mut().map(|rest| (&mut **rest, Position::Place));
                let all = fields.map(|(_, e)| (e, Position::Value)).chain(rest).collect();
                self.operands(all);
            }
            Expr::Call(x) if !matches!(peel(&x.func), Expr::Path(_) | Expr::Field(_)) => {
                self.errors.add(
                    &x.func,
                    "the function of this call is computed before an await in its arguments: bind \
                     the argument to a local first, `let x: Type = ..;`",
                );
            }
            Expr::Call(x) if x.args.len() == 1 => {
                let inner = hint.and_then(|ty| wrapped(&x.func, ty));
                self.replace(&mut x.args[0], inner.as_ref());
            }
            Expr::Call(x) => self.values(&mut x.args),
            Expr::MethodCall(x) => {
                let how = self.receiver(&x.receiver, &x.method.to_string());
                let mut all = vec![(&mut *x.receiver, how)];
                all.extend(x.args.iter_mut().map(|a| (a, Position::Value)));
                self.operands(all);
            }
            Expr::Macro(x) => self.macro_arguments(&mut x.mac),
            other => self.errors.add(
                other,
                "await is not supported in this position: bind the value to a local first",
            ),
        }
        e
    }

    fn replace(&mut self, e: &mut Expr, hint: Option<&Type>) {
        let inner = std::mem::replace(e, Expr::Verbatim(TokenStream::new()));
        *e = self.value(inner, hint);
    }

    /// The same, of a value that is looked at and not taken: it ends with its statement.
    pub(super) fn replace_looked_at(&mut self, e: &mut Expr, hint: Option<&Type>) {
        let ends_late = has_await(e) && is_control(peel(e));
        self.replace(e, hint);
        if ends_late {
            let span = e.span();
            *e = parse_quote_spanned!(span=> ::core::convert::identity(#e));
        }
    }

    fn values<'e>(&mut self, list: impl IntoIterator<Item = &'e mut Expr>) {
        self.operands(list.into_iter().map(|e| (e, Position::Value)).collect());
    }

    /// `left && right`, whose right side awaits maybe.
    fn short_circuit(&mut self, mut x: syn::ExprBinary) -> Expr {
        if !has_await(&x.right) {
            self.replace(&mut x.left, None);
            return Expr::Binary(x);
        }
        let span = x.op.span();
        let id = self.temporary(Some(parse_quote!(bool)), span, Origin::Temporary);
        let (left, right) = (&x.left, &x.right);
        let known = if matches!(x.op, syn::BinOp::And(_)) {
            parse_quote_spanned!(span=> if #left { #right } else { false })
        } else {
            parse_quote_spanned!(span=> if #left { true } else { #right })
        };
        self.control(known, Dest::Value(id), Some(&parse_quote!(bool)));
        self.name_of(id)
    }

    /// Operands in the order of evaluation.
    fn operands(&mut self, operands: Vec<(&mut Expr, Position)>) {
        let Some(last) = operands.iter().rposition(|(e, _)| has_await(e)) else { return };
        let changed: Vec<HashSet<String>> = operands.iter().map(|(e, _)| changes(e)).collect();
        let assigned: Vec<HashSet<String>> = operands.iter().map(|(e, _)| assigns(e)).collect();
        for (at, (operand, position)) in operands.into_iter().enumerate().take(last + 1) {
            if self.cursor.is_none() {
                return;
            }
            if at == last {
                match position {
                    Position::Value | Position::Consumed => self.replace(operand, None),
                    Position::Place => self.replace_looked_at(operand, None),
                }
                continue;
            }
            match operand {
                Expr::Reference(x) => self.settle_indices(&mut x.expr),
                _ if position == Position::Place => self.settle_indices(operand),
                _ => {}
            }
            let all =
                |sets: &[HashSet<String>]| sets[at + 1..=last].iter().flatten().cloned().collect();
            let later = Later { maybe: all(&changed), surely: all(&assigned) };
            if has_await(operand) || !self.is_same_later(operand, position, &later) {
                let ty = self.types.of(operand);
                // What is changed later, and lent all the same, is copied.
                let copied = root_name(operand).is_some_and(|name| later.surely.contains(&name));
                let position = if copied { Position::Value } else { position };
                self.keep(operand, ty, position);
            }
        }
    }

    /// Whether an operand is the same when it is evaluated behind the operands right of it, which
    /// may change the locals in `later`. Indices that would not be are kept.
    fn is_same_later(&mut self, e: &mut Expr, position: Position, later: &Later) -> bool {
        let changed = |tokens: TokenStream| names(tokens).iter().any(|n| later.maybe.contains(n));
        match e {
            Expr::Paren(x) => self.is_same_later(&mut x.expr, position, later),
            Expr::Group(x) => self.is_same_later(&mut x.expr, position, later),
            Expr::Lit(_) => true,
            Expr::Path(p) => {
                let Some(name) = p.path.get_ident() else { return true };
                match self.lookup(name) {
                    Some(Bound::Local(id)) if position == Position::Value => {
                        let copies = self.copies(*id);
                        let known = self.graph.locals[*id].ty.is_some();
                        let same = !later.maybe.contains(&name.to_string());
                        // What is moved into the operation is dropped before the locals, if an
                        // operand right of it fails.
                        if copies { same } else { !known && same }
                    }
                    Some(Bound::Local(id)) => {
                        let (id, name) = (*id, name.to_string());
                        // A number on which a method is called is copied.
                        if later.surely.contains(&name) || self.copies(id) {
                            return !later.maybe.contains(&name);
                        }
                        if later.maybe.contains(&name) && !self.is_moved(id) {
                            self.ask_receiver(e);
                        }
                        self.ask_place(e);
                        true
                    }
                    _ => true,
                }
            }
            Expr::Reference(x) if is_place(&x.expr) => self.same_place(&mut x.expr, later),
            Expr::Closure(x) => !changed(x.to_token_stream()),
            e if is_place(e) && position != Position::Value => {
                let root = root_name(e);
                if root.as_ref().is_some_and(|name| later.surely.contains(name)) {
                    return false;
                }
                let copies = self
                    .types
                    .of(e)
                    .is_some_and(|ty| types::ending(&ty, &self.model.backend) == Ending::Nothing);
                let changed = root.is_some_and(|name| later.maybe.contains(&name));
                if changed && copies {
                    return false;
                }
                if changed && self.types.of(e).is_none() {
                    self.ask_receiver(e);
                }
                self.same_place(e, later)
            }
            e if is_place(e) => {
                let same = !changed(e.to_token_stream());
                let same = same && self.types.of(e).is_none() && !matches!(e, Expr::Index(_));
                if same {
                    self.ask_place(e);
                }
                same
            }
            _ => false,
        }
    }

    /// Computes the indices of a place into locals, but for names and numbers: a place that is lent
    /// must stay one, since a copy of it would be changed in its stead.
    fn settle_indices(&mut self, e: &mut Expr) {
        match e {
            Expr::Paren(x) => self.settle_indices(&mut x.expr),
            Expr::Group(x) => self.settle_indices(&mut x.expr),
            Expr::Field(x) => self.settle_indices(&mut x.base),
            Expr::Unary(x) if matches!(x.op, syn::UnOp::Deref(_)) => {
                self.settle_indices(&mut x.expr)
            }
            Expr::Index(x) => {
                self.settle_indices(&mut x.expr);
                let simple = is_place(&x.index) || matches!(peel(&x.index), Expr::Lit(_));
                if is_place(&x.expr) && !simple {
                    let ty = self.types.of(&x.index);
                    self.keep(&mut x.index, ty, Position::Value);
                }
            }
            _ => {}
        }
    }

    /// Keeps the indices of a place that something changes later. What evaluating the place may do
    /// besides happens in its turn: the panic of an index.
    fn same_place(&mut self, e: &mut Expr, later: &Later) -> bool {
        self.keep_indices(e, later);
        self.ask_place(e);
        true
    }

    fn keep_indices(&mut self, e: &mut Expr, later: &Later) {
        match e {
            Expr::Paren(x) => self.keep_indices(&mut x.expr, later),
            Expr::Group(x) => self.keep_indices(&mut x.expr, later),
            Expr::Field(x) => self.keep_indices(&mut x.base, later),
            Expr::Unary(x) => self.keep_indices(&mut x.expr, later),
            Expr::Index(x) => {
                if !self.is_same_later(&mut x.index, Position::Value, later) {
                    let ty = self.types.of(&x.index);
                    self.keep(&mut x.index, ty, Position::Value);
                }
                self.keep_indices(&mut x.expr, later);
            }
            _ => {}
        }
    }

    /// A place that is evaluated behind an await instead of before it: rustc is asked whether that
    /// makes a difference, and the panic of an index comes here.
    fn ask_place(&mut self, e: &Expr) {
        let mut asks = Vec::new();
        let indexed = questions_of(e, &|local| self.is_known(local), &mut asks);
        if asks.is_empty() {
            return;
        }
        let span = e.span();
        let evaluated = indexed.then(|| quote_spanned!(span=> let _ = &#e;));
        self.emit(parse_quote_spanned! {span=>
            {
                if false {
                    use ::switchback::frame::{NoDeref as _, OwnDeref as _};
                    #(#asks)*
                }
                #evaluated
            }
        });
    }

    /// Whether the type of a local is known not to have a `Deref` of the author's; of what is no
    /// local nothing is asked.
    fn is_known(&self, e: &Expr) -> bool {
        let Some(id) = self.local_of(e) else { return true };
        let local = &self.graph.locals[id];
        let std = |ty: &Type| {
            let ty = match ty {
                Type::Reference(r) => &r.elem,
                ty => ty,
            };
            match ty {
                Type::Path(p) => p.path.segments.last().is_some_and(|last| {
                    types::is_plain(ty)
                        || types::is_std_value(ty)
                        || ["Channel", "Handle", "char", "str"].iter().any(|n| last.ident == n)
                }),
                _ => true,
            }
        };
        local.ty.as_ref().is_some_and(std)
    }

    /// A receiver whose root arguments may change: rustc is asked whether it is copied.
    fn ask_receiver(&mut self, e: &Expr) {
        let span = e.span();
        self.emit(parse_quote_spanned! {span=>
            if false {
                use ::switchback::frame::Observed as _;
                ::switchback::frame::receiver(&#e).__confirm();
            }
        });
    }

    /// Whether a local is surely no copy of what it is taken from.
    fn is_moved(&self, id: LocalId) -> bool {
        let local = &self.graph.locals[id];
        local.ending == Ending::Silent && local.ty.is_some()
    }

    /// `place op= right`, whose right side awaits: the place is evaluated behind it, as plain Rust
    /// does for numbers.
    fn assigned_place(&mut self, x: &mut syn::ExprBinary) {
        let mut asks = Vec::new();
        questions_of(&x.left, &|_| true, &mut asks);
        let number = self.place_type(&x.left).filter(types::is_number);
        if matches!(peel(&x.left), Expr::Field(_)) && !asks.iter().any(is_evaluated) {
            return;
        }
        if self.cursor.is_none() || asks.is_empty() {
            return;
        }
        match number {
            Some(number)
                if !matches!(x.op, syn::BinOp::ShlAssign(_) | syn::BinOp::ShrAssign(_)) =>
            {
                let (right, span) = (&x.right, x.right.span());
                *x.right =
                    parse_quote_spanned!(span=> ::switchback::frame::number::<#number, _>(#right));
            }
            Some(_) => {}
            None => self.errors.add(
                &x.left,
                "the place of this assignment is evaluated before or behind its value, \
                 depending on its type: bind the index to a local first",
            ),
        }
    }

    /// The type of a place, through a `*` too.
    fn place_type(&self, e: &Expr) -> Option<Type> {
        match peel(e) {
            Expr::Unary(u) if matches!(u.op, syn::UnOp::Deref(_)) => {
                let ty = self.types.of(&u.expr)?;
                let alias = self.local_of(&u.expr).map(|id| self.graph.locals[id].alias.is_some());
                if alias == Some(true) { Some(ty) } else { types::inside(&ty, "Box") }
            }
            e => self.types.of(e),
        }
    }

    /// Computes an operand into a local.
    fn keep(&mut self, e: &mut Expr, ty: Option<Type>, position: Position) {
        let span = e.span();
        let mut whole = std::mem::replace(e, Expr::Verbatim(TokenStream::new()));
        // Of a borrowed value the value is kept.
        let reference = match (&mut whole, &ty) {
            (Expr::Reference(x), None) => {
                let ty = self.types.of(&x.expr);
                let inner = std::mem::replace(&mut *x.expr, Expr::Verbatim(TokenStream::new()));
                Some((x.clone(), inner, ty))
            }
            _ => None,
        };
        if let Some((mut outer, inner, ty)) = reference {
            let id = self.kept(inner, ty, Position::Place, span);
            self.looked_at.push(id);
            *outer.expr = self.name_of(id);
            *e = Expr::Reference(outer);
            return;
        }
        let id = self.kept(whole, ty, position, span);
        if position == Position::Place {
            self.looked_at.push(id);
        }
        *e = self.name_of(id);
    }

    fn kept(&mut self, e: Expr, ty: Option<Type>, position: Position, span: Span) -> LocalId {
        let like = if ty.is_none() { self.like(&e) } else { None };
        if has_await(&e) && is_control(&e) {
            let id = self.temporary(ty.clone(), span, Origin::Temporary);
            self.graph.locals[id].like = like;
            self.control(e, Dest::Value(id), ty.as_ref());
            return id;
        }
        let mut value = self.value(e, ty.as_ref());
        if position == Position::Consumed {
            value = parts::consumed(&value);
        }
        confirm_temporaries(&mut value, &self.rules);
        self.fresh += 1;
        let name = Ident::new(&format!("__t{}", self.fresh), span);
        let event = self.scanned_value(&mut value);
        let part = ty.as_ref().map(|ty| quote!(: #ty));
        let statement = parse_quote_spanned!(span=> let mut #name #part = #value;);
        let id = self.declare(&name, ty, Origin::Temporary);
        self.graph.locals[id].mutable = true;
        self.graph.locals[id].like = like;
        self.add(statement, Event::Seq(vec![event, super::assigned(&[id])]));
        id
    }

    /// `base.await`: the operation begins, and the frame goes on in a state of its own.
    fn awaited(&mut self, awaited: ExprAwait) -> Expr {
        let mut base = *awaited.base;
        peel_mut(&mut base);
        match &mut base {
            Expr::Call(call) => self.values(&mut call.args),
            Expr::MethodCall(call) => {
                self.settle_indices(&mut call.receiver);
                if !is_place(&call.receiver) {
                    let ty = self.types.of(&call.receiver);
                    self.keep(&mut call.receiver, ty, Position::Place);
                } else if call.args.iter().any(has_await) {
                    let maybe = call.args.iter().flat_map(changes).collect();
                    let surely = call.args.iter().flat_map(assigns).collect();
                    self.same_place(&mut call.receiver, &Later { maybe, surely });
                }
                self.values(&mut call.args);
            }
            other => self.errors.add(other, "await stands directly behind a call"),
        }
        if self.cursor.is_none() {
            return base;
        }
        self.add_callee(&base, Role::Awaited);
        let backend = &self.model.backend;
        let span = awaited.await_token.span;
        let shape = self.shape(&base);
        let mut request = base;
        confirm_temporaries(&mut request, &self.rules);
        let event = self.scanned_value(&mut request);
        // The author's `await` may come from a macro that the attribute does not come from.
        let here = Ident::new("__here", Span::call_site());
        // Not the author's unsafe code, so it has no place of theirs.
        let entry = quote!(unsafe { ::switchback::frame::Entry::of(#here) });
        let request = parse_quote_spanned! {span=>
            ::switchback::frame::begin::<#backend, _>(#request, #entry)
        };
        let state = self.state(true);
        let way = self.way(state);
        self.push(Piece::Suspend(way, request, event));
        self.cursor = Some(self.graph.states[state].list);
        parse_quote_spanned!(span=> ::switchback::frame::finish::<#backend, _>(|| #shape))
    }

    /// Awaits among the arguments of a macro that is known to evaluate them once and in order.
    fn macro_arguments(&mut self, mac: &mut syn::Macro) {
        let Some(mut known) = macros::known(mac, &self.rules) else {
            return self.errors.push(crate::check::awaiting_macro(mac));
        };
        let last = known.arguments.iter().rposition(|a| has_await(&a.value));
        let Some(last) = last.filter(|last| known.is_strict(*last)) else {
            return self.errors.push(crate::check::awaiting_macro(mac));
        };
        if known.kind == Kind::Assert {
            let text = asserted(&known);
            let mut strict = Vec::new();
            for argument in known.arguments.iter_mut().take(last + 1) {
                let how = if argument.borrowed { Position::Place } else { Position::Value };
                strict.push((&mut argument.value, how));
            }
            self.operands(strict);
            // Evaluated here, so that the message of a failed condition is the author's.
            if known.arguments.len() == 1 {
                let ty = Some(parse_quote!(bool));
                let mut value = known.arguments[0].value.clone();
                self.keep(&mut value, ty, Position::Value);
                mac.tokens = quote!(#value, "{}", #text);
                return;
            }
        } else {
            let strict = known.arguments.iter_mut().take(last + 1);
            let strict = strict.map(|a| {
                let how = if a.borrowed { Position::Place } else { Position::Value };
                (&mut a.value, how)
            });
            self.operands(strict.collect());
        }
        known.write(mac);
    }
}

/// Operators that look at their operands and do not take them.
fn compares(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

/// Whether looking at the expression makes a temporary that may have a destructor.
pub fn makes_temporary(e: &Expr) -> bool {
    match peel(e) {
        // Places and constants; a closure has to stay where its signature is known.
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Lit(_) | Expr::Reference(_) => {
            false
        }
        Expr::Closure(_) | Expr::Let(_) => false,
        Expr::Unary(x) => !matches!(x.op, syn::UnOp::Deref(_)) && makes_temporary(&x.expr),
        Expr::Array(x) => x.elems.iter().any(makes_temporary),
        Expr::Tuple(x) => x.elems.iter().any(makes_temporary),
        Expr::Repeat(x) => makes_temporary(&x.expr),
        Expr::Binary(x) => {
            !compares(&x.op) && (makes_temporary(&x.left) || makes_temporary(&x.right))
        }
        Expr::Cast(_) => false,
        Expr::Macro(x) => !x.mac.path.is_ident("format_args"),
        _ => true,
    }
}

/// What `assert!` says when the condition is false.
fn asserted(known: &macros::Known) -> String {
    let condition = &known.arguments[0].value;
    let text = condition.span().source_text();
    format!("assertion failed: {}", text.unwrap_or_else(|| condition.to_token_stream().to_string()))
}

impl Lowerer<'_> {
    fn receiver(&self, receiver: &Expr, method: &str) -> Position {
        match consumes(method) {
            true if self.takes(receiver, method) => Position::Value,
            true if !is_place(receiver) && self.types.of(receiver).is_none() => Position::Consumed,
            _ => Position::Place,
        }
    }
}

/// The name of the local in which a place lies.
fn root_name(e: &Expr) -> Option<String> {
    match peel(e) {
        Expr::Path(p) => p.path.get_ident().map(ToString::to_string),
        Expr::Field(f) => root_name(&f.base),
        Expr::Index(i) => root_name(&i.expr),
        Expr::Unary(u) => root_name(&u.expr),
        _ => None,
    }
}

/// What rustc has to be asked of a place that is evaluated late; says whether an index is in it.
/// `known` are the locals whose types have no `Deref` of the author's.
fn questions_of(e: &Expr, known: &dyn Fn(&Expr) -> bool, out: &mut Vec<TokenStream>) -> bool {
    let mut ask = |question: &str, base: &Expr| {
        let span = base.span();
        let question = Ident::new(question, span);
        let confirm = (question == "reached").then(|| quote!(.__confirm()));
        out.push(quote_spanned!(span=> ::switchback::frame::#question(&#base) #confirm;));
    };
    match peel(e) {
        Expr::Path(_) if !known(e) => {
            ask("reached", e);
            false
        }
        Expr::Field(f) => {
            if !matches!(peel(&f.base), Expr::Path(_)) {
                ask("reached", &f.base);
            }
            questions_of(&f.base, known, out)
        }
        Expr::Index(i) => {
            ask("indexed", &i.expr);
            questions_of(&i.expr, &|_| true, out);
            questions_of(&i.index, &|_| true, out);
            true
        }
        Expr::Unary(u) if matches!(u.op, syn::UnOp::Deref(_)) => {
            ask("dereferenced", &u.expr);
            questions_of(&u.expr, &|_| true, out)
        }
        _ => false,
    }
}

/// Whether a question is about what evaluating a place does.
fn is_evaluated(question: &TokenStream) -> bool {
    let text = question.to_string();
    ["indexed", "dereferenced"].iter().any(|name| text.contains(name))
}

/// Names of locals that evaluating `e` assigns to, or borrows for that.
fn assigns(e: &Expr) -> HashSet<String> {
    struct Assigns(HashSet<String>);
    impl Assigns {
        fn root(&mut self, e: &Expr) {
            match peel(e) {
                Expr::Tuple(x) => x.elems.iter().for_each(|e| self.root(e)),
                Expr::Array(x) => x.elems.iter().for_each(|e| self.root(e)),
                Expr::Call(x) => x.args.iter().for_each(|e| self.root(e)),
                Expr::Struct(x) => x.fields.iter().for_each(|f| self.root(&f.expr)),
                e => self.0.extend(root_name(e)),
            }
        }
    }
    impl<'ast> Visit<'ast> for Assigns {
        fn visit_expr(&mut self, e: &'ast Expr) {
            match e {
                Expr::Assign(x) => self.root(&x.left),
                Expr::Binary(x) if is_assignment(&x.op) => self.root(&x.left),
                Expr::Reference(x) if x.mutability.is_some() => self.root(&x.expr),
                _ => {}
            }
            visit::visit_expr(self, e);
        }
    }
    let mut assigns = Assigns(HashSet::new());
    assigns.visit_expr(e);
    assigns.0
}

/// Names of locals that evaluating `e` may change.
fn changes(e: &Expr) -> HashSet<String> {
    struct Changes(HashSet<String>);
    impl Changes {
        fn root(&mut self, e: &Expr) {
            match peel(e) {
                Expr::Path(p) => self.0.extend(p.path.get_ident().map(ToString::to_string)),
                Expr::Field(f) => self.root(&f.base),
                Expr::Index(i) => self.root(&i.expr),
                Expr::Unary(u) => self.root(&u.expr),
                Expr::MethodCall(m) => self.root(&m.receiver),
                // An assignment that takes the value apart.
                Expr::Tuple(x) => x.elems.iter().for_each(|e| self.root(e)),
                Expr::Array(x) => x.elems.iter().for_each(|e| self.root(e)),
                Expr::Call(x) => x.args.iter().for_each(|e| self.root(e)),
                Expr::Struct(x) => x.fields.iter().for_each(|f| self.root(&f.expr)),
                _ => {}
            }
        }
    }
    impl<'ast> Visit<'ast> for Changes {
        fn visit_expr(&mut self, e: &'ast Expr) {
            match e {
                Expr::Assign(x) => self.root(&x.left),
                Expr::Binary(x) if is_assignment(&x.op) => self.root(&x.left),
                Expr::Reference(x) if x.mutability.is_some() => self.root(&x.expr),
                Expr::MethodCall(x) => self.root(&x.receiver),
                Expr::Closure(x) => self.0.extend(names(x.to_token_stream())),
                Expr::Macro(x) => self.0.extend(names(x.mac.tokens.clone())),
                _ => {}
            }
            visit::visit_expr(self, e);
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0.extend(names(mac.tokens.clone()));
        }
    }
    let mut changes = Changes(HashSet::new());
    changes.visit_expr(e);
    changes.0
}

fn names(tokens: TokenStream) -> HashSet<String> {
    let mut all = HashSet::new();
    for tree in tokens {
        match tree {
            TokenTree::Ident(name) => {
                all.insert(name.to_string());
            }
            TokenTree::Group(group) => all.extend(names(group.stream())),
            _ => {}
        }
    }
    all
}

/// Temporaries that live longer than the code they stand in, as an await is behind it: rustc is
/// asked whether they have no destructor. `rules` are the names of macros that the function makes itself.
pub fn confirm_temporaries(e: &mut Expr, rules: &HashSet<String>) {
    use syn::visit_mut::{self, VisitMut};
    struct Temporaries<'r> {
        rules: &'r HashSet<String>,
    }
    impl Temporaries<'_> {
        fn confirm(&mut self, e: &mut Expr) {
            if makes_temporary(e) {
                *e = parts::confirmed(e);
            }
        }
        fn ask(&mut self, e: &mut Expr, patterns: &[&Pat]) {
            if makes_temporary(e) {
                *e = parts::asked(e, patterns);
            }
        }
    }
    impl VisitMut for Temporaries<'_> {
        fn visit_expr_method_call_mut(&mut self, x: &mut syn::ExprMethodCall) {
            visit_mut::visit_expr_method_call_mut(self, x);
            if !consumes(&x.method.to_string()) {
                self.confirm(&mut x.receiver);
            } else if makes_temporary(&x.receiver) && !converts(&x.method.to_string()) {
                *x.receiver = parts::consumed(&x.receiver);
            }
        }
        fn visit_expr_reference_mut(&mut self, x: &mut syn::ExprReference) {
            visit_mut::visit_expr_reference_mut(self, x);
            self.confirm(&mut x.expr);
        }
        fn visit_expr_field_mut(&mut self, x: &mut syn::ExprField) {
            visit_mut::visit_expr_field_mut(self, x);
            self.confirm(&mut x.base);
        }
        fn visit_expr_index_mut(&mut self, x: &mut syn::ExprIndex) {
            visit_mut::visit_expr_index_mut(self, x);
            self.confirm(&mut x.expr);
        }
        fn visit_expr_unary_mut(&mut self, x: &mut syn::ExprUnary) {
            visit_mut::visit_expr_unary_mut(self, x);
            if matches!(x.op, syn::UnOp::Deref(_)) {
                self.confirm(&mut x.expr);
            }
        }
        fn visit_expr_binary_mut(&mut self, x: &mut syn::ExprBinary) {
            visit_mut::visit_expr_binary_mut(self, x);
            if compares(&x.op) {
                self.confirm(&mut x.left);
                self.confirm(&mut x.right);
            }
        }
        fn visit_expr_match_mut(&mut self, x: &mut syn::ExprMatch) {
            visit_mut::visit_expr_match_mut(self, x);
            let patterns: Vec<&Pat> = x.arms.iter().map(|arm| &arm.pat).collect();
            self.ask(&mut x.expr, &patterns);
        }
        fn visit_expr_let_mut(&mut self, x: &mut syn::ExprLet) {
            visit_mut::visit_expr_let_mut(self, x);
            self.ask(&mut x.expr, &[&x.pat]);
        }
        fn visit_expr_macro_mut(&mut self, x: &mut syn::ExprMacro) {
            let Some(mut known) = macros::known(&x.mac, self.rules) else { return };
            // The others end their temporaries themselves.
            let name = x.mac.path.segments.last().map(|s| s.ident.to_string());
            let is_open =
                matches!(name.as_deref(), Some("vec" | "matches" | "dbg" | "write" | "writeln"));
            if is_open {
                let matched = known.kind == Kind::Matches;
                for argument in &mut known.arguments {
                    self.visit_expr_mut(&mut argument.value);
                    if matched || argument.borrowed {
                        self.confirm(&mut argument.value);
                    }
                }
                known.write(&mut x.mac);
            }
        }
        // Blocks end their own temporaries.
        fn visit_block_mut(&mut self, _: &mut syn::Block) {}
        fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    }
    Temporaries { rules }.visit_expr_mut(e);
}
