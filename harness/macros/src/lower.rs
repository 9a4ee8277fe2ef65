//! The body as the frame form wants it: awaits stand alone, kept locals have types.
//!
//! ```text
//!   let n = requests.receive().await?;      yield_!(begin::<B, _>(requests.receive()));
//!                                      -->  let n: u64 = finish::<B, _>(|| requests.receive())?;
//! ```
//!
//! `yield_!` is where diapause cuts the body into states. The closure is never called, it
//! carries the type of the operation. Its arguments are `never()`, its receiver stays: so the
//! channel a frame waits on is part of the frame.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::{
    Block, Error, Expr, ExprAwait, Ident, Local, Pat, Result, Stmt, Type, parse_quote,
    parse_quote_spanned, spanned::Spanned,
};

use crate::{
    check::Errors,
    expression::{has_await, is_control, is_place, is_stable, peel_mut},
    macros,
    model::Model,
    types::{self, Types},
};

mod control;
mod pieces;

use pieces::{is_assignment, is_bare_number, plain, rebind, typed, wrapped};

/// Names of the locals made here start with this.
pub const SPILL: &str = "__kept";

/// A body without `.await`, and what the wording of errors needs to know.
pub struct Lowered {
    pub body: Block,
    /// Locals whose initial value is a number without a suffix.
    pub bare_numbers: Vec<Ident>,
}

pub fn lower(model: &Model) -> Result<Lowered> {
    let mut lowerer = Lowerer {
        model,
        types: Types::new(model),
        spills: 0,
        bare_numbers: Vec::new(),
        errors: Errors::default(),
    };
    let mut body = model.body.clone();
    lowerer.block(&mut body, Some(&model.output));
    lowerer.errors.into_result()?;
    macros::bind_exits(&mut body, model.arguments.iter().map(|a| a.name.clone()));
    Ok(Lowered { body, bare_numbers: lowerer.bare_numbers })
}

struct Lowerer<'a> {
    model: &'a Model,
    types: Types<'a>,
    spills: usize,
    bare_numbers: Vec<Ident>,
    errors: Errors,
}

