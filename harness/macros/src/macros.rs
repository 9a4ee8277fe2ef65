//! Macro arguments: tokens that neither the forms nor diapause look into.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Block, Expr, ExprBlock, ExprMacro, Ident, Macro, Result, Stmt, Token,
    parse::{ParseStream, Parser},
    parse_quote,
    punctuated::Punctuated,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use crate::{
    check::{Errors, opaque_macro},
    expression::{await_token, is_stable},
};

/// Binds arguments that await to locals in front of their macro, for all forms.
pub fn bind_awaits(body: &mut Block) -> Result<()> {
    let mut binder = Binder::new(Wanted::Awaits, Vec::new());
    binder.visit_block_mut(body);
    binder.errors.into_result()
}

/// For the frame form: binds arguments that leave the function, whose `return` must be seen, and
/// names the locals that format strings capture, so that they are known to be alive.
pub fn bind_exits(body: &mut Block, arguments: impl Iterator<Item = Ident>) {
    let mut names = Names(arguments.collect());
    names.visit_block(body);
    let mut binder = Binder::new(Wanted::Exits, names.0);
    binder.visit_block_mut(body);
}

/// Names of the locals made here start with this.
const BOUND: &str = "__bound";

/// The statements and the value of a block made here, which may go in front of its statement.
pub fn bound(e: &mut Expr) -> Option<(Vec<Stmt>, Expr)> {
    let Expr::Block(outer) = e else { return None };
    let Some(Stmt::Local(first)) = outer.block.stmts.first() else { return None };
    if !matches!(&first.pat, syn::Pat::Ident(p) if p.ident.to_string().starts_with(BOUND)) {
        return None;
    }
    match outer.block.stmts.pop() {
        Some(Stmt::Expr(value, None)) => Some((std::mem::take(&mut outer.block.stmts), value)),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Awaits,
    Exits,
}

impl Wanted {
    fn found(self, tokens: TokenStream) -> bool {
        match self {
            Self::Awaits => await_token(tokens).is_some(),
            Self::Exits => exits(tokens),
        }
    }
}

fn exits(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        proc_macro2::TokenTree::Punct(p) => p.as_char() == '?',
        proc_macro2::TokenTree::Ident(word) => {
            word == "return" || word == "break" || word == "continue"
        }
        proc_macro2::TokenTree::Group(group) => exits(group.stream()),
        proc_macro2::TokenTree::Literal(_) => false,
    })
}

struct Binder {
    wanted: Wanted,
    /// Locals that a format string may capture.
    names: Vec<Ident>,
    bound: usize,
    errors: Errors,
}

impl Binder {
    fn new(wanted: Wanted, names: Vec<Ident>) -> Self {
        Self { wanted, names, bound: 0, errors: Errors::default() }
    }

    /// Statements that go in front of the macro; its tokens are changed to match.
    fn bind(&mut self, mac: &mut Macro) -> Vec<Stmt> {
        if mac.path.is_ident("yield_") {
            if let Ok(mut value) = mac.parse_body::<Expr>() {
                self.visit_expr_mut(&mut value);
                mac.tokens = value.into_token_stream();
            }
            return Vec::new();
        }
        let mut statements = Vec::new();
        if self.wanted.found(mac.tokens.clone()) {
            let Ok((mut arguments, rest)) = arguments.parse2(mac.tokens.clone()) else {
                self.refuse(&mac.tokens);
                return Vec::new();
            };
            if self.wanted.found(rest.clone()) {
                self.refuse(&mac.tokens);
            }
            arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
            let last = arguments.iter().rposition(|a| self.wanted.found(a.to_token_stream()));
            for (at, argument) in arguments.iter_mut().enumerate() {
                // What stands left of the last bound one keeps its turn.
                if last.is_some_and(|last| at <= last) && !is_stable(argument) && !named(argument) {
                    self.bound += 1;
                    let name = format_ident!("{BOUND}{}", self.bound);
                    statements.push(parse_quote!(let #name = #argument;));
                    *argument = parse_quote!(#name);
                }
            }
            mac.tokens = quote!(#arguments #rest);
        }
        if self.wanted == Wanted::Exits {
            let text = literals(mac.tokens.clone());
            let captured = self.names.iter().filter(|name| captures(&text, &name.to_string()));
            statements.extend(captured.map(|name| -> Stmt { parse_quote!(let _ = &#name;) }));
        }
        statements
    }

    fn refuse(&mut self, tokens: &TokenStream) {
        self.errors.push(opaque_macro(tokens));
    }
}

impl VisitMut for Binder {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if let Expr::Macro(m) = e {
            let mut statements = self.bind(&mut m.mac);
            if !statements.is_empty() {
                statements.push(Stmt::Expr(Expr::Macro(m.clone()), None));
                *e = block(statements);
            }
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Macro(m) = statement {
            let mut statements = self.bind(&mut m.mac);
            if !statements.is_empty() {
                let call = ExprMacro { attrs: m.attrs.clone(), mac: m.mac.clone() };
                statements.push(Stmt::Expr(Expr::Macro(call), m.semi_token));
                *statement = Stmt::Expr(block(statements), None);
            }
            return;
        }
        visit_mut::visit_stmt_mut(self, statement);
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

fn block(stmts: Vec<Stmt>) -> Expr {
    let block = Block { brace_token: syn::token::Brace::default(), stmts };
    Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block })
}

/// `name = value`, as format macros take it.
fn named(argument: &Expr) -> bool {
    matches!(argument, Expr::Assign(_))
}

/// The leading expressions of a macro's tokens, and what is left.
fn arguments(input: ParseStream<'_>) -> Result<(Punctuated<Expr, Token![,]>, TokenStream)> {
    let mut list = Punctuated::new();
    while !input.is_empty() {
        let ahead = input.fork();
        if ahead.parse::<Expr>().is_err() || !(ahead.is_empty() || ahead.peek(Token![,])) {
            break;
        }
        list.push_value(input.parse()?);
        if let Some(comma) = input.parse::<Option<Token![,]>>()? {
            list.push_punct(comma);
        }
    }
    Ok((list, input.parse()?))
}

/// The texts of all literals, `{{` taken out.
fn literals(tokens: TokenStream) -> String {
    let mut text = String::new();
    for tree in tokens {
        match tree {
            proc_macro2::TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
            proc_macro2::TokenTree::Group(group) => text.push_str(&literals(group.stream())),
            _ => {}
        }
    }
    text.replace("{{", "")
}

/// Whether a format string captures `name`: `{name}`, `{name:..}`, `{:name$}`.
fn captures(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let opened = before.ends_with('{') && after.starts_with(['}', ':']);
        opened || (before.ends_with([':', '.', '<', '>', '^', '0']) && after.starts_with('$'))
    })
}

/// Every name a pattern of the body binds.
struct Names(Vec<Ident>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, p: &'ast syn::PatIdent) {
        if !self.0.contains(&p.ident) {
            self.0.push(p.ident.clone());
        }
        visit::visit_pat_ident(self, p);
    }
}
