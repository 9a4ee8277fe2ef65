//! Small transformations and questions of the lowering.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{BinOp, Expr, Lit, Pat, Stmt, Token, Type, parse_quote_spanned};

use crate::{
    expression::peel,
    types::{self, inside},
};

/// `let x: T = x;` for every name of a pattern whose type is known: patterns carry no types.
pub fn rebind(pattern: &Pat, ty: Option<&Type>) -> Vec<Stmt> {
    let mut names = Vec::new();
    types::bindings(pattern, ty, &mut names);
    let known = names.into_iter().filter_map(|(name, ty)| Some((name, ty?)));
    known
        .map(|(name, ty)| {
            let (mutable, name) = (&name.mutability, &name.ident);
            parse_quote_spanned!(name.span()=> let #mutable #name: #ty = #name;)
        })
        .collect()
}

/// `pattern: ty`, which syn has no parser for outside `let`.
pub fn typed(span: Span, pattern: &Pat, ty: &Type) -> Pat {
    Pat::Type(syn::PatType {
        attrs: Vec::new(),
        pat: Box::new(pattern.clone()),
        colon_token: Token![:](span),
        ty: Box::new(ty.clone()),
    })
}

/// The pattern without its annotation.
pub fn plain(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

pub fn is_bare_number(e: &Expr) -> bool {
    match peel(e) {
        Expr::Unary(u) => is_bare_number(&u.expr),
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(i) => i.suffix().is_empty(),
            Lit::Float(f) => f.suffix().is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// What `Ok(..)` or `Some(..)` of an expected type holds.
pub fn wrapped(function: &Expr, expected: &Type) -> Option<Type> {
    let Expr::Path(path) = peel(function) else { return None };
    let name = path.path.get_ident()?;
    match name.to_string().as_str() {
        "Ok" => inside(expected, "Result"),
        "Some" => inside(expected, "Option"),
        _ => None,
    }
}

pub fn is_assignment(op: &BinOp) -> bool {
    op.to_token_stream().to_string().ends_with('=')
        && !matches!(op, BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Le(_) | BinOp::Ge(_))
}
