//! The transitions of a state, in one of the three forms of its code.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote};
use syn::{
    Expr, ExprStruct, Lifetime, Member, Path, Stmt, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{Form, again, rest, seldom};
use crate::{frame::staying::Staying, macros};

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
    /// Whether the function ends in one of them.
    pub ends: bool,
    /// Whether one of them is left for another step after its locals have ended.
    pub leaves: bool,
    /// States of the region that are entered after locals have ended.
    pub behind: Vec<Ident>,
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
    pub fn back(&self, output: Option<&Ident>) -> Stmt {
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

    /// To leave it takes more than a word or two.
    fn away(&self, state: &ExprStruct) -> bool {
        self.form == Form::Short && last(&state.path).is_some_and(|n| !self.staying.covers(&n))
    }

    /// `__goto(state)`.
    fn goto(&mut self, state: &ExprStruct, drops: bool) -> Expr {
        let Some(name) = last(&state.path) else { return parse_quote!(()) };
        let (value, store) = self.left(state);
        if self.ahead.contains(&name) {
            if drops {
                // The value of a `break` is lost if one of the destructors on the way panics. A
                // local declared outside of the others is dropped then, behind them.
                let (kept, leave) = (kept_name(&name), leave(&name));
                self.behind.push(name);
                return parse_quote!({ #kept = #value; break #leave; });
            }
            let label = label(&name);
            return parse_quote!(break #label #value);
        }
        if drops && self.form != Form::Whole {
            // What ends on the way has ended before anything else happens.
            self.leaves = true;
            return parse_quote!({ #store break '__leave; });
        }
        if self.away(state) {
            let rest = rest(self.early, None);
            let again = again(&quote!({ #store #rest }));
            return parse_quote!(return #again);
        }
        let back = self.back(None);
        parse_quote!({ #store #back })
    }

    /// `__suspend(state, begin)`.
    fn suspend(&mut self, state: &ExprStruct, begin: &Expr) -> Expr {
        let Some(name) = last(&state.path) else { return parse_quote!(()) };
        let (value, store) = self.left(state);
        let on: Expr = if self.ahead.contains(&name) {
            let label = label(&name);
            parse_quote!(break #label (__output, #value))
        } else {
            let back = self.back(Some(&name));
            parse_quote!({ #store #back })
        };
        let rest = rest(self.early, Some(&name));
        let later = |later: proc_macro2::TokenStream| {
            quote! {
                match #later {
                    ::core::result::Result::Ok(__output) => #rest,
                    ::core::result::Result::Err(__request) => {
                        ::switchback::frame::Outcome::asks(__outcome, __request)
                    }
                }
            }
        };
        if self.away(state) {
            let now = later(quote!(__begun.now(__here)));
            let again = again(&quote!({ #store #now }));
            return parse_quote!({
                let __begun = #begin;
                return #again;
            });
        }
        let yielded: Expr = match self.form {
            Form::Short => {
                let seldom = seldom(&later(quote!(__later.run(__here))));
                parse_quote! {
                    match #begin {
                        ::switchback::Begun::Asks(__request) => __request,
                        ::switchback::Begun::Done(__output) => #on,
                        ::switchback::Begun::Later(__later) => {
                            #store
                            return #seldom;
                        }
                    }
                }
            }
            Form::First | Form::Whole => parse_quote! {
                match #begin.now(__here) {
                    ::core::result::Result::Ok(__output) => #on,
                    ::core::result::Result::Err(__request) => __request,
                }
            },
        };
        parse_quote!({
            let __yielded = #yielded;
            #store
            return ::switchback::frame::Outcome::asks(__outcome, __yielded);
        })
    }
}

impl VisitMut for Edges<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        let Expr::Call(call) = e else { return };
        let Expr::Path(function) = &*call.func else { return };
        let Some(name) = function.path.get_ident() else { return };
        *e = match (name.to_string().as_str(), call.args.first(), call.args.get(1)) {
            ("__goto", Some(Expr::Struct(state)), drops) => {
                self.goto(&state.clone(), drops.is_some())
            }
            ("__suspend", Some(Expr::Struct(state)), Some(begin)) => {
                self.suspend(&state.clone(), &begin.clone())
            }
            ("__return", Some(value), None) => {
                self.ends = true;
                parse_quote!(break '__end (#value))
            }
            _ => return,
        };
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::rewrite(mac, &["__goto", "__return"], &mut |e| self.visit_expr_mut(e));
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
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

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::rewrite(mac, &["finish"], &mut |e| self.visit_expr_mut(e));
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

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::rewrite(mac, &["finish"], &mut |e| self.visit_expr_mut(e));
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

/// Where locals have ended on a way to the state.
pub fn leave(state: &Ident) -> Lifetime {
    Lifetime::new(&format!("'__leave_to_{state}"), Span::call_site())
}

/// The state, while locals end on the way to it.
pub fn kept_name(state: &Ident) -> Ident {
    format_ident!("__kept_{state}")
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
