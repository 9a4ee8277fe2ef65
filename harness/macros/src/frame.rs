//! The frame form: the state enum diapause makes of the lowered body, as a `Frame`.
//!
//! Of diapause's output only the enum and the state machine are used; `step` says what becomes
//! of the machine.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Block, Error, Expr, Fields, File, Ident, ImplItem, Item, ItemEnum, Result, Type, parse_quote,
    spanned::Spanned,
};

use crate::{lower::Lowered, model::Model, wording};

mod callees;
mod staying;
mod step;
mod waits;

use staying::Staying;
use step::Codes;
use waits::Wait;

pub fn generate(model: &Model, lowered: &Lowered) -> Result<TokenStream> {
    let machine = Machine::new(model, lowered)?;
    let Model { generics, backend, returns, arguments, name, .. } = model;
    let (implement, apply, bounds) = generics.split_for_impl();
    let Machine { start, step, fingerprint, variants, .. } = &machine;

    let names: Vec<_> = arguments.iter().map(|a| &a.name).collect();
    let phantom = variants[0].phantom();
    let clone = variants.iter().map(Variant::clone_arm);
    let dump = variants.iter().enumerate().map(|(at, v)| v.dump_arm(at as u64));
    let load = variants.iter().enumerate().map(|(at, v)| v.load_arm(at as u64));
    let finished = machine.empty.iter().map(|v| quote!(State::#v => State::#v,));
    let empty = &machine.empty;
    let refusal = format!("`{name}` is running or finished");
    let unknown = format!("`{name}` has no such state");
    let callees = callees::probes(model);
    let waits = machine.waits.iter().map(|w| w.arm(backend));
    let mut seen = HashSet::new();
    let kept = variants.iter().flat_map(Variant::kept).map(|(_, ty)| ty);
    let kept = kept.filter(|ty| seen.insert(ty.to_token_stream().to_string()));
    // Parameters that only the body uses, which decide what it does.
    let parameters = model.type_parameters().filter(|name| *name != backend);
    let describe = kept.map(|ty| of_kept(ty, "describe"));
    let staying = &machine.staying;
    let loops = staying.loops;
    let mut states = machine.states.clone();
    let moving = (!staying.is_empty()).then(|| {
        let moving = staying.split(&mut states, &model.type_parameters().collect::<Vec<_>>());
        quote! {
            #[doc(hidden)]
            #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
            #moving
        }
    });
    let moving_state = moving.as_ref().map(|_| quote!(| State::Live { .. }));
    let moving_copy = moving.as_ref().map(|_| quote!(State::Live { .. } => State::Poisoned,));
    let all = quote! {
        #[doc(hidden)]
        #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
        #states

        #moving

        #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            impl #implement State #apply #bounds {
                #[inline]
                pub(super) fn start(__call: Call #apply) -> Self {
                    State::Start { #(#names: __call.#names,)* #phantom }
                }
            }

            impl #implement ::core::clone::Clone for State #apply #bounds {
                fn clone(&self) -> Self {
                    match self { #(#clone)* #(#finished)* #moving_copy }
                }
            }

            impl #implement ::switchback::frame::Frame<#backend> for State #apply #bounds {
                type Return = #returns;
                const NAME: &'static str = ::core::module_path!();
                const FINGERPRINT: u64 = #fingerprint;
                const LOOPS: bool = #loops;

                #[inline]
                fn start<'__k, __O: ::switchback::frame::Outcome<'__k, #returns>>(
                    &mut self,
                    __here: ::switchback::frame::Here<'__k>,
                    __outcome: __O,
                ) -> __O::Signal #start

                #[inline(always)]
                fn step<'__k, __O: ::switchback::frame::Outcome<'__k, #returns>>(
                    &mut self,
                    __here: ::switchback::frame::Here<'__k>,
                    __outcome: __O,
                ) -> __O::Signal #step

                fn dump(
                    &self,
                    __out: &mut ::switchback::pickle::Writer,
                ) -> ::core::result::Result<(), ::switchback::Error> {
                    match self {
                        #(#dump)*
                        #(State::#empty)|* #moving_state => {
                            return ::core::result::Result::Err(::switchback::frame::no_state(#refusal));
                        }
                    }
                    ::core::result::Result::Ok(())
                }

                #[inline(always)]
                fn load(
                    __input: &mut ::switchback::pickle::Reader<'_>,
                ) -> ::core::result::Result<Self, ::switchback::Error> {
                    ::core::result::Result::Ok(match __input.number()? {
                        #(#load)*
                        _ => return ::core::result::Result::Err(__input.error(#unknown)),
                    })
                }

                fn waits(&self) -> ::switchback::frame::Waits {
                    match self {
                        State::Start { .. } => ::switchback::frame::Waits::Start,
                        #(#waits)*
                        _ => ::switchback::frame::Waits::Nothing,
                    }
                }

                fn describe(__shapes: &mut ::switchback::shape::Shapes) {
                    #(#describe(__shapes);)*
                    #(__shapes.word(::core::any::type_name::<#parameters>());)*
                }

                fn callees(__list: &mut ::switchback::frame::FrameList) {
                    #callees
                }
            }
        };
    };
    if staying.is_empty() { Ok(all) } else { staying::written(staying, all) }
}

/// What is done to a kept value, by way of a trait that messages alone have: all about a type
/// that is none is said at one place in one form, which rustc prints once.
pub fn of_kept(ty: &Type, method: &str) -> TokenStream {
    let method = Ident::new(method, ty.span());
    quote_spanned!(ty.span()=> <#ty as ::switchback::frame::Kept>::#method)
}

struct Machine {
    states: ItemEnum,
    staying: Staying,
    variants: Vec<Variant>,
    /// `Done` and `Poisoned`.
    empty: Vec<Ident>,
    start: Block,
    step: Block,
    waits: Vec<Wait>,
    fingerprint: Expr,
}

impl Machine {
    fn new(model: &Model, lowered: &Lowered) -> Result<Self> {
        let Model { name, generics, output, arguments, .. } = model;
        let (_, _, bounds) = generics.split_for_impl();
        let inputs = arguments.iter().map(|a| {
            let (mutable, name, ty) = (&a.mutable, &a.name, &a.ty);
            quote!(#mutable #name: #ty)
        });
        let body = &lowered.body;
        let item = parse_quote!(fn #name #generics (#(#inputs),*) -> #output #bounds #body);
        let attribute = quote!(yield = ::switchback::Request, resume = (), in_place = false);
        let tokens = diapause_macro_core::expand(attribute, item)
            .map_err(|error| wording::reword(error, lowered))?;
        let (mut states, mut machine, mut fingerprint) = (None, None, None);
        for item in module(syn::parse2(tokens)?) {
            match item {
                Item::Enum(e) => states = Some(e),
                Item::Impl(i) if i.trait_.is_none() => {
                    for item in i.items {
                        match item {
                            ImplItem::Const(c) => fingerprint = Some(c.expr),
                            ImplItem::Fn(f) if f.sig.ident == "__drive" => {
                                machine = Codes::of(f.block)
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let (Some(states), Some(codes), Some(fingerprint)) = (states, machine, fingerprint) else {
            return Err(Error::new(name.span(), "the frame engine made no state machine"));
        };
        let (full, empty): (Vec<_>, Vec<_>) =
            states.variants.iter().partition(|v| matches!(v.fields, Fields::Named(_)));
        let empty = empty.into_iter().map(|v| v.ident.clone()).collect();
        let variants = full.into_iter().map(Variant::new).collect();
        let staying = Staying::of(&states, &codes.states, &model.backend);
        let (start, step, waits) = (codes.start(&staying), codes.step(&staying), codes.waits());
        Ok(Self { variants, empty, states, staying, start, step, waits, fingerprint })
    }
}

/// The items of the module diapause generates.
fn module(file: File) -> Vec<Item> {
    let modules = file.items.into_iter().filter_map(|item| match item {
        Item::Mod(m) => m.content,
        _ => None,
    });
    modules.flat_map(|(_, items)| items).collect()
}

struct Field {
    name: Ident,
    ty: Type,
    /// diapause anchors type parameters that only the body uses.
    phantom: bool,
}

struct Variant {
    name: Ident,
    fields: Vec<Field>,
}

impl Variant {
    fn new(variant: &syn::Variant) -> Self {
        let fields = variant.fields.iter().filter_map(|field| {
            let (name, ty) = (field.ident.clone()?, field.ty.clone());
            Some(Field { phantom: name == "__phantom", name, ty })
        });
        Self { name: variant.ident.clone(), fields: fields.collect() }
    }

    /// The fields that carry something.
    fn kept(&self) -> impl Iterator<Item = (&Ident, &Type)> {
        self.fields.iter().filter(|f| !f.phantom).map(|f| (&f.name, &f.ty))
    }

    fn phantom(&self) -> Option<TokenStream> {
        let anchored = self.fields.iter().any(|f| f.phantom);
        anchored.then(|| quote!(__phantom: ::core::marker::PhantomData,))
    }

    fn clone_arm(&self) -> TokenStream {
        let (variant, phantom) = (&self.name, self.phantom());
        let names = self.kept().map(|(name, _)| name);
        let copies = self.kept().map(|(name, ty)| {
            let copy = of_kept(ty, "copy");
            quote!(#name: #copy(#name))
        });
        quote!(State::#variant { #(#names,)* .. } => State::#variant { #(#copies,)* #phantom },)
    }

    fn dump_arm(&self, number: u64) -> TokenStream {
        let variant = &self.name;
        let names = self.kept().map(|(name, _)| name);
        let leaves = self.kept().map(|(name, ty)| {
            let write = of_kept(ty, "write");
            quote!(#write(#name, __out)?;)
        });
        quote! {
            State::#variant { #(#names,)* .. } => {
                __out.number(#number);
                #(#leaves)*
            }
        }
    }

    fn load_arm(&self, number: u64) -> TokenStream {
        let (variant, phantom) = (&self.name, self.phantom());
        let values = self.kept().map(|(name, ty)| {
            let read = of_kept(ty, "read");
            quote!(let #name = #read(__input)?;)
        });
        let names = self.kept().map(|(name, _)| name);
        quote!(#number => {
            #(#values)*
            State::#variant { #(#names,)* #phantom }
        })
    }
}
