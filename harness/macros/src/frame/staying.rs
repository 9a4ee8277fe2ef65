//! Fields that stay in their place from one suspension to the next.
//!
//! ```text
//!   State::Live { there, back, __iter0, __at: __At::S1 { ball } }
//!                 stay                        move out and in with every step
//! ```
//!
//! What all states of a loop keep could stay where it is, and mostly it can: of a channel a step
//! needs the two words of the handle, of a counter the number. Compilers do not see that what is
//! stored at the end of a step lies there already, so it is the code that does not move it: these
//! states see such fields by reference. That is possible where their code only looks at the
//! field, replaces it, or copies it because its type is that of a number. Whatever is handed on
//! moves as before, and states outside of the loops have their fields as the frame engine made
//! them.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{
    Expr, ExprPath, ExprStruct, FieldPat, FieldValue, Fields, File, Ident, ItemEnum, Macro, Member,
    Pat, PatIdent, PatStruct, Path, Type, Variant, parse_quote, parse_quote_spanned,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::step::edges::{ident, last};
use crate::{
    expression::{peel, placeless},
    lower::{
        emit::{Code, START},
        graph::Ending,
    },
    macros,
    types::ending,
};

/// The fields that all states of a function's loops have and that never have to move.
#[derive(Default)]
pub struct Staying {
    fields: Vec<(Ident, Type)>,
    /// The states that have them.
    states: Vec<Ident>,
    /// Whether these are the states of loops, and no end of the function is near.
    pub loops: bool,
    /// The enum of what moves, with its type arguments, which fields alone need not determine.
    moving: TokenStream,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A number, a `bool` or a `char`.
    Plain,
    Channel,
    Other,
}

impl Kind {
    fn of(ty: &Type, backend: &Ident) -> Self {
        let Type::Path(path) = ty else { return Self::Other };
        if path.qself.is_some() {
            return Self::Other;
        }
        let names: Vec<_> = path.path.segments.iter().map(|s| &s.ident).collect();
        match names[..] {
            [name] if PLAIN.iter().any(|plain| name == plain) => Self::Plain,
            [first, name] if first == backend && name == "Channel" => Self::Channel,
            _ => Self::Other,
        }
    }
}

const PLAIN: [&str; 16] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

/// Methods of channels; all of them borrow.
const METHODS: [&str; 15] = [
    "send",
    "receive",
    "next",
    "send_error",
    "clone",
    "close",
    "open",
    "is_closing",
    "is_closed",
    "balance",
    "waiting",
    "preference",
    "schedule_all",
    "set_preference",
    "set_schedule_all",
];

