//! The transitions of a state, and what of diapause's wording changes.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::{format_ident, quote_spanned};
use syn::{
    Block, Expr, ExprStruct, Ident, Lifetime, Pat, Path, Stmt, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Writes the transitions: to a state ahead in the region, or through `self`.
pub struct Edges<'a> {
    pub ahead: Vec<Ident>,
    /// States that are entered through the loop with an output at hand.
    pub early: &'a mut BTreeSet<Ident>,
    /// Set if there is a way through the loop.
    pub back: &'a mut bool,
}

impl Edges<'_> {
    fn statement(&mut self, statement: Stmt, out: &mut Vec<Stmt>) {
        let Some((place, state)) = next_state(&statement) else { return out.push(statement) };
        let Some(name) = last(&state.path) else { return out.push(statement) };
        let (ahead, label) = (self.ahead.contains(&name), label(&name));
        let store: Stmt = store(&Expr::Struct(state.clone()));
        *self.back |= !ahead;
        if place == "__state" {
            return out.push(if ahead { parse_quote!(break #label #state;) } else { store });
        }
        let begin = match out.pop() {
            Some(Stmt::Local(local)) => local.init.map(|init| init.expr),
            _ => None,
        };
        let on: Expr = if ahead {
            parse_quote!(break #label (__output, #state))
        } else {
            let early = early_name(&name);
            self.early.insert(name);
            parse_quote!({
                #early.put(__output);
                #store
                continue '__dispatch;
            })
        };
        out.push(parse_quote! {
            let __yielded = match #begin {
                ::switchback::Begun::Asks(__request) => __request,
                ::switchback::Begun::Done(__output) => #on,
            };
        });
        out.push(store);
    }
}

impl VisitMut for Edges<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut out = Vec::with_capacity(block.stmts.len());
        for mut statement in std::mem::take(&mut block.stmts) {
            self.visit_stmt_mut(&mut statement);
            if let Some(end) = end_state(&statement) {
                statement = store(end);
            }
            self.statement(statement, &mut out);
        }
        block.stmts = out;
    }
}

/// Ways through the loop, in code in front of it.
pub struct Leave;

impl VisitMut for Leave {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if matches!(e, Expr::Continue(c) if c.label.as_ref().is_some_and(|l| l.ident == "__dispatch"))
        {
            *e = parse_quote!(break '__dispatch);
        }
    }
}

/// What is overwritten is the placeholder, which has nothing to drop.
fn store(state: &Expr) -> Stmt {
    parse_quote!(::core::mem::forget(::core::mem::replace(self, #state));)
}

/// Puts the output in the place of `finish`, in a state that is entered with it; says whether
/// the state is one.
pub struct Output(pub bool);

impl VisitMut for Output {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if finish(e).is_some() {
            self.0 = true;
            *e = parse_quote!(__output);
        }
    }
}

/// Puts the output in the place of `finish`, in a state that may be entered with it.
pub struct Early<'a>(pub &'a Ident);

impl VisitMut for Early<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if finish(e).is_some() {
            let early = early_name(self.0);
            *e = parse_quote!(match #early.take() {
                ::core::option::Option::Some(__output) => __output,
                ::core::option::Option::None => #e,
            });
        }
    }
}

/// diapause's names for what `switchback` has itself, and the states as those of `Self`.
pub struct Paths;

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(last) = last(path) else { return };
        match path.segments.first() {
            Some(first) if first.ident == "diapause" => {}
            Some(first) if first.ident == "State" && path.segments.len() == 2 => {
                // With its type arguments, which fields alone need not determine.
                *path = parse_quote!(Self::#last);
                return;
            }
            _ => return,
        }
        let span: Span = last.span();
        let tokens = match last.to_string().as_str() {
            "branch" => quote_spanned!(span=> ::switchback::frame::branch),
            "from_residual" => quote_spanned!(span=> ::switchback::frame::residual),
            "Complete" => quote_spanned!(span=> ::switchback::frame::Step::Returned),
            "Yielded" => quote_spanned!(span=> ::switchback::frame::Step::Asks),
            _ => return,
        };
        *path = parse_quote!(#tokens);
    }
}

pub fn last(path: &Path) -> Option<Ident> {
    path.segments.last().map(|s| s.ident.clone())
}

pub fn label(state: &Ident) -> Lifetime {
    Lifetime::new(&format!("'__to_{state}"), Span::call_site())
}

pub fn early_name(state: &Ident) -> Ident {
    format_ident!("__early_{state}")
}

/// The closure that carries the type, in a call of `finish`.
pub fn finish(e: &Expr) -> Option<&Expr> {
    let Expr::Call(call) = e else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    let names = function.path.segments.iter().map(|s| s.ident.to_string());
    if names.eq(["switchback", "frame", "finish"]) { call.args.first() } else { None }
}

/// The placeholder in `let mut __state = replace(self, placeholder);`.
pub fn initial(statement: &Stmt) -> Option<&Expr> {
    let Stmt::Local(local) = statement else { return None };
    let named = matches!(&local.pat, Pat::Ident(p) if p.ident == "__state");
    match &*local.init.as_ref()?.expr {
        Expr::Call(replace) if named => replace.args.last(),
        _ => None,
    }
}

/// Place and value of `*self = value;` and `__state = value;`.
fn assignment(statement: &Stmt) -> Option<(String, &Expr)> {
    let Stmt::Expr(Expr::Assign(assign), _) = statement else { return None };
    let place = match &*assign.left {
        Expr::Unary(place) => &place.expr,
        _ => &assign.left,
    };
    let Expr::Path(place) = &**place else { return None };
    let place = place.path.get_ident()?.to_string();
    matches!(place.as_str(), "self" | "__state").then_some((place, &*assign.right))
}

/// A transition to a state that goes on.
pub fn next_state(statement: &Stmt) -> Option<(String, &ExprStruct)> {
    match assignment(statement)? {
        (place, Expr::Struct(state)) => Some((place, state)),
        _ => None,
    }
}

/// A transition to the end.
fn end_state(statement: &Stmt) -> Option<&Expr> {
    assignment(statement).map(|(_, state)| state).filter(|e| matches!(e, Expr::Path(_)))
}
