//! `f::Call<B>`: the arguments, and the three ways to run them.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Block, Expr, parse_quote_spanned,
    visit_mut::{self, VisitMut},
};

use crate::{expression::peel, frame, model::Model};

pub fn generate(model: &Model) -> TokenStream {
    let Model { generics, backend, output, returns, arguments, lints, name, .. } = model;
    let (implement, apply, bounds) = generics.split_for_impl();
    let names: Vec<_> = arguments.iter().map(|a| &a.name).collect();
    let types: Vec<_> = arguments.iter().map(|a| &a.ty).collect();
    let copies = types.iter().map(|ty| frame::of_kept(ty, "copy"));
    let locals = arguments.iter().map(|a| {
        let (mutable, name) = (&a.mutable, &a.name);
        quote!(#mutable #name)
    });
    let locals = quote!(let Self { #(#locals,)* .. } = self;);
    let parameters = model.type_parameters();
    let blocking = rewritten(model, Form::Blocking);
    let future = rewritten(model, Form::Future);
    let doc = format!("A call of `{name}`: its arguments, not yet running.");
    let quiet = quote!(#[allow(clippy::unused_unit, clippy::diverging_sub_expression)]);
    quote! {
        #[doc = #doc]
        #[must_use = "a tasklet runs when it is spawned or awaited"]
        pub struct Call #generics #bounds {
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

        impl #implement ::switchback::Operation<#backend> for Call #apply #bounds {
            type Output = #output;

            #(#lints)*
            #quiet
            #[inline]
            fn wait(self) -> #output {
                #locals
                #blocking
            }

            #(#lints)*
            #quiet
            fn into_future(
                self,
            ) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send {
                async move {
                    #locals
                    #future
                }
            }

            #[inline]
            fn begin(
                self,
                _: ::switchback::frame::Here<'_>,
            ) -> ::switchback::Begun<'_, #output> {
                <#backend as ::switchback::Backend>::frame_call(self);
                ::switchback::Begun::Asks(::switchback::Request::Call)
            }

            #[inline(always)]
            fn finish(_: ::switchback::frame::Here<'_>) -> #output {
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
    Rewriter { model, form }.visit_block_mut(&mut body);
    let statements = &body.stmts;
    quote!(#(#statements)*)
}

struct Rewriter<'a> {
    model: &'a Model,
    form: Form,
}

impl Rewriter<'_> {
    /// Whether the future of `base` would contain itself.
    fn recurses(&self, base: &Expr) -> bool {
        let Expr::Call(call) = peel(base) else { return false };
        let Expr::Path(path) = peel(&call.func) else { return false };
        let segments = &path.path.segments;
        let own = segments.last().is_some_and(|s| s.ident == self.model.name);
        let foreign = segments.first().is_some_and(|s| s.ident != self.model.backend);
        own || (self.model.recursive && foreign && path.qself.is_none())
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
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
                    quote_spanned!(span=> ::switchback::Operation::<#backend>::into_future)
                };
                *awaited.base = parse_quote_spanned!(span=> #function(#base));
            }
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}