impl Lowerer<'_> {
    /// A block with its own scope. `expected` is the type of its value, if it is known.
    fn block(&mut self, block: &mut Block, expected: Option<&Type>) {
        self.types.enter();
        let mut out = Vec::with_capacity(block.stmts.len());
        for statement in std::mem::take(&mut block.stmts) {
            self.statement(statement, expected, &mut out);
        }
        block.stmts = out;
        self.types.leave();
    }

    fn statement(&mut self, statement: Stmt, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        match statement {
            Stmt::Local(local) => self.local(local, out),
            Stmt::Expr(mut e, semi) => {
                if has_await(&e) {
                    peel_mut(&mut e);
                    let expected = if semi.is_none() { expected } else { None };
                    if is_control(&e) {
                        self.control(&mut e, expected, out);
                    } else {
                        self.expression(&mut e, expected, out);
                    }
                }
                out.push(Stmt::Expr(e, semi));
            }
            other => out.push(other),
        }
    }

    fn local(&mut self, mut local: Local, out: &mut Vec<Stmt>) {
        let annotated = match &local.pat {
            Pat::Type(typed) => Some((*typed.ty).clone()),
            _ => None,
        };
        let Some(init) = &mut local.init else {
            self.declare(&local.pat, annotated.as_ref());
            return out.push(Stmt::Local(local));
        };
        let ty = annotated.clone().or_else(|| self.types.of(&init.expr));
        let simple = matches!(plain(&local.pat), Pat::Ident(p) if p.subpat.is_none());
        if has_await(&init.expr) {
            peel_mut(&mut init.expr);
            if !is_control(&init.expr) {
                self.expression(&mut init.expr, None, out);
            } else if let Some((statements, value)) = macros::bound(&mut init.expr) {
                statements.into_iter().for_each(|s| self.statement(s, None, out));
                *init.expr = value;
            } else if init.diverge.is_none() && (simple || matches!(local.pat, Pat::Wild(_))) {
                self.control(&mut init.expr, ty.as_ref(), out);
            } else {
                self.spill(&mut init.expr, ty.as_ref(), out);
            }
        }
        if let Some((_, diverge)) = &mut init.diverge
            && has_await(diverge)
        {
            self.control(diverge, None, out);
        }
        if let (true, None, Pat::Ident(name)) = (simple, &annotated, &local.pat) {
            if let Some(ty) = &ty {
                let (span, pattern) = (name.span(), &local.pat);
                local.pat = typed(span, pattern, ty);
            } else if is_bare_number(&init.expr) {
                self.bare_numbers.push(name.ident.clone());
            }
        }
        let rebound = if simple { Vec::new() } else { rebind(&local.pat, ty.as_ref()) };
        self.declare(&local.pat, ty.as_ref());
        out.push(Stmt::Local(local));
        out.extend(rebound);
    }

    fn declare(&mut self, pattern: &Pat, ty: Option<&Type>) {
        let mut names = Vec::new();
        types::bindings(pattern, ty, &mut names);
        for (name, ty) in names {
            self.types.declare(&name.ident, ty);
        }
    }

    /// An expression that awaits and may be control flow where only a value can stand.
    fn value(&mut self, e: &mut Expr, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        if !has_await(e) {
            return;
        }
        peel_mut(e);
        if let Some((statements, value)) = macros::bound(e) {
            statements.into_iter().for_each(|s| self.statement(s, None, out));
            *e = value;
        } else if is_control(e) {
            let ty = expected.cloned().or_else(|| self.types.of(e));
            self.spill(e, ty.as_ref(), out);
        } else {
            self.expression(e, expected, out);
        }
    }

    /// Moves the awaits of `e` in front of it, in the order of evaluation. The last one leaves
    /// its value inline; what was computed before an await becomes a local.
    fn expression(&mut self, e: &mut Expr, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        match e {
            Expr::Await(_) => {
                let whole = std::mem::replace(e, Expr::Verbatim(Default::default()));
                if let Expr::Await(awaited) = whole {
                    *e = self.awaited(awaited, out);
                }
            }
            Expr::Paren(x) => self.value(&mut x.expr, expected, out),
            Expr::Group(x) => self.value(&mut x.expr, expected, out),
            Expr::Try(x) => self.value(&mut x.expr, None, out),
            Expr::Unary(x) => self.value(&mut x.expr, None, out),
            Expr::Cast(x) => self.value(&mut x.expr, None, out),
            Expr::Field(x) => self.value(&mut x.base, None, out),
            Expr::Reference(x) => self.value(&mut x.expr, None, out),
            Expr::Let(x) => self.value(&mut x.expr, None, out),
            Expr::Return(x) => {
                let output = &self.model.output;
                x.expr.iter_mut().for_each(|x| self.value(x, Some(output), out));
            }
            Expr::Break(x) => x.expr.iter_mut().for_each(|x| self.value(x, None, out)),
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                self.value(&mut x.left, None, out);
            }
            Expr::Binary(x) if is_assignment(&x.op) && !has_await(&x.left) => {
                let ty = self.types.of(&x.left);
                self.value(&mut x.right, ty.as_ref(), out);
            }
            Expr::Assign(x) if !has_await(&x.left) => {
                let ty = self.types.of(&x.left);
                self.value(&mut x.right, ty.as_ref(), out);
            }
            Expr::Binary(x) if !is_assignment(&x.op) => {
                self.operands(vec![&mut x.left, &mut x.right], out)
            }
            Expr::Index(x) => self.operands(vec![&mut x.expr, &mut x.index], out),
            Expr::Repeat(x) => self.value(&mut x.expr, None, out),
            Expr::Tuple(x) => self.operands(x.elems.iter_mut().collect(), out),
            Expr::Array(x) => self.operands(x.elems.iter_mut().collect(), out),
            Expr::Range(x) => {
                let ends = x.start.iter_mut().chain(x.end.iter_mut());
                self.operands(ends.map(|end| &mut **end).collect(), out);
            }
            Expr::Struct(x) => {
                let rest = x.rest.iter_mut().map(|rest| &mut **rest);
                self.operands(x.fields.iter_mut().map(|f| &mut f.expr).chain(rest).collect(), out);
            }
            Expr::Call(x) if x.args.len() == 1 => {
                let inner = expected.and_then(|ty| wrapped(&x.func, ty));
                self.value(&mut x.args[0], inner.as_ref(), out);
            }
            Expr::Call(x) => self.operands(x.args.iter_mut().collect(), out),
            Expr::MethodCall(x) => {
                let mut all = vec![&mut *x.receiver];
                all.extend(x.args.iter_mut());
                self.operands(all, out);
            }
            other => self.errors.add(
                other,
                "await is not supported in this position: bind the value to a local first",
            ),
        }
    }

    /// Operands in the order of evaluation.
    fn operands(&mut self, operands: Vec<&mut Expr>, out: &mut Vec<Stmt>) {
        let Some(last) = operands.iter().rposition(|e| has_await(e)) else { return };
        for (at, operand) in operands.into_iter().enumerate().take(last + 1) {
            if at == last {
                self.value(operand, None, out);
            } else if has_await(operand) || !is_stable(operand) {
                let ty = self.types.of(operand);
                self.spill(operand, ty.as_ref(), out);
            }
        }
    }

    /// Computes `e` into a local in front of the statement.
    fn spill(&mut self, e: &mut Expr, ty: Option<&Type>, out: &mut Vec<Stmt>) {
        let span = e.span();
        if has_await(e) {
            peel_mut(e);
            if is_control(e) {
                if ty.is_none() {
                    self.errors.add(
                        &*e,
                        "the type of this value is kept over an await and must be written: bind \
                         it first, `let x: Type = ..;`",
                    );
                }
                self.control(e, ty, out);
            } else {
                self.expression(e, None, out);
            }
        }
        let name = self.fresh(span);
        let value = std::mem::replace(e, parse_quote!(#name));
        let ty_part = ty.map(|ty| quote_spanned!(span=> : #ty));
        out.push(parse_quote_spanned!(span=> let mut #name #ty_part = #value;));
        self.types.declare(&name, ty.cloned());
    }

    fn fresh(&mut self, span: Span) -> Ident {
        self.spills += 1;
        Ident::new(&format!("{SPILL}{}", self.spills), span)
    }

    /// `base.await`: the request goes out, the value that takes its place comes back.
    fn awaited(&mut self, awaited: ExprAwait, out: &mut Vec<Stmt>) -> Expr {
        let mut base = *awaited.base;
        peel_mut(&mut base);
        match &mut base {
            Expr::Call(call) => self.operands(call.args.iter_mut().collect(), out),
            Expr::MethodCall(call) => {
                if !is_place(&call.receiver) {
                    let ty = self.types.of(&call.receiver);
                    self.spill(&mut call.receiver, ty.as_ref(), out);
                }
                self.operands(call.args.iter_mut().collect(), out);
            }
            other => self.errors.push(Error::new(other.span(), "await stands behind a call")),
        }
        let backend = &self.model.backend;
        let span = awaited.await_token.span;
        let shape = shape(&base);
        let request = quote_spanned!(span=> ::switchback::Operation::<#backend>::begin(#base));
        out.push(parse_quote_spanned!(span=> yield_!(#request);));
        parse_quote_spanned!(span=> ::switchback::frame::finish::<#backend, _>(|| #shape))
    }
}

/// The call with nothing in its arguments: only its type is wanted.
pub fn shape(call: &Expr) -> Expr {
    let mut shape = call.clone();
    let arguments = match &mut shape {
        Expr::Call(call) => &mut call.args,
        Expr::MethodCall(call) => &mut call.args,
        _ => return shape,
    };
    for argument in arguments {
        let span = argument.span();
        *argument = parse_quote_spanned!(span=> ::switchback::frame::never());
    }
    shape
}
