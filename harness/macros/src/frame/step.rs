//! `Frame::start` and `Frame::step`: the code of the states, written three times.
//!
//! A loop that moves a state out, carries it by value and writes it back at the end copies more
//! than it computes: the copies load words in other widths than they were just stored in, which
//! waits for the stores, and most of them bring back what was there. So a step is straight code up
//! to the next suspension, through the states on the way, over fields that stay in their place.
//!
//! ```text
//! start   First   from the first instruction; the fields become locals
//! step    Short   where operations take their short path, and nothing is kept over a call
//!         Whole   __machine: a loop over all states, for everything else
//!
//! match __frame {
//!     Self::Live { __at: __At::S2 { .. }, .. } => {         Short, one arm per await
//!         let Self::Live { a, rest, __at } = __frame;       what stays, by reference
//!         let Some(__output) = finish(..).short(__here) else { return seldom(the machine) };
//!         match '__to_S1: {                                 two of the states of a region
//!             let (b,) = match replace(__at, Moving) { __At::S2 { b } => (b,) };
//!             ..
//!             match begin((*a).receive(), __here) {
//!                 Done(v) => break '__to_S1 (v, __At::S1 { b }),
//!                 Asks(r) => { *__at = __At::S1 { b }; return asks(r) }
//!                 Later(l) => { *__at = __At::S1 { b }; return seldom(l, the machine) }
//!             }
//!         } {
//!             (v, __At::S1 { b }) => { .. }
//!         }
//!     }
//!     _ => seldom(the machine),
//! }
//! ```
//!
//! Every call in the short form is the last thing that it does: a call in the middle would keep
//! what is needed behind it in registers that have to be saved first, in every step. So the
//! loop, the complete paths and the end of the function are left to functions of their own.
//! States inside a region see the names of their own fields only, as they would as arms of their
//! own. Ways back, and ways longer than `REGION`, go through the machine.
//!
//! A state never waits as the value of a `break` while destructors run: rustc drops no such value
//! if one of them panics. Then it waits in a local outside of the others, `__kept_S1`, or in the
//! frame. Such a local costs nothing where nothing on the way can panic.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Pat, Type, parse_quote, visit_mut::VisitMut};

pub(super) mod edges;
mod places;
mod region;

use super::{
    staying::{Places, Staying},
    waits::Wait,
};
use crate::{
    expression::{braced, moved_to, placeless, placeless_name},
    lower::emit::{Code, START},
};
use edges::{Early, Edges, Output, early_name, kept_name, label, leave};
use region::{members, taken_apart};

/// States in one region: a loop around two awaits has three. A fourth costs more registers in such
/// loops than it saves jumps in longer ones.
const REGION: usize = 3;

/// The code of all states.
pub struct Codes {
    pub states: Vec<Code>,
    /// What the function returns.
    pub output: Type,
    /// The author's, around the body.
    pub braces: syn::token::Brace,
    /// The type of a call.
    pub call: Type,
}

impl Codes {
    /// What each state waits for.
    pub fn waits(&self) -> Vec<Wait> {
        self.states.iter().filter_map(Wait::of).collect()
    }

    /// The body of `Frame::start`.
    pub fn start(&self, staying: &Staying) -> TokenStream {
        let arms = self.arms(Form::First, staying);
        let checked = self.checked();
        let start = quote! {
            #checked
            match self {
                #(#arms)*
                // Bytes of a forger may have another state here.
                _ => ::switchback::frame::unlikely(),
            }
            ::switchback::frame::Outcome::asks(__outcome, ::switchback::Request::Again)
        };
        braced(self.braces, start)
    }

