//! What each state of a frame waits for: the type of the operation that its code finishes first.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Expr, FieldPat, Ident, Pat, PatStruct, Path, parse_quote,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::step::edges::finish;

/// A state that is entered after an await.
pub struct Wait {
    state: Path,
    fields: Vec<FieldPat>,
    /// A closure, never called, that returns the operation.
    operation: Expr,
}

impl Wait {
    /// Of a state with these fields; none if the code of the state goes on from no await.
    pub fn of(fields: &PatStruct, body: &Expr) -> Option<Self> {
        let mut first = First(None);
        first.visit_expr(body);
        let mut operation = first.0?;
        let (mut shared, mut names) = (fields.clone(), Vec::new());
        for field in &mut shared.fields {
            if let Pat::Ident(name) = &mut *field.pat {
                name.mutability = None;
                names.push(name.ident.clone());
            }
        }
        Places(&names).visit_expr_mut(&mut operation);
        let fields = shared.fields.into_iter().collect();
        Some(Self { state: shared.path, fields, operation })
    }

    pub fn arm(&self, backend: &Ident) -> TokenStream {
        let Self { state, fields, operation } = self;
        quote! {
            #state { #(#fields,)* .. } => ::switchback::frame::waits::<#backend, _>(#operation),
        }
    }
}

/// The first closure that a call of `finish` gets.
struct First(Option<Expr>);

impl<'ast> Visit<'ast> for First {
    fn visit_expr(&mut self, e: &'ast Expr) {
        if self.0.is_none() {
            self.0 = finish(e).cloned();
            visit::visit_expr(self, e);
        }
    }
}

/// Fields are seen by reference where the state is only looked at, and are the same places then.
struct Places<'a>(&'a [Ident]);

impl VisitMut for Places<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if let Expr::Path(path) = e
            && path.qself.is_none()
            && let Some(name) = path.path.get_ident().filter(|name| self.0.contains(name))
        {
            *e = parse_quote!((*#name));
        }
    }
}
