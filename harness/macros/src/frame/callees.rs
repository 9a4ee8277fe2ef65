//! Which frame types a tasklet may call or spawn: what a pickle of it may contain.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{
    Expr, ExprCall, Path,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::{expression::peel, lower::shape, model::Model};

/// One probe per callee that the source names: awaited, or handed to a function of the backend
/// that makes a tasklet of it.
pub fn probes(model: &Model) -> TokenStream {
    let mut calls = Calls { model, seen: HashSet::new(), probes: TokenStream::new() };
    calls.visit_block(&model.body);
    calls.probes
}

struct Calls<'a> {
    model: &'a Model,
    seen: HashSet<String>,
    probes: TokenStream,
}

impl Calls<'_> {
    fn probe(&mut self, method: &str, call: &Expr) {
        let Expr::Call(inner) = peel(call) else { return };
        let Some(path) = function(inner) else { return };
        if path.segments.first().is_some_and(|s| s.ident == self.model.backend)
            || path.segments.last().is_some_and(|s| starts_upper(&s.ident))
        {
            return;
        }
        if self.seen.insert(path.to_token_stream().to_string()) {
            let (backend, shape, span) = (&self.model.backend, shape(peel(call)), call.span());
            let method = syn::Ident::new(method, span);
            self.probes.extend(quote_spanned!(span=> __list.#method::<#backend, _>(|| #shape);));
        }
    }
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_await(&mut self, e: &'ast syn::ExprAwait) {
        self.probe("probe", &e.base);
        visit::visit_expr_await(self, e);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Some(path) = function(call)
            && path.segments.last().is_some_and(|s| {
                ["spawn", "spawn_paused", "spawn_unbound", "bind"].iter().any(|n| s.ident == n)
            })
            && path.segments.first().is_some_and(|s| s.ident == self.model.backend)
        {
            call.args.iter().for_each(|argument| self.probe("probe_spawn", argument));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let list = Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = mac.parse_body_with(list) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        }
    }
}

fn function(call: &ExprCall) -> Option<&Path> {
    match peel(&call.func) {
        Expr::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    }
}

/// Constructors are no tasklets.
fn starts_upper(name: &syn::Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}