    /// The body of `Frame::step`.
    pub fn step(&self, staying: &Staying) -> TokenStream {
        let (short, whole) = (self.arms(Form::Short, staying), self.arms(Form::Whole, staying));
        let seldom = seldom(&rest(&self.early(), None));
        let early = self.early();
        let early = early.iter().map(early_name);
        let checked = self.checked();
        let step = quote! {
            #checked
            let __machine = |__frame: &mut Self,
                             __here: ::switchback::frame::Here<'__k>,
                             __outcome: __O,
                             #(mut #early: ::switchback::frame::Early<_>),*|
             -> __O::Signal {
                '__dispatch: loop {
                    match __frame {
                        #(#whole)*
                        _ => ::core::panic!("a frame is stepped between its start and its end"),
                    }
                }
            };
            let __frame = self;
            match __frame {
                #(#short)*
                _ => #seldom,
            }
        };
        braced(self.braces, step)
    }

    /// Lets rustc look at the future form first, and at the macros: those of a name that is known
    /// here must be the standard library's.
    fn checked(&self) -> TokenStream {
        let call = &self.call;
        quote! {
            #[allow(unused_imports)]
            use ::switchback::frame::std_macros::*;
            let _ = || {
                use ::switchback::frame::LookAway as _;
                ::switchback::frame::Checked::of(
                    || <#call>::__future(::switchback::frame::never())
                ).look();
            };
        }
    }

    /// The states that are entered from outside in a form, with their code.
    fn arms(&self, form: Form, staying: &Staying) -> Vec<TokenStream> {
        let roots = self.states.iter().filter(|s| match form {
            Form::First => s.name == START,
            Form::Short => staying.covers(&s.name) && s.waits.is_some(),
            Form::Whole => s.name != START,
        });
        let arm = |root: &Code| {
            let (path, code) = (&root.fields.path, self.region(root, form, staying));
            let code = code.to_token_stream();
            let code = places::anchored(code, self.braces, form == Form::First);
            quote!(#path { .. } => #code)
        };
        roots.map(arm).collect()
    }

    /// The code of `root` and of the states behind it.
    fn region(&self, root: &Code, form: Form, staying: &Staying) -> Expr {
        let by_reference = staying.covers(&root.name);
        let members = members(&self.states, root, |s| match form {
            Form::First => usize::MAX,
            _ if by_reference && !staying.covers(&s.name) => 0,
            _ => REGION,
        });
        let names: Vec<Ident> =
            staying.names().filter(|_| by_reference).map(placeless_name).collect();
        let early = self.early();
        let kept = (form == Form::Short && staying.is_whole(&root.fields)).then_some(&root.name);
        let mut code: Option<Expr> = None;
        let mut ends = false;
        let mut back = None;
        let mut behind = Vec::new();
        for (at, state) in members.iter().enumerate() {
            let ahead = members[at + 1..].iter().map(|s| s.name.clone()).collect();
            let mut body = state.body.clone();
            Places(&names).visit_expr_mut(&mut body);
            let mut edges = Edges {
                form,
                by_reference,
                ahead,
                staying,
                kept,
                early: &early,
                ends: false,
                leaves: false,
                behind: std::mem::take(&mut behind),
            };
            edges.visit_expr_mut(&mut body);
            ends |= edges.ends;
            behind = std::mem::take(&mut edges.behind);
            if edges.leaves {
                back = Some(edges.back(None));
            }
            let fields = match by_reference {
                true => staying.moving_pattern(&state.fields),
                false => state.fields.clone(),
            };
            code = Some(match code {
                None => {
                    match form {
                        Form::Whole => Early(&state.name).visit_expr_mut(&mut body),
                        Form::Short => Output(false).visit_expr_mut(&mut body),
                        Form::First => {}
                    }
                    // Nothing is dropped in the other arm: a drop would keep the state in memory
                    // that is otherwise taken apart.
                    let (out, torn): (Expr, Expr) = match kept {
                        Some(_) => (parse_quote!(__at), parse_quote!(::core::unreachable!())),
                        None => (
                            self.out(form, staying, by_reference),
                            parse_quote!(::switchback::frame::torn(__other)),
                        ),
                    };
                    if kept.is_some() {
                        parse_quote! {
                            match #out {
                                #fields => #body
                                __other => #torn,
                            }
                        }
                    } else {
                        // Over before the body begins: what is matched lives as long as the arm,
                        // and in memory, if anything in there may unwind.
                        let (values, names, locals) = taken_apart(&fields);
                        let at = (0..names.len()).map(syn::Index::from);
                        parse_quote! {{
                            let __kept = match #out {
                                #values => (#(#names,)*),
                                __other => #torn,
                            };
                            #(let #locals = __kept.#at;)*
                            #body
                        }}
                    }
                }
                Some(before) => {
                    let label = label(&state.name);
                    let before: Expr = if behind.contains(&state.name) {
                        let (kept, leave) = (kept_name(&state.name), leave(&state.name));
                        parse_quote!({
                            let #kept;
                            #leave: { #before }
                            #kept
                        })
                    } else {
                        before
                    };
                    let mut output = Output(false);
                    output.visit_expr_mut(&mut body);
                    let (values, names, locals) = taken_apart(&fields);
                    let pattern: Pat = if output.0 {
                        parse_quote!((__output, #values))
                    } else {
                        parse_quote!(#values)
                    };
                    parse_quote! {
                        match #label: { #before } {
                            #pattern => { #(let #locals = #names;)* #body }
                            __other => ::switchback::frame::torn(__other),
                        }
                    }
                }
            });
        }
        let end = self.braces.span.close();
        if let Some(back) = back {
            let back = moved_to(end, back);
            code = Some(parse_quote!({
                '__leave: { #code }
                #back
            }));
        }
        if ends {
            // All locals are gone before the caller goes on.
            let output = placeless(&self.output);
            let returned = self.returned(form, by_reference, staying);
            let returned = moved_to(end, quote!(return #returned;));
            code = Some(parse_quote!({
                let __result: #output = '__end: { #code };
                #returned
            }));
        }
        if !by_reference {
            return parse_quote!({ #code });
        }
        let frame = form.frame();
        let prelude = match form {
            Form::Short => Wait::of(root).map(|w| w.taken(staying, &rest(&early, None))),
            _ => None,
        };
        parse_quote!({
            let Self::Live { #(#names,)* __at } = #frame else {
                ::core::unreachable!("a state is what it was a moment ago")
            };
            #prelude
            #code
        })
    }

    /// The states that go on from an await: all that a suspended frame can be in.
    fn early(&self) -> Vec<Ident> {
        self.states.iter().filter(|s| s.waits.is_some()).map(|s| s.name.clone()).collect()
    }

    /// Takes the fields out that move.
    fn out(&self, form: Form, staying: &Staying, by_reference: bool) -> Expr {
        let frame = form.frame();
        if by_reference {
            let placeholder = staying.placeholder();
            parse_quote!(::core::mem::replace(__at, #placeholder))
        } else {
            parse_quote!(::core::mem::replace(#frame, Self::Poisoned))
        }
    }

    /// The end of the function.
    fn returned(&self, form: Form, by_reference: bool, staying: &Staying) -> Expr {
        let frame = form.frame();
        let value = quote::quote!(::switchback::frame::Outcome::returned(__outcome, __result));
        match (by_reference, form) {
            // What stays is dropped where it is, out of line.
            (true, Form::Short) if staying.loops => again(&quote::quote!({
                *__frame = Self::Done;
                #value
            })),
            (true, _) => parse_quote!({
                *#frame = Self::Done;
                #value
            }),
            // What is overwritten is the placeholder, which has nothing to drop.
            (false, _) => parse_quote!({
                ::core::mem::forget(::core::mem::replace(#frame, Self::Done));
                #value
            }),
        }
    }
}

/// What code of a state is written for.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    /// The first step: the fields are locals, and go to their places at its end.
    First,
    /// Later steps, as far as operations take their short paths. Whatever else happens is left to
    /// a function of its own, so that nothing has to be kept over a call.
    Short,
    /// Later steps, whatever happens in them.
    Whole,
}

impl Form {
    /// The frame, in code of this form.
    pub fn frame(self) -> Ident {
        let name = if self == Self::First { "self" } else { "__frame" };
        Ident::new(name, Span::call_site())
    }
}

/// Goes on with the machine of the whole code, out of line; with an output for one of the states.
pub fn rest(early: &[Ident], output: Option<&Ident>) -> Expr {
    let arguments = early.iter().map(|name| -> Expr {
        if Some(name) == output {
            parse_quote!(::switchback::frame::Early::of(__output))
        } else {
            parse_quote!(::switchback::frame::Early::none())
        }
    });
    parse_quote!(__machine(__frame, __here, __outcome, #(#arguments),*))
}

/// Does `rest` in a function of its own.
pub fn again(rest: &impl ToTokens) -> Expr {
    parse_quote!(::switchback::frame::again(
        __here,
        __frame,
        __outcome,
        move |__here, __frame, __outcome| #rest
    ))
}

/// As [`again`], where a step seldom goes.
pub fn seldom(rest: &impl ToTokens) -> Expr {
    parse_quote!(::switchback::frame::seldom(
        __here,
        __frame,
        __outcome,
        move |__here, __frame, __outcome| #rest
    ))
}