impl Staying {
    /// Of a machine with these states: the fields that all states of its loops have, or all states
    /// if there are no loops.
    pub fn of(states: &ItemEnum, codes: &[Code], backend: &Ident) -> Self {
        let live = |v: &&Variant| matches!(v.fields, Fields::Named(_)) && v.ident != START;
        let live: Vec<&Variant> = states.variants.iter().filter(live).collect();
        let mut frequent: Vec<&Variant> =
            live.iter().filter(|v| turns(codes, &v.ident)).copied().collect();
        let loops = !frequent.is_empty();
        if !loops {
            frequent.clone_from(&live);
        }
        let Some(first) = frequent.first() else { return Self::default() };
        let fields = first.fields.iter().filter_map(|f| Some((f.ident.clone()?, f.ty.clone())));
        let fields: Vec<_> = fields
            .filter(|(name, ty)| name != "__phantom" && frequent.iter().all(|v| keeps(v, name, ty)))
            // What stays ends where it is, behind all that the code has taken out or declared. So
            // it is only what nothing can observe the end of.
            .filter(|(_, ty)| ending(ty, backend) != Ending::Observed)
            .map(|(name, ty)| (name, Kind::of(&ty, backend), ty))
            .collect();
        let covered = |v: &&&Variant| fields.iter().all(|(name, _, ty)| keeps(v, name, ty));
        let covered: Vec<Ident> = live.iter().filter(covered).map(|v| v.ident.clone()).collect();
        let mut uses = Uses { fields, moved: Vec::new(), taken: false };
        for code in codes.iter().filter(|code| covered.contains(&code.name)) {
            uses.visit_expr(&code.body);
        }
        let Uses { fields, moved, .. } = uses;
        let fields = fields.into_iter().filter(|(name, ..)| !moved.contains(name));
        let fields: Vec<_> = fields.map(|(name, _, ty)| (name, ty)).collect();
        let arguments = states.generics.split_for_impl().1;
        let arguments = placeless(arguments.as_turbofish());
        Self { fields, states: covered, loops, moving: quote!(__At #arguments) }
    }

    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The fields of a state that stay while it is reached from one that has them by reference.
    pub fn shared(&self, state: &ExprStruct) -> Vec<Ident> {
        let names = state.fields.iter().filter_map(|f| match &f.member {
            Member::Named(name) => Some(name.clone()),
            Member::Unnamed(_) => None,
        });
        names.filter(|name| self.has(name)).collect()
    }

    pub fn has(&self, name: &Ident) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &Ident> {
        self.fields.iter().map(|(name, _)| name)
    }

    /// Whether a frame in this state has them in their places.
    pub fn covers(&self, state: &Ident) -> bool {
        self.states.contains(state)
    }

    /// The enum of states with the fields in one place, and the one of what moves.
    pub fn split(&self, states: &mut ItemEnum, parameters: &[&Ident]) -> ItemEnum {
        let mut moving = states.clone();
        moving.ident = format_ident!("__At");
        // As wide as the tag of the frame with its padding, so that the layout in which both are
        // one word is the smaller one.
        moving.attrs.push(parse_quote!(#[repr(u64)]));
        let all = std::mem::take(&mut states.variants);
        let (live, other): (Vec<_>, Vec<_>) = all.into_iter().partition(|v| self.covers(&v.ident));
        let (_, apply, _) = states.generics.split_for_impl();
        let fields = self.fields.iter().rev().map(|(name, ty)| quote!(#name: #ty));
        let live_state: Variant = parse_quote!(Live { #(#fields,)* __at: __At #apply });
        states.variants = other.into_iter().chain([live_state]).collect();
        moving.variants = live
            .into_iter()
            .map(|mut variant| {
                if let Fields::Named(fields) = &mut variant.fields {
                    let all = std::mem::take(&mut fields.named).into_iter();
                    let moves = |f: &syn::Field| f.ident.as_ref().is_some_and(|f| !self.has(f));
                    fields.named = all.filter(moves).collect();
                }
                variant
            })
            .chain([parse_quote! {
                Moving { __types: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)> }
            }])
            .collect();
        moving
    }

    /// Whether no field of a state moves.
    pub fn is_whole(&self, state: &PatStruct) -> bool {
        state.fields.iter().all(|f| self.has_member(&f.member))
    }

    /// The fields of a state that move.
    pub fn moving_pattern(&self, state: &PatStruct) -> PatStruct {
        let mut state = state.clone();
        state.path = self.at(&state.path);
        state.fields = state.fields.into_iter().filter(|f| !self.has_member(&f.member)).collect();
        state
    }

    pub fn moving(&self, state: &ExprStruct) -> ExprStruct {
        let mut state = state.clone();
        state.path = self.at(&state.path);
        state.fields = state.fields.into_iter().filter(|f| !self.has_member(&f.member)).collect();
        state
    }

    /// `Self::S1` as a state of what moves.
    fn at(&self, state: &Path) -> Path {
        let (moving, name) = (&self.moving, last(state));
        parse_quote!(#moving::#name)
    }

    /// What is in the place of the fields that move while they are out.
    pub fn placeholder(&self) -> Expr {
        let moving = &self.moving;
        parse_quote!(#moving::Moving { __types: ::core::marker::PhantomData })
    }

    fn has_member(&self, member: &Member) -> bool {
        matches!(member, Member::Named(name) if self.has(name))
    }

    fn is_state(&self, path: &Path) -> bool {
        path.segments.len() == 2
            && path.segments.first().is_some_and(|s| s.ident == "Self" || s.ident == "State")
            && last(path).is_some_and(|name| self.covers(&name))
    }
}

fn keeps(state: &Variant, name: &Ident, ty: &Type) -> bool {
    state.fields.iter().any(|f| f.ident.as_ref() == Some(name) && f.ty == *ty)
}

/// Whether a state comes back to itself.
fn turns(codes: &[Code], state: &Ident) -> bool {
    let mut seen: Vec<&Ident> = Vec::new();
    let mut ahead = vec![state];
    while let Some(at) = ahead.pop() {
        let next = codes.iter().filter(|code| code.name == *at).flat_map(|code| &code.next);
        for name in next {
            if name == state {
                return true;
            }
            if !seen.contains(&name) {
                seen.push(name);
                ahead.push(name);
            }
        }
    }
    false
}

/// Which fields the bodies move.
struct Uses {
    fields: Vec<(Ident, Kind, Type)>,
    moved: Vec<Ident>,
    /// Inside a closure that takes what it names.
    taken: bool,
}

impl Uses {
    fn kind(&self, e: &Expr) -> Option<(Ident, Kind)> {
        let name = ident(peel(e))?;
        let (name, kind, _) = self.fields.iter().find(|(field, ..)| field == name)?;
        Some((name.clone(), *kind)).filter(|_| !self.taken)
    }
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_expr(&mut self, e: &'ast Expr) {
        match e {
            Expr::Reference(x) if self.kind(&x.expr).is_some() => {}
            Expr::Assign(x) if self.kind(&x.left).is_some() => self.visit_expr(&x.right),
            Expr::MethodCall(x)
                if self.kind(&x.receiver).is_some_and(|(_, kind)| kind == Kind::Channel)
                    && METHODS.iter().any(|name| x.method == name) =>
            {
                x.args.iter().for_each(|argument| self.visit_expr(argument));
            }
            Expr::Closure(x) if x.capture.is_some() => {
                let outside = std::mem::replace(&mut self.taken, true);
                visit::visit_expr_closure(self, x);
                self.taken = outside;
            }
            _ => visit::visit_expr(self, e),
        }
    }

    fn visit_expr_path(&mut self, e: &'ast ExprPath) {
        let Some(name) = e.path.get_ident() else { return };
        let plain = self.fields.iter().any(|(n, kind, _)| n == name && *kind == Kind::Plain);
        if !plain || self.taken {
            self.moved.push(name.clone());
        }
    }

    /// In the fields of a state it stays what it is.
    fn visit_expr_struct(&mut self, e: &'ast ExprStruct) {
        let state = e.path.segments.first().is_some_and(|s| s.ident == "Self");
        for field in &e.fields {
            let same =
                matches!(&field.member, Member::Named(name) if ident(&field.expr) == Some(name));
            if !(state && same) {
                self.visit_expr(&field.expr);
            }
        }
    }

    /// Another local of the same name.
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.moved.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let mut names = Vec::new();
        collect(mac.tokens.clone(), &mut names);
        self.moved.extend(names);
        // A format string wants a number where a reference would be.
        for literal in macros::literals(mac.tokens.clone()) {
            let captured = macros::captures(&literal.to_string());
            let fields = self.fields.iter().map(|(name, ..)| name);
            self.moved.extend(fields.filter(|f| captured.iter().any(|c| *f == c)).cloned());
        }
    }
}

fn collect(tokens: TokenStream, names: &mut Vec<Ident>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => names.push(name),
            TokenTree::Group(group) => collect(group.stream(), names),
            _ => {}
        }
    }
}

/// Fields as the places that references of the same name point to.
pub struct Places<'a>(pub &'a [Ident]);

impl VisitMut for Places<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if let Some(name) = ident(e).filter(|name| self.0.contains(name)) {
            let span = name.span();
            *e = parse_quote_spanned!(span=> (*#name));
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let shorthand = field.colon_token.is_none();
        visit_mut::visit_field_value_mut(self, field);
        if shorthand && ident(&field.expr).is_none() {
            field.colon_token = Some(Default::default());
        }
    }
}

/// Writes the states in all code as what they are split into.
impl VisitMut for &Staying {
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        macros::rewrite(mac, &["Self"], &mut |e| self.visit_expr_mut(e));
    }

    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        visit_mut::visit_pat_mut(self, pattern);
        if let Pat::Struct(state) = pattern
            && self.is_state(&state.path)
        {
            let moving = self.moving_pattern(state);
            let staying = state.fields.iter().filter(|f: &&FieldPat| self.has_member(&f.member));
            let first = &state.path.segments[0];
            *pattern = parse_quote!(#first::Live { #(#staying,)* __at: #moving, .. });
        }
    }

    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if let Expr::Struct(state) = e
            && self.is_state(&state.path)
        {
            let moving = self.moving(state);
            let staying = state.fields.iter().filter(|f| self.has_member(&f.member));
            let first = &state.path.segments[0];
            *e = parse_quote!(#first::Live { #(#staying,)* __at: #moving });
        }
    }
}

/// `tokens`, which are items, with the states as what they are split into.
pub fn written(staying: &Staying, tokens: TokenStream) -> syn::Result<TokenStream> {
    let mut file: File = syn::parse2(tokens)?;
    let mut staying = staying;
    staying.visit_file_mut(&mut file);
    let items = file.items;
    Ok(quote!(#(#items)*))
}
