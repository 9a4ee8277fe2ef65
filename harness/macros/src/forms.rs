//! `f::Call<B>`: the arguments, and the three ways to run them.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Block, Expr, Ident, Stmt, parse_quote, parse_quote_spanned,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

use crate::{
    expression::{await_token, braced, has_await, peel, placeless_name},
    frame,
    macros::{self, Kind},
    model::Model,
};

/// The call, and how it runs.
pub fn generate(model: &Model) -> (TokenStream, TokenStream) {
    let Model { generics, backend, output, returns, arguments, lints, name, .. } = model;
    let (implement, apply, bounds) = generics.split_for_impl();
    let names: Vec<_> = arguments.iter().map(|a| &a.name).collect();
    let types: Vec<_> = arguments.iter().map(|a| &a.ty).collect();
    let copies = types.iter().map(|ty| frame::of_kept(ty, "copy"));
    let patterns = model.argument_patterns();
    let plain = arguments.len() - patterns.len();
    // Each in a statement of its own, so that one that is not read is a variable for rustc, not a
    // field of a pattern.
    let locals = |call: TokenStream| {
        let locals = arguments.iter().enumerate().map(|(at, a)| {
            let (mutable, name) = (a.mutable.filter(|_| at < plain), &a.name);
            let field = placeless_name(name);
            quote!(let #mutable #name = #call.#field;)
        });
        quote!(#(#locals)* #(#patterns)*)
    };
    let parameters = model.type_parameters();
    let braces = model.body.brace_token;
    let blocking = rewritten(model, Form::Blocking);
    let locals_of = locals(quote!(self));
    let blocking = braced(braces, quote!(#locals_of #blocking));
    let future = rewritten(model, Form::Future);
    let locals_of = locals(quote!(self));
    let future = braced(braces, quote!(#locals_of #future));
    let doc = format!("A call of `{name}`: its arguments, not yet running.");
    let quiet = quote!(#[allow(clippy::unused_unit, clippy::diverging_sub_expression)]);
    let unheard = unheard();
    let defaults = model.generics_with_defaults();
    let call = quote! {
        #[doc = #doc]
        #[must_use = "a tasklet runs when it is spawned or awaited"]
        pub struct Call #defaults #bounds {
            #(pub(super) #names: #types,)*
            pub(super) __types: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>,
        }

        #[automatically_derived]
        impl #implement ::core::clone::Clone for Call #apply #bounds {
            fn clone(&self) -> Self {
                Self {
                    #(#names: #copies(&self.#names),)*
                    __types: ::core::marker::PhantomData,
                }
            }
        }
    };
    let forms = quote! {
        impl #implement Call #apply #bounds {
            // rustc compares its end with the type that the author wrote, and says so there. Its
            // warnings are those of the blocking form.
            #[doc(hidden)]
            #unheard
            pub(super) async fn __future(self) -> #output
            #future
        }

        impl #implement ::switchback::Operation<#backend> for Call #apply #bounds {
            type Output = #output;

            #(#lints)*
            #quiet
            #[inline]
            fn wait(self) -> #output #blocking

            #(#lints)*
            #quiet
            fn into_future(
                self,
            ) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send {
                self.__future()
            }

            unsafe fn awaited(
                self,
            ) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send {
                ::switchback::Operation::<#backend>::into_future(self)
            }

            #[inline]
            unsafe fn begin(
                self,
                _: ::switchback::frame::Here<'_>,
            ) -> ::switchback::Begun<'_, #output> {
                <#backend as ::switchback::Backend>::frame_call(self);
                ::switchback::Begun::Asks(::switchback::Request::Call)
            }

            #[inline(always)]
            unsafe fn finish(_: ::switchback::frame::Here<'_>) -> #output {
                <#backend as ::switchback::Backend>::frame_return::<Self>()
            }

            fn waits() -> ::switchback::frame::Waits {
                ::switchback::frame::callee::<#backend, Self>()
            }

            fn frames(__list: &mut ::switchback::frame::FrameList) {
                __list.add::<#backend, Self>();
            }
        }

        #[automatically_derived]
        impl #implement ::switchback::Tasklet<#backend> for Call #apply #bounds {
            const NAME: &'static str = ::core::module_path!();
            type Return = #returns;
            type Frame = State #apply;

            #[inline]
            fn into_frame(self) -> State #apply {
                State::start(self)
            }
        }
    };
    (call, forms)
}

/// For code that another form has too, whose lints are reported there: also those that the author
/// has turned into errors.
pub fn unheard() -> TokenStream {
    quote! {
        #[allow(
            warnings, unused, deprecated, nonstandard_style, rust_2018_idioms, clippy::all,
            clippy::pedantic, clippy::nursery, clippy::restriction
        )]
    }
}

#[derive(Clone, Copy)]
enum Form {
    Blocking,
    Future,
}

/// The statements of the body with every await written for one form.
fn rewritten(model: &Model, form: Form) -> TokenStream {
    let mut body: Block = model.body.clone();
    Rewriter { model, form, own: model.rules(), bound: 0 }.visit_block_mut(&mut body);
    let statements = &body.stmts;
    quote!(#(#statements)*)
}

struct Rewriter<'a> {
    model: &'a Model,
    form: Form,
    /// Macros that the function makes itself.
    own: HashSet<String>,
    /// Names given to arguments of macros.
    bound: usize,
}

