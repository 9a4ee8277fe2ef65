//! What each state of a frame waits for: the type of the operation that its code finishes first.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Pat, PatRest, PatStruct, Stmt, parse_quote, visit_mut::VisitMut};

use crate::{expression::placeless_name, lower::emit::Code};

use super::{
    staying::{Places, Staying},
    step::{edges::finish, seldom},
};

/// A state that is entered after an await.
pub struct Wait {
    state: PatStruct,
    /// A call of `finish` with a closure, never called, that returns the operation.
    finish: Expr,
}

impl Wait {
    /// Of a state; none if it goes on from no await.
    pub fn of(code: &Code) -> Option<Self> {
        let mut finish = code.waits.clone()?;
        let (mut shared, mut names) = (code.fields.clone(), Vec::new());
        for field in &mut shared.fields {
            if let Pat::Ident(name) = &mut *field.pat {
                name.mutability = None;
                name.ident = placeless_name(&name.ident);
                names.push(name.ident.clone());
            }
        }
        Places(&names).visit_expr_mut(&mut finish);
        shared.rest = Some(PatRest { attrs: Vec::new(), dot2_token: Default::default() });
        Some(Self { state: shared, finish })
    }

    /// Takes the output of the operation, if it is there and nothing else, into `__output`; goes
    /// on with `rest` if not.
    pub fn taken(&self, staying: &Staying, rest: &Expr) -> Stmt {
        let Self { state, finish } = self;
        let seldom = seldom(rest);
        let pattern = staying.moving_pattern(state);
        parse_quote! {
            let ::core::option::Option::Some(__output) = (match __at {
                #pattern => #finish.short(__here),
                _ => ::core::option::Option::None,
            }) else {
                return #seldom;
            };
        }
    }

    pub fn arm(&self, backend: &Ident) -> TokenStream {
        let (state, operation) = (&self.state, finish(&self.finish));
        quote! {
            #state => ::switchback::frame::waits::<#backend, _>(#operation),
        }
    }
}
