//! Questions about expressions.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, Stmt,
    visit::{self, Visit},
};

/// The expression inside parentheses and invisible groups.
pub fn peel(mut e: &Expr) -> &Expr {
    loop {
        match e {
            Expr::Paren(p) => e = &p.expr,
            Expr::Group(g) => e = &g.expr,
            _ => return e,
        }
    }
}

/// As [`peel`], in place.
pub fn peel_mut(e: &mut Expr) {
    while let Expr::Paren(_) | Expr::Group(_) = e {
        let outer = std::mem::replace(e, Expr::Verbatim(TokenStream::new()));
        *e = match outer {
            Expr::Paren(p) => *p.expr,
            Expr::Group(g) => *g.expr,
            other => other,
        };
    }
}

#[derive(Default)]
struct Awaits(bool);

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, _: &'ast syn::ExprAwait) {
        self.0 = true;
    }

    fn visit_expr(&mut self, e: &'ast Expr) {
        if !self.0 {
            visit::visit_expr(self, e);
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.0 |= await_token(mac.tokens.clone()).is_some();
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// Whether evaluating `e` may suspend.
pub fn has_await(e: &Expr) -> bool {
    let mut awaits = Awaits(false);
    awaits.visit_expr(e);
    awaits.0
}

/// Whether executing the statement may suspend.
pub fn statement_awaits(statement: &Stmt) -> bool {
    let mut awaits = Awaits(false);
    awaits.visit_stmt(statement);
    awaits.0
}

/// Where the tokens say `await`.
pub fn await_token(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|tree| match tree {
        TokenTree::Ident(word) if word == "await" => Some(word.span()),
        TokenTree::Group(group) => await_token(group.stream()),
        _ => None,
    })
}

/// The author's tokens in code that is not the author's: they mean what they mean, and stand at
/// `place`.
pub fn moved_to(place: Span, tokens: impl ToTokens) -> TokenStream {
    let one = |mut tree: TokenTree| {
        let span = place.resolved_at(tree.span());
        if let TokenTree::Group(group) = tree {
            tree = Group::new(group.delimiter(), moved_to(place, group.stream())).into();
        }
        tree.set_span(span);
        tree
    };
    tokens.into_token_stream().into_iter().map(one).collect()
}

/// The same, in code that has no place of its own.
pub fn placeless(tokens: impl ToTokens) -> TokenStream {
    moved_to(Span::call_site(), tokens)
}

pub fn placeless_name(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site().resolved_at(name.span()));
    name
}

/// A block of code that is not the author's, which ends where the author's `braces` do.
pub fn braced(braces: syn::token::Brace, tokens: TokenStream) -> TokenStream {
    let mut block = Group::new(Delimiter::Brace, tokens);
    block.set_span(braces.span.join().resolved_at(Span::call_site()));
    TokenTree::Group(block).into()
}

/// Control flow: its blocks become blocks of the state machine.
pub fn is_control(e: &Expr) -> bool {
    matches!(
        peel(e),
        Expr::If(_)
            | Expr::Match(_)
            | Expr::Loop(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Block(_)
    )
}

/// A place, whose evaluation does nothing that could be seen from elsewhere.
pub fn is_place(e: &Expr) -> bool {
    match peel(e) {
        Expr::Path(_) => true,
        Expr::Field(f) => is_place(&f.base),
        Expr::Index(i) => {
            is_place(&i.expr) && (is_place(&i.index) || matches!(peel(&i.index), Expr::Lit(_)))
        }
        Expr::Unary(u) => matches!(u.op, syn::UnOp::Deref(_)) && is_place(&u.expr),
        _ => false,
    }
}
