//! The frame form: the states of a body as an enum, and `impl Frame` for it.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Expr, Ident, ItemEnum, Result, Type, parse_quote, parse_quote_spanned, spanned::Spanned,
};

use crate::{
    check::{Errors, NoMessages},
    expression::placeless_name,
    lower::{
        self,
        graph::{Callee, Role},
    },
    model::Model,
};

mod staying;
mod step;
mod waits;

use staying::Staying;
use step::Codes;
use waits::Wait;

pub use step::edges::{finish, last};

pub fn generate(model: &mut Model) -> Result<TokenStream> {
    let machine = Machine::new(model)?;
    let doubts = Doubts::of(model, &machine.variants);
    doubts.say(model);
    let model = &*model;
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
    let mut errors = Errors::default();
    let mut none = NoMessages { generics, errors: &mut errors };
    let full = kept_types(variants).filter(|ty| due(ty).is_none());
    full.for_each(|ty| none.look(ty));
    errors.into_result()?;
    let callees = machine.callees.iter().map(|callee| probe(callee, backend));
    let waits = machine.waits.iter().map(|w| w.arm(backend));
    // Parameters that only the body uses, which decide what it does.
    let parameters = model.type_parameters().filter(|name| *name != backend);
    let constants = generics.const_params().map(|parameter| &parameter.ident);
    let describe = kept_types(variants).map(|ty| kept_call(ty, "describe", &[&quote!(__shapes)]));
    let erased = variants.iter().flat_map(|v| &v.fields).filter_map(|f| f.like.as_ref());
    let describe_erased =
        erased.map(|like| quote!(::switchback::frame::Erased::describe(__shapes, || #like);));
    let unheard = crate::forms::unheard();
    let staying = &machine.staying;
    let loops = staying.loops;
    let mut states = machine.states.clone();
    let moving = (!staying.is_empty()).then(|| {
        let parameters: Vec<_> = model.type_parameters().collect();
        let mut moving = staying.split(&mut states, &parameters);
        doubts.fields(&mut moving);
        quote! {
            #[doc(hidden)]
            #unheard
            #moving
        }
    });
    doubts.fields(&mut states);
    let moving_state = moving.as_ref().map(|_| quote!(| State::Live { .. }));
    let moving_copy = moving.as_ref().map(|_| quote!(State::Live { .. } => State::Poisoned,));
    let all = quote! {
        #[doc(hidden)]
        #unheard
        #states

        #moving

        #unheard
        const _: () = {
            use ::switchback::frame::{KeepMessage as _, KeepNothing as _};

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

            // SAFETY: what the operations of the body ask for is given back at once.
            unsafe impl #implement ::switchback::frame::Frame<#backend> for State #apply #bounds {
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
                    #(#describe;)*
                    #(#describe_erased)*
                    #(__shapes.word(::core::any::type_name::<#parameters>());)*
                    #(__shapes.word(&::std::format!("{:?}", #constants));)*
                }

                fn callees(__list: &mut ::switchback::frame::FrameList) {
                    #(#callees)*
                }
            }
        };
    };
    if staying.is_empty() { Ok(all) } else { staying::written(staying, all) }
}

/// Kept types that are hardly messages and keep a frame from being sent besides. That they are no
/// messages is said first and once: then they are no types for rustc, which says no more of them.
struct Doubts(Vec<Type>);

impl Doubts {
    fn of(model: &Model, variants: &[Variant]) -> Self {
        // What is seen inside of the body alone is not seen where the constant is.
        if !model.items.is_empty() {
            return Self(Vec::new());
        }
        let doubtful = |ty: &&Type| {
            due(ty).is_none() && is_doubtful(ty) && !model.is_generic(&ty.to_token_stream())
        };
        Self(kept_types(variants).filter(doubtful).cloned().collect())
    }

    /// Lets rustc say first that a kept type is no message, and nothing else about the function.
    fn say(&self, model: &mut Model) {
        if self.0.is_empty() {
            return;
        }
        model.checked.extend(self.constant());
        model.output = Self::whole(&model.output);
        model.arguments.iter_mut().for_each(|a| a.ty = self.field(&a.ty));
    }

    /// A constant that none of the types has unless it is a message.
    fn constant(&self) -> TokenStream {
        let checks = self
            .0
            .iter()
            .map(|ty| quote_spanned!(ty.span()=> <#ty as ::switchback::frame::Kept>::CHECKED));
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, missing_docs)]
            pub const __KEPT: bool = true #(&& #checks)*;
        }
    }

    /// The type, if there is such a constant.
    fn whole(ty: &Type) -> Type {
        let span = ty.span();
        parse_quote_spanned!(span=> <#ty as ::switchback::frame::Whole<__KEPT>>::Whole)
    }

    /// What a type of a field becomes.
    fn field(&self, ty: &Type) -> Type {
        if self.0.contains(ty) { Self::whole(ty) } else { ty.clone() }
    }

    /// An enum with its fields.
    fn fields(&self, states: &mut ItemEnum) {
        let fields = states.variants.iter_mut().flat_map(|variant| &mut variant.fields);
        fields.for_each(|field| field.ty = self.field(&field.ty));
    }
}

/// Whether a type is hardly a message, by its name.
fn is_doubtful(ty: &Type) -> bool {
    const NAMES: [&str; 8] =
        ["Rc", "Weak", "Ref", "RefMut", "MutexGuard", "RwLockReadGuard", "RwLockWriteGuard", "dyn"];
    crate::macros::contains(ty.to_token_stream(), &NAMES)
}

/// The types of what the states keep, each once.
fn kept_types(variants: &[Variant]) -> impl Iterator<Item = &Type> {
    let mut seen = HashSet::new();
    let kept = variants.iter().flat_map(Variant::kept);
    let kept = kept.filter(|f| f.like.is_none()).map(|f| &f.ty);
    kept.filter(move |ty| seen.insert(ty.to_token_stream().to_string()))
}

/// What is done to a kept value, by way of a trait that messages alone have: all about a type
/// that is none is said at one place in one form, which rustc prints once.
pub fn of_kept(ty: &Type, method: &str) -> TokenStream {
    let method = Ident::new(method, ty.span());
    quote_spanned!(ty.span()=> <#ty as ::switchback::frame::Kept>::#method)
}

/// The same for the field of a state, of which maybe only the destructor is due.
fn kept_call(ty: &Type, method: &str, arguments: &[&dyn ToTokens]) -> TokenStream {
    let Some(inner) = due(ty) else {
        let method = of_kept(ty, method);
        return quote!(#method(#(#arguments),*));
    };
    let method = Ident::new(&format!("__{method}"), ty.span());
    quote_spanned!(inner.span()=> (&::switchback::frame::Keeping::<#inner>::OF).#method(#(#arguments),*))
}

/// The type in `::switchback::frame::Due<..>`.
fn due(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let names = path.path.segments.iter().map(|s| s.ident.to_string());
    names.eq(["switchback", "frame", "Due"]).then(|| crate::types::inside(ty, "Due")).flatten()
}

/// Adds the frame types of a callee to a list.
fn probe(callee: &Callee, backend: &Ident) -> TokenStream {
    let (shape, span) = (&callee.shape, callee.shape.span());
    let list = Ident::new("__list", Span::call_site());
    match &callee.role {
        Role::Awaited => quote_spanned!(span=> #list.probe::<#backend, _>(|| #shape);),
        Role::Spawned => quote_spanned!(span=> #list.probe_spawn::<#backend, _>(|| #shape);),
        Role::Producer(item) => {
            quote_spanned!(span=> #list.probe_generate::<#backend, #item, _>(#shape);)
        }
    }
}

struct Machine {
    states: ItemEnum,
    staying: Staying,
    variants: Vec<Variant>,
    /// `Done` and `Poisoned`.
    empty: Vec<Ident>,
    start: TokenStream,
    step: TokenStream,
    waits: Vec<Wait>,
    callees: Vec<Callee>,
    fingerprint: u64,
}

impl Machine {
    fn new(model: &Model) -> Result<Self> {
        let (graph, kept) = lower::lower(model)?;
        let (_, apply, bounds) = model.generics.split_for_impl();
        let codes = Codes {
            states: lower::emit::code(&graph, &kept),
            output: model.output.clone(),
            braces: model.body.brace_token,
            call: parse_quote!(Call #apply),
        };
        let (generics, parameters) = (&model.generics, model.type_parameters());
        // What was declared last is dropped first, and fields are dropped in their order.
        let variants = codes.states.iter().map(|code| {
            let (name, fields) = (&code.name, code.kept.iter().rev());
            let fields = fields.map(|field| {
                let (name, ty) = (&field.name, &field.ty);
                if field.due {
                    quote!(#name: ::switchback::frame::Due<#ty>)
                } else {
                    quote!(#name: #ty)
                }
            });
            quote!(#name { #(#fields,)* })
        });
        let mut states: ItemEnum = parse_quote! {
            pub enum State #generics #bounds { #(#variants,)* Done, Poisoned }
        };
        if let Some(start) = states.variants.first_mut()
            && let syn::Fields::Named(fields) = &mut start.fields
        {
            let phantom: syn::FieldsNamed = parse_quote!({
                __phantom: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>
            });
            fields.named.extend(phantom.named);
        }
        let done: Ident = parse_quote!(Done);
        let poisoned: Ident = parse_quote!(Poisoned);
        let full = states.variants.iter().filter(|v| matches!(v.fields, syn::Fields::Named(_)));
        let likes = |name: &Ident, field: &Ident| {
            let code = codes.states.iter().find(|code| code.name == *name)?;
            code.kept.iter().find(|f| f.name == *field)?.like.clone()
        };
        let variants = full.map(|v| Variant::new(v, likes)).collect();
        let staying = Staying::of(&states, &codes.states, &model.backend);
        let (start, step, waits) = (codes.start(&staying), codes.step(&staying), codes.waits());
        let fingerprint = fingerprint(model, &states);
        let callees = graph.callees;
        let empty = vec![done, poisoned];
        Ok(Self { variants, empty, states, staying, start, step, waits, callees, fingerprint })
    }
}

/// A hash of what a function does and of how its states are laid out: of its tokens, not of
/// comments and formatting.
fn fingerprint(model: &Model, states: &ItemEnum) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.tokens(model.source.clone());
    hash.tokens(states.to_token_stream());
    hash.0
}

/// The hash of Fowler, Noll and Vo, 64 bits, variant 1a.
struct Fnv(u64);

impl Fnv {
    fn text(&mut self, text: &str) {
        // A byte that no token has separates them.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => {
                    self.text(&format!("{:?}", group.delimiter()));
                    self.tokens(group.stream());
                    self.text("end");
                }
                TokenTree::Ident(ident) => self.text(&ident.to_string()),
                TokenTree::Punct(punct) => self.text(&punct.as_char().to_string()),
                TokenTree::Literal(literal) => self.text(&literal.to_string()),
            }
        }
    }
}

struct Field {
    name: Ident,
    ty: Type,
    /// Names the type parameters, which fields alone need not do.
    phantom: bool,
    /// Code with its type, where the type is not known.
    like: Option<Expr>,
}

struct Variant {
    name: Ident,
    fields: Vec<Field>,
}

impl Variant {
    fn new(variant: &syn::Variant, like: impl Fn(&Ident, &Ident) -> Option<Expr>) -> Self {
        let fields = variant.fields.iter().filter_map(|field| {
            let (name, ty) = (field.ident.clone()?, field.ty.clone());
            let like = like(&variant.ident, &name);
            Some(Field { phantom: name == "__phantom", name: placeless_name(&name), ty, like })
        });
        Self { name: variant.ident.clone(), fields: fields.collect() }
    }

    /// The fields that carry something, in the order of declaration.
    fn kept(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().rev().filter(|f| !f.phantom)
    }

    fn phantom(&self) -> Option<TokenStream> {
        let anchored = self.fields.iter().any(|f| f.phantom);
        anchored.then(|| quote!(__phantom: ::core::marker::PhantomData,))
    }

    fn clone_arm(&self) -> TokenStream {
        let (variant, phantom) = (&self.name, self.phantom());
        let names = self.kept().map(|f| &f.name);
        let copies = self.kept().map(|Field { name, ty, like, .. }| match like {
            Some(_) => quote!(#name: #name.copy()),
            None => {
                let copy = kept_call(ty, "copy", &[name]);
                quote!(#name: #copy)
            }
        });
        quote!(State::#variant { #(#names,)* .. } => State::#variant { #(#copies,)* #phantom },)
    }

    fn dump_arm(&self, number: u64) -> TokenStream {
        let variant = &self.name;
        let names = self.kept().map(|f| &f.name);
        let leaves = self.kept().map(|Field { name, ty, like, .. }| match like {
            Some(_) => quote!(#name.write(__out)?;),
            None => {
                let write = kept_call(ty, "write", &[name, &quote!(__out)]);
                quote!(#write?;)
            }
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
        let values = self.kept().map(|Field { name, ty, like, .. }| match like {
            Some(like) => {
                quote!(let #name = ::switchback::frame::Erased::read(__input, || #like)?;)
            }
            None => {
                let read = kept_call(ty, "read", &[&quote!(__input)]);
                quote!(let #name = #read?;)
            }
        });
        let names = self.kept().map(|f| &f.name);
        quote!(#number => {
            #(#values)*
            State::#variant { #(#names,)* #phantom }
        })
    }
}
