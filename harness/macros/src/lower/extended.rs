//! Temporaries that a `let` keeps to the end of its block, by the rules of the language.

use syn::{Expr, Pat, Token, visit::Visit};

use super::{awaits::makes_temporary, scan::is_constant};
use crate::expression::{peel, peel_mut};

/// Whether a pattern borrows from the value, which is kept then.
pub fn by_pattern(pattern: &Pat) -> bool {
    struct Borrows(bool);
    impl<'ast> Visit<'ast> for Borrows {
        fn visit_pat_ident(&mut self, p: &'ast syn::PatIdent) {
            self.0 |= p.by_ref.is_some();
            syn::visit::visit_pat_ident(self, p);
        }
    }
    let mut borrows = Borrows(false);
    borrows.visit_pat(pattern);
    borrows.0
}

/// Each temporary that the initial value of a `let` keeps, the `mut` of its borrow, and whether it
/// is made on some ways through the expression only.
pub fn each(e: &mut Expr, act: &mut impl FnMut(&mut Expr, Option<Token![mut]>, bool)) {
    extending(e, false, act);
}

fn extending(
    e: &mut Expr,
    sometimes: bool,
    act: &mut impl FnMut(&mut Expr, Option<Token![mut]>, bool),
) {
    match e {
        Expr::Paren(x) => extending(&mut x.expr, sometimes, act),
        Expr::Group(x) => extending(&mut x.expr, sometimes, act),
        Expr::Reference(x) => {
            let mutable = x.mutability;
            let place = base(&mut x.expr);
            if makes_temporary(place) {
                act(place, mutable, sometimes);
            } else {
                extending(place, sometimes, act);
            }
        }
        Expr::Tuple(x) => x.elems.iter_mut().for_each(|e| extending(e, sometimes, act)),
        Expr::Array(x) => x.elems.iter_mut().for_each(|e| extending(e, sometimes, act)),
        Expr::Struct(x) => {
            x.fields.iter_mut().for_each(|f| extending(&mut f.expr, sometimes, act));
        }
        Expr::Cast(x) => extending(&mut x.expr, sometimes, act),
        // `Some(..)` and its like.
        Expr::Call(x) if is_constructor(&x.func) => {
            x.args.iter_mut().for_each(|e| extending(e, sometimes, act));
        }
        Expr::Block(x) if x.label.is_none() => tail(&mut x.block, sometimes, act),
        Expr::If(x) => {
            tail(&mut x.then_branch, true, act);
            if let Some((_, other)) = &mut x.else_branch {
                extending(other, true, act);
            }
        }
        Expr::Match(x) => x.arms.iter_mut().for_each(|arm| extending(&mut arm.body, true, act)),
        _ => {}
    }
}

fn tail(
    block: &mut syn::Block,
    sometimes: bool,
    act: &mut impl FnMut(&mut Expr, Option<Token![mut]>, bool),
) {
    if let Some(syn::Stmt::Expr(e, None)) = block.stmts.last_mut() {
        extending(e, sometimes, act);
    }
}

/// What a place lies in.
fn base(mut e: &mut Expr) -> &mut Expr {
    peel_mut(e);
    loop {
        match e {
            Expr::Field(_) | Expr::Index(_) => {}
            _ => return e,
        }
        e = match e {
            Expr::Field(x) => &mut x.base,
            Expr::Index(x) => &mut x.expr,
            e => return e,
        };
        peel_mut(e);
    }
}

fn is_constructor(function: &Expr) -> bool {
    let Expr::Path(path) = peel(function) else { return false };
    path.path.segments.last().is_some_and(|last| is_constant(&last.ident))
}
