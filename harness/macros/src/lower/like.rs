//! Code that has the type of an expression and is never run.
//!
//! A value that is kept over an await of its own expression has no name that an author could give
//! a type. Where the source does not show it, rustc is shown the expression again: with awaits,
//! exits and locals in the form of values that are never made.

use std::collections::BTreeMap;

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::{
    Block, Expr, Ident, Lit, Stmt, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

use super::{Lowerer, scan::Bound};
use crate::{
    expression::{moved_to, peel},
    macros::{self, Kind},
};

impl Lowerer<'_> {
    /// The code, if the types of all locals in it are known.
    pub fn like(&self, e: &Expr) -> Option<Expr> {
        if !self.is_determined(e) {
            return None;
        }
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

impl Lowerer<'_> {
    /// A call with nothing in its arguments but their types: only its type is wanted.
    pub fn shape(&self, call: &Expr) -> Expr {
        let mut shape = call.clone();
        // Operations of channels and of the backend have the types of what they are called on.
        let (arguments, generic) = match &mut shape {
            Expr::Call(call) => {
                let own = match peel(&call.func) {
                    Expr::Path(p) => self.types.of_backend(&p.path).is_some(),
                    _ => false,
                };
                (&mut call.args, !own)
            }
            Expr::MethodCall(call) => {
                // What waits knows fields only, so `d` of `let d = &rx;` is said in full.
                let local = self.local_of(&call.receiver).map(|id| &self.graph.locals[id]);
                if let Some(alias) = local.and_then(|local| local.alias.as_ref()) {
                    let span = call.receiver.span();
                    *call.receiver = parse_quote_spanned!(span=> (#alias));
                }
                (&mut call.args, false)
            }
            _ => return shape,
        };
        for argument in arguments {
            let span = argument.span();
            let known = self
                .types
                .of(argument)
                .filter(|ty| !matches!(ty, Type::Reference(_)) && !crate::types::is_projected(ty));
            *argument = match known {
                Some(ty) => {
                    let ty = moved_to(span, ty);
                    parse_quote_spanned!(span=> ::switchback::frame::never::<#ty>())
                }
                None => match self.like(argument) {
                    Some(like) if generic && !is_literal(argument) => like,
                    _ => parse_quote_spanned!(span=> ::switchback::frame::never()),
                },
            };
        }
        shape
    }
}

impl Lowerer<'_> {
    /// Whether the type of an expression is the same wherever it stands: a number without a suffix
    /// gets its type from what it is used for.
    fn is_determined(&self, e: &Expr) -> bool {
        let each = |e: &Expr| self.is_determined(e);
        match e {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(n) => !n.suffix().is_empty(),
                Lit::Float(n) => !n.suffix().is_empty(),
                _ => true,
            },
            Expr::Path(_) | Expr::Cast(_) | Expr::Struct(_) => true,
            Expr::Field(x) => self.is_determined(&x.base),
            Expr::Index(x) => self.is_determined(&x.expr),
            Expr::Paren(x) => self.is_determined(&x.expr),
            Expr::Group(x) => self.is_determined(&x.expr),
            Expr::Unary(x) => self.is_determined(&x.expr),
            Expr::Reference(x) => self.is_determined(&x.expr),
            Expr::Try(x) => self.is_determined(&x.expr),
            Expr::Await(x) => self.types.of(e).is_some() || self.is_determined(&x.base),
            Expr::Binary(x) => {
                matches!(self.types.of(e), Some(Type::Path(p)) if p.path.is_ident("bool"))
                    || self.is_determined(&x.left)
                    || self.is_determined(&x.right)
            }
            Expr::Call(x) => crate::frame::finish(e).is_some() || x.args.iter().all(each),
            Expr::MethodCall(x) => self.is_determined(&x.receiver),
            Expr::Tuple(x) => x.elems.iter().all(each),
            Expr::Array(x) => x.elems.first().is_some_and(|e| self.is_determined(e)),
            Expr::Repeat(x) => self.is_determined(&x.expr),
            Expr::Block(x) => self.tail_is_determined(&x.block),
            Expr::If(x) => {
                self.tail_is_determined(&x.then_branch)
                    || x.else_branch.as_ref().is_some_and(|(_, e)| self.is_determined(e))
            }
            Expr::Match(x) => x.arms.iter().any(|arm| self.is_determined(&arm.body)),
            Expr::Macro(x) => match macros::known(&x.mac, &self.rules) {
                Some(known) if matches!(known.kind, Kind::List | Kind::Repeat) => {
                    known.arguments.first().is_some_and(|a| self.is_determined(&a.value))
                }
                Some(_) => true,
                None => false,
            },
            _ => false,
        }
    }

    fn tail_is_determined(&self, block: &Block) -> bool {
        match block.stmts.last() {
            Some(Stmt::Expr(e, None)) => self.is_determined(e),
            _ => false,
        }
    }
}

/// A literal that gets its type from what it is used for.
fn is_literal(e: &Expr) -> bool {
    matches!(peel(e), Expr::Lit(_)) || matches!(peel(e), Expr::Closure(_))
}

struct Like<'a> {
    lowerer: &'a Lowerer<'a>,
    /// A declaration for each local of the frame.
    locals: BTreeMap<String, proc_macro2::TokenStream>,
    unknown: bool,
}

impl Like<'_> {
    /// The name of a local of the frame, declared.
    fn local(&mut self, name: &Ident) -> Option<Ident> {
        let Some(Bound::Local(id)) = self.lowerer.lookup(name) else {
            self.unknown |= self.lowerer.lookup(name).is_some();
            return None;
        };
        let local = &self.lowerer.graph.locals[*id];
        let own = own(&local.name, name.span());
        let declared = match (&local.ty, &local.like) {
            (Some(ty), _) => quote!(let mut #own: #ty = ::switchback::frame::never();),
            (None, Some(like)) => quote!(let mut #own = #like;),
            _ => {
                self.unknown = true;
                return None;
            }
        };
        self.locals.entry(local.name.to_string()).or_insert(declared);
        Some(own)
    }
}

/// The name of a local in code that is never run.
fn own(name: &Ident, span: Span) -> Ident {
    format_ident!("__like_{}", name, span = span)
}

impl VisitMut for Like<'_> {
    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        self.visit_expr_mut(&mut field.expr);
        field.colon_token.get_or_insert_default();
    }

    fn visit_expr_mut(&mut self, e: &mut Expr) {
        match e {
            Expr::Await(awaited) => {
                let backend = &self.lowerer.model.backend;
                let shape = self.lowerer.shape(peel(&awaited.base));
                *e = parse_quote!(::switchback::frame::awaited::<#backend, _>(|| #shape));
                return;
            }
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {
                *e = parse_quote!(::core::panic!());
                return;
            }
            Expr::Call(call) if crate::frame::finish(&Expr::Call(call.clone())).is_some() => {
                let (backend, shape) = (&self.lowerer.model.backend, &call.args[0]);
                *e = parse_quote!(::switchback::frame::awaited::<#backend, _>(#shape));
                return;
            }
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Path(path) => {
                if let (Some(name), None) = (path.path.get_ident().cloned(), &path.qself)
                    && let Some(own) = self.local(&name)
                {
                    *e = parse_quote!(#own);
                }
                return;
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
                let mut captures = Vec::new();
                for name in known.captured() {
                    if let Ok(ident) = syn::parse_str::<Ident>(&name)
                        && let Some(own) = self.local(&ident)
                    {
                        captures.push((name, own));
                    }
                }
                known.name_captures(&captures);
                known.write(mac);
            }
            None => self.unknown = true,
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}
