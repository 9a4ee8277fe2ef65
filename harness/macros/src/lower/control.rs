//! Control flow that awaits: conditions and heads come first, blocks are lowered in place.

use syn::{
    Block, Expr, ExprForLoop, ExprIf, ExprLoop, ExprMatch, ExprWhile, Pat, Stmt, Type, parse_quote,
    parse_quote_spanned, spanned::Spanned,
};

use super::{Lowerer, rebind};
use crate::{
    expression::{block_awaits, has_await, peel, peel_mut},
    types,
};

impl Lowerer<'_> {
    /// Lowers control flow that awaits, whose value has type `expected` if that is known.
    pub(super) fn control(&mut self, e: &mut Expr, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        peel_mut(e);
        match e {
            Expr::If(x) => self.branch(x, expected, out),
            Expr::Match(x) => self.matching(x, expected, out),
            Expr::Loop(x) => self.block(&mut x.body, None),
            Expr::Block(x) => self.block(&mut x.block, expected),
            Expr::While(x) if has_await(&x.cond) => {
                let mut endless = Expr::Loop(endless(x));
                self.control(&mut endless, None, out);
                *e = endless;
            }
            Expr::While(x) => {
                let tested = self.tested(&x.cond);
                self.arm_block(&mut x.body, &tested, None);
            }
            Expr::ForLoop(x) => self.each(x, out),
            _ => {}
        }
    }

    /// The patterns of an `if let`, `while let` or chain, with the types they are matched against.
    fn tested(&self, condition: &Expr) -> Vec<(Pat, Option<Type>)> {
        match condition {
            Expr::Let(test) => vec![((*test.pat).clone(), self.types.of(&test.expr))],
            Expr::Binary(both) => {
                let mut all = self.tested(&both.left);
                all.extend(self.tested(&both.right));
                all
            }
            _ => Vec::new(),
        }
    }

    fn branch(&mut self, x: &mut ExprIf, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        let tested = self.tested(&x.cond);
        if has_await(&x.cond) {
            self.expression(&mut x.cond, None, out);
        }
        self.arm_block(&mut x.then_branch, &tested, expected);
        let Some((_, other)) = &mut x.else_branch else { return };
        match &mut **other {
            Expr::Block(block) => self.block(&mut block.block, expected),
            // The condition of `else if` is evaluated in its branch, so its awaits are too.
            Expr::If(nested) if has_await(&nested.cond) => {
                let mut block: Block = parse_quote!({ #nested });
                self.block(&mut block, expected);
                **other = parse_quote!(#block);
            }
            Expr::If(nested) => self.branch(nested, expected, out),
            _ => {}
        }
    }

    fn matching(&mut self, x: &mut ExprMatch, expected: Option<&Type>, out: &mut Vec<Stmt>) {
        let ty = self.types.of(&x.expr);
        if has_await(&x.expr) {
            self.value(&mut x.expr, None, out);
        }
        for arm in &mut x.arms {
            if !has_await(&arm.body) {
                continue;
            }
            if !matches!(&*arm.body, Expr::Block(b) if b.label.is_none()) {
                let body = &arm.body;
                *arm.body = parse_quote_spanned!(body.span()=> { #body });
                arm.comma = None;
            }
            if let Expr::Block(block) = &mut *arm.body {
                let pattern = (arm.pat.clone(), ty.clone());
                self.arm_block(&mut block.block, &[pattern], expected);
            }
        }
    }

    /// A block that a pattern leads into. Names of the pattern get their types at its top.
    fn arm_block(
        &mut self,
        block: &mut Block,
        patterns: &[(Pat, Option<Type>)],
        expected: Option<&Type>,
    ) {
        self.types.enter();
        let mut rebound = Vec::new();
        for (pattern, ty) in patterns {
            self.declare(pattern, ty.as_ref());
            if block_awaits(block) {
                rebound.extend(rebind(pattern, ty.as_ref()));
            }
        }
        self.block(block, expected);
        block.stmts.splice(0..0, rebound);
        self.types.leave();
    }

    /// `for`: the iterator is part of the frame, so it must be one that can be written down.
    fn each(&mut self, x: &mut ExprForLoop, out: &mut Vec<Stmt>) {
        let mut item = None;
        let head = (*x.expr).clone();
        if has_await(&head) {
            self.value(&mut x.expr, None, out);
        }
        if block_awaits(&x.body)
            && let Some((make, ty, of)) = self.iterator_type(peel(&head))
        {
            let span = head.span();
            let name = self.fresh(span);
            let value = &x.expr;
            let value: Expr = match make {
                Some(make) => parse_quote_spanned!(span=> #make(#value)),
                None => (**value).clone(),
            };
            out.push(parse_quote_spanned!(span=> let #name: #ty = #value;));
            *x.expr = parse_quote!(#name);
            item = Some(of);
        }
        let (pattern, simple) = ((*x.pat).clone(), matches!(&*x.pat, Pat::Ident(_)));
        self.types.enter();
        self.declare(&pattern, item.as_ref());
        let rebound = if simple { Vec::new() } else { rebind(&pattern, item.as_ref()) };
        self.block(&mut x.body, None);
        x.body.stmts.splice(0..0, rebound);
        self.types.leave();
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
        let item = types::inside(&self.types.of(head)?, "Vec")?;
        Some((
            Some(parse_quote!(::switchback::frame::each)),
            parse_quote!(::switchback::frame::Each<#item>),
            item,
        ))
    }
}

/// `while c { .. }` as a loop, so that the awaits of `c` happen in every round.
fn endless(x: &ExprWhile) -> ExprLoop {
    let (label, body, condition) = (&x.label, &x.body, &x.cond);
    match peel(condition) {
        Expr::Let(test) => {
            let (pattern, value) = (&test.pat, &test.expr);
            parse_quote_spanned!(x.while_token.span=>
                #label loop { match #value { #pattern => #body _ => break, } })
        }
        _ => parse_quote_spanned!(x.while_token.span=>
            #label loop { if #condition #body else { break; } }),
    }
}