impl Rewriter<'_> {
    /// Whether the future of `base` would contain itself.
    fn recurses(&self, base: &Expr) -> bool {
        let Expr::Call(call) = peel(base) else { return false };
        let Expr::Path(path) = peel(&call.func) else { return false };
        let segments = &path.path.segments;
        let own = segments.len() == 1 && segments[0].ident == self.model.name;
        let foreign = segments.first().is_some_and(|s| s.ident != self.model.backend);
        own || (self.model.recursive && foreign && path.qself.is_none())
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if let Expr::Macro(m) = e
            && let Some(block) = self.formatted(&m.mac)
        {
            *e = block;
        }
        let Expr::Await(awaited) = e else { return };
        let backend = &self.model.backend;
        let base = &awaited.base;
        let span = awaited.await_token.span;
        match self.form {
            Form::Blocking => {
                *e = parse_quote_spanned!(span=> ::switchback::Operation::<#backend>::wait(#base));
            }
            Form::Future => {
                let function = if self.recurses(base) {
                    quote_spanned!(span=> ::switchback::Tasklet::<#backend>::into_boxed)
                } else {
                    quote_spanned!(span=> ::switchback::frame::future_of::<#backend, _>)
                };
                *awaited.base = parse_quote_spanned!(span=> #function(#base));
            }
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        visit_mut::visit_stmt_mut(self, statement);
        if let Stmt::Macro(m) = statement
            && let Some(block) = self.formatted(&m.mac)
        {
            *statement = Stmt::Expr(block, m.semi_token);
        }
    }

    /// The arguments of macros that are known are code like any other.
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        if await_token(mac.tokens.clone()).is_some()
            && let Some(mut known) = macros::known(mac, &self.own)
        {
            known.arguments.iter_mut().for_each(|a| self.visit_expr_mut(&mut a.value));
            known.write(mac);
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Rewriter<'_> {
    /// A future cannot be sent to another thread while it holds the insides of a format macro, so
    /// the arguments are evaluated in front of it, in the same order and for as long:
    ///
    /// ```text
    /// assert_eq!(a, op(b).await?)    match (&(a), &(op(b).await?)) {
    ///                                    (x, y) => assert_eq!(*x, *y),
    ///                                }
    /// ```
    fn formatted(&mut self, mac: &syn::Macro) -> Option<Expr> {
        if !matches!(self.form, Form::Future) || await_token(mac.tokens.clone()).is_none() {
            return None;
        }
        let mut known = macros::known(mac, &self.own)?;
        if !matches!(known.kind, Kind::Format | Kind::Assert) {
            return None;
        }
        let last = known.arguments.iter().rposition(|a| has_await(&a.value))?;
        let mut mac = mac.clone();
        if known.kind == Kind::Assert && !known.arguments[0].borrowed {
            return Some(self.asserted(known, mac));
        }
        let (mut bound, mut names) = (Vec::new(), Vec::new());
        for at in 0..=last {
            let (written, format) = (known.is_written(at), known.is_format(at));
            let argument = &mut known.arguments[at];
            let value = &argument.value;
            // What is written to is a place, and stays one.
            if format || matches!(value, Expr::Lit(_)) || (written && is_place(value)) {
                continue;
            }
            let (name, span) = (self.name(), value.span());
            bound.push(match written {
                true => quote_spanned!(span=> &mut (#value)),
                false => quote_spanned!(span=> &(#value)),
            });
            argument.value = parse_quote_spanned!(span=> *#name);
            names.push(name);
        }
        let (ends, diverges) = (known.ends, known.diverges);
        let value = matches!(mac.path.segments.last(), Some(s) if s.ident == "format");
        known.write(&mut mac);
        let matched = quote!(match (#(#bound,)*) { (#(#names,)*) => #mac });
        Some(match ends && !diverges {
            true if value => {
                let name = self.name();
                parse_quote!({ let #name = #matched; #name })
            }
            true => parse_quote!({ #matched; }),
            false => parse_quote!(#matched),
        })
    }

    /// `assert!`, whose condition ends before anything else happens.
    fn asserted(&mut self, mut known: macros::Known, mut mac: syn::Macro) -> Expr {
        let name = self.name();
        let condition = std::mem::replace(&mut known.arguments[0].value, parse_quote!(#name));
        if known.arguments.len() == 1 {
            // Its message is the author's.
            let text = condition.span().source_text();
            let text = text.unwrap_or_else(|| condition.to_token_stream().to_string());
            let text = format!("assertion failed: {text}");
            mac.tokens = quote!(#name, "{}", #text);
        } else {
            known.write(&mut mac);
        }
        parse_quote!({ let #name = #condition; #mac })
    }

    /// A name for an argument.
    fn name(&mut self) -> Ident {
        self.bound += 1;
        format_ident!("__bound{}", self.bound)
    }
}

/// Whether a place is found without doing anything.
fn is_place(e: &Expr) -> bool {
    match peel(e) {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Unary(x) => matches!(x.op, syn::UnOp::Deref(_)) && is_place(&x.expr),
        _ => false,
    }
}
