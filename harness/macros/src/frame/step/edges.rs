//! The transitions of a state, and what of diapause's wording changes.

use proc_macro2::Span;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Block, Expr, ExprCall, ExprReturn, ExprStruct, Ident, Lifetime, Member, Pat, Path, Stmt,
    parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{Form, again, rest, seldom};
use crate::frame::staying::Staying;

/// Writes the transitions of a state in a region.
pub struct Edges<'a> {
    pub form: Form,
    /// Whether the fields that stay are seen by reference.
    pub by_reference: bool,
    /// States of the region behind this one.
    pub ahead: Vec<Ident>,
    pub staying: &'a Staying,
    /// The state that the frame is still in, with nothing taken out.
    pub kept: Option<&'a Ident>,
    /// States that may be entered with an output at hand.
    pub early: &'a [Ident],
}

impl Edges<'_> {
    /// The statement that leaves the frame in a state, and the value that goes on in the region.
    fn left(&self, state: &ExprStruct) -> (Expr, Stmt) {
        let name = last(&state.path);
        if !self.by_reference {
            let state = Expr::Struct(state.clone());
            let store = self.store(&state);
            return (state, store);
        }
        if self.kept.is_some() && self.kept == name.as_ref() {
            return (Expr::Struct(self.staying.moving(state)), parse_quote!({}));
        }
        if name.is_some_and(|name| self.staying.covers(&name)) {
            let moving = Expr::Struct(self.staying.moving(state));
            let store = parse_quote! {
                ::core::mem::forget(::core::mem::replace(__at, #moving));
            };
            return (moving, store);
        }
        // What stays elsewhere comes along.
        let (frame, names) = (self.form.frame(), self.staying.shared(state));
        let mut whole = state.clone();
        for field in &mut whole.fields {
            if matches!(&field.member, Member::Named(name) if names.contains(name)) {
                let member = &field.member;
                *field = parse_quote!(#member);
            }
        }
        let whole = Expr::Struct(whole);
        let store = self.store(&whole);
        let store = parse_quote! {
            match ::core::mem::replace(#frame, Self::Poisoned) {
                Self::Live { #(#names,)* .. } => { #store }
                __other => ::switchback::frame::torn(__other),
            }
        };
        (whole, store)
    }

    /// What is overwritten is the placeholder, which has nothing to drop.
    fn store(&self, state: &Expr) -> Stmt {
        let frame = self.form.frame();
        parse_quote!(::core::mem::forget(::core::mem::replace(#frame, #state));)
    }

    /// Goes on with a state that is stored and not ahead, maybe with an output for it.
    fn back(&self, output: Option<&Ident>) -> Stmt {
        match (self.form, output.map(early_name)) {
            (Form::First, _) => {
                let again: Expr = parse_quote!(::switchback::Request::Again);
                parse_quote!(return ::switchback::frame::Outcome::asks(__outcome, #again);)
            }
            (Form::Short, _) => {
                let rest = rest(self.early, output);
                let again = again(&rest);
                parse_quote!(return #again;)
            }
            (Form::Whole, None) => parse_quote!(continue '__dispatch;),
            (Form::Whole, Some(early)) => parse_quote!({
                #early = ::switchback::frame::Early::of(__output);
                continue '__dispatch;
            }),
        }
    }

    fn statement(&mut self, statement: Stmt, out: &mut Vec<Stmt>) {
        let Some((place, state)) = next_state(&statement) else { return out.push(statement) };
        let Some(name) = last(&state.path) else { return out.push(statement) };
        let (ahead, label) = (self.ahead.contains(&name), label(&name));
        let (value, store) = self.left(state);
        // To leave it takes more than a word or two.
        let away = self.form == Form::Short && !self.staying.covers(&name);
        if place == "__state" {
            if ahead {
                return out.push(parse_quote!(break #label #value;));
            }
            if away {
                let rest = rest(self.early, None);
                let again = again(&quote!({ #store #rest }));
                return out.push(parse_quote!(return #again;));
            }
            let back = self.back(None);
            return out.extend([store, back]);
        }
        let begin = match out.pop() {
            Some(Stmt::Local(local)) => local.init.map(|init| init.expr),
            _ => None,
        };
        let on: Expr = if ahead {
            parse_quote!(break #label (__output, #value))
        } else {
            let back = self.back(Some(&name));
            parse_quote!({ #store #back })
        };
        let rest = rest(self.early, Some(&name));
        if away {
            let again = again(&quote!({
                #store
                match __begun.now(__here) {
                    ::core::result::Result::Ok(__output) => #rest,
                    ::core::result::Result::Err(__request) => {
                        ::switchback::frame::Outcome::asks(__outcome, __request)
                    }
                }
            }));
            return out.push(parse_quote! {
                let __yielded = {
                    let __begun = #begin;
                    return #again;
                };
            });
        }
        let seldom = seldom(&quote! {
            match __later.run(__here) {
                ::core::result::Result::Ok(__output) => #rest,
                ::core::result::Result::Err(__request) => {
                    ::switchback::frame::Outcome::asks(__outcome, __request)
                }
            }
        });
        out.push(match self.form {
            Form::Short => parse_quote! {
                let __yielded = match #begin {
                    ::switchback::Begun::Asks(__request) => __request,
                    ::switchback::Begun::Done(__output) => #on,
                    ::switchback::Begun::Later(__later) => {
                        #store
                        return #seldom;
                    }
                };
            },
            Form::First | Form::Whole => parse_quote! {
                let __yielded = match #begin.now(__here) {
                    ::core::result::Result::Ok(__output) => #on,
                    ::core::result::Result::Err(__request) => __request,
                };
            },
        });
        out.push(store);
    }

    /// The end of the function. What it leaves has still to be dropped, where it is.
    fn end(&self, state: &Expr) -> Option<Stmt> {
        let frame = self.form.frame();
        match (self.by_reference, self.form) {
            // Together with the return, out of line.
            (true, Form::Short) if self.staying.loops => None,
            (true, _) => Some(parse_quote!(*#frame = #state;)),
            (false, _) => Some(self.store(state)),
        }
    }
}

impl VisitMut for Edges<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut out = Vec::with_capacity(block.stmts.len());
        for mut statement in std::mem::take(&mut block.stmts) {
            self.visit_stmt_mut(&mut statement);
            match end_state(&statement) {
                Some(end) => out.extend(self.end(end)),
                // What stood behind a transition that goes on.
                None if is_continue(&statement) => {}
                None => self.statement(statement, &mut out),
            }
        }
        block.stmts = out;
    }

    fn visit_expr_return_mut(&mut self, e: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, e);
        if let (Form::Short, true, Some(value)) = (self.form, self.staying.loops, &e.expr)
            && outcome(value).is_some_and(|name| name == "returned")
        {
            e.expr = Some(Box::new(again(&quote!({
                *__frame = Self::Done;
                #value
            }))));
        }
    }
}

/// What an expression says to the outcome.
fn outcome(e: &Expr) -> Option<Ident> {
    let Expr::Call(call) = e else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    let mut segments = function.path.segments.iter().rev();
    let (name, of) = (segments.next()?, segments.next()?);
    (of.ident == "Outcome").then(|| name.ident.clone())
}

fn is_continue(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Expr(Expr::Continue(c), _) if c.label.as_ref().is_some_and(|l| l.ident == "__dispatch")
    )
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
                ::core::option::Option::None => #e.output(__here),
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
            "Complete" => quote_spanned!(span=> ::switchback::frame::Outcome::returned),
            "Yielded" => quote_spanned!(span=> ::switchback::frame::Outcome::asks),
            _ => return,
        };
        *path = parse_quote!(#tokens);
    }
}

/// Hands over to the operations who executes them.
pub struct Handed;

impl VisitMut for Handed {
    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        let Expr::Path(function) = &*call.func else { return };
        let names: Vec<_> = function.path.segments.iter().map(|s| s.ident.to_string()).collect();
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["switchback", "Operation", "begin"] => call.args.push(parse_quote!(__here)),
            ["switchback", "frame", "Outcome", _] => call.args.insert(0, parse_quote!(__outcome)),
            _ => {}
        }
    }
}

/// The name that an expression is.
pub fn ident(e: &Expr) -> Option<&Ident> {
    match e {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
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
