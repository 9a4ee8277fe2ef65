//! Code that has the type of an expression and is never run.
//!
//! A value that is kept over an await of its own expression has no name that an author could give
//! a type. Where the source does not show it, rustc is shown the expression again: with awaits,
//! exits and locals in the form of values that are never made.

use std::collections::BTreeMap;

use quote::quote;
use syn::{
    Expr, Ident, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{Lowerer, scan::Bound, shape};
use crate::{expression::peel, macros};

impl Lowerer<'_> {
    /// The code, if the types of all locals in it are known.
    pub fn like(&self, e: &Expr) -> Option<Expr> {
        let mut like = Like { lowerer: self, locals: BTreeMap::new(), unknown: false };
        let mut e = e.clone();
        like.visit_expr_mut(&mut e);
        if like.unknown {
            return None;
        }
        let locals = like.locals.values();
        Some(parse_quote!({ #(#locals)* #e }))
    }
}

struct Like<'a> {
    lowerer: &'a Lowerer<'a>,
    /// A declaration for each local of the frame.
    locals: BTreeMap<String, proc_macro2::TokenStream>,
    unknown: bool,
}

impl Like<'_> {
    fn local(&mut self, name: &Ident) {
        let key = name.to_string();
        if self.locals.contains_key(&key) {
            return;
        }
        let Some(Bound::Local(id)) = self.lowerer.lookup(&key) else { return };
        let local = &self.lowerer.graph.locals[*id];
        let declared = match (&local.ty, &local.like, &local.alias) {
            (Some(ty), ..) => self.typed(name, ty),
            (None, Some(like), _) => quote!(let mut #name = #like;),
            _ => {
                self.unknown = true;
                return;
            }
        };
        self.locals.insert(key, declared);
    }

    fn typed(&self, name: &Ident, ty: &Type) -> proc_macro2::TokenStream {
        quote!(let mut #name: #ty = ::switchback::frame::never();)
    }
}

impl VisitMut for Like<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        match e {
            Expr::Await(awaited) => {
                let backend = &self.lowerer.model.backend;
                let mut shape = shape(peel(&awaited.base), &self.lowerer.types);
                self.visit_expr_mut(&mut shape);
                *e = parse_quote!(::switchback::frame::awaited::<#backend, _>(|| #shape));
                return;
            }
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {
                *e = parse_quote!(::core::panic!());
                return;
            }
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Path(path) => {
                if let (Some(name), None) = (path.path.get_ident().cloned(), &path.qself) {
                    self.local(&name);
                }
            }
            _ => {}
        }
        visit_mut::visit_expr_mut(self, e);
        if let Expr::Try(x) = e {
            let inner = &x.expr;
            *e = parse_quote!(::switchback::frame::tried(#inner));
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        match macros::known(mac, &self.lowerer.rules) {
            Some(mut known) => {
                known.arguments.iter_mut().for_each(|a| self.visit_expr_mut(&mut a.value));
                for name in known.captured() {
                    if let Ok(name) = syn::parse_str::<Ident>(&name) {
                        self.local(&name);
                    }
                }
                known.write(mac);
            }
            None => self.unknown = true,
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}
