//! Patterns that take a value apart: what they leave behind.
//!
//! `let (x, Guard(n)) = pair;` moves `x` away. Whether anything with a destructor is left in `pair`
//! depends on types: `n` may be copied out of a `Guard`, which then stays where it is. What is left
//! in a place cannot be kept over an await, so rustc is asked about each part of such a pattern.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use quote::{quote, quote_spanned};
use syn::{
    Block, Expr, Pat, Stmt, Token, parse_quote, parse_quote_spanned,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

use super::{
    emit::parenthesized,
    scan::{Taken, is_constant, is_empty_variant},
};
use crate::{expression::peel, macros};

/// What rustc is asked about a part.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// Nothing binds it or anything in it: it must have no destructor.
    Left,
    /// Something in it is bound by value: it must have no destructor of its own.
    Apart,
}

/// A pattern that binds a part of what another one is matched against.
struct Part {
    pattern: Pat,
    asked: Asked,
    /// Where the author writes it.
    span: Span,
}

/// Whether a pattern leaves something that rustc has to be asked about.
pub fn asks(pattern: &Pat) -> bool {
    let mut parts = Vec::new();
    collect(pattern, &|pattern| pattern, &mut parts);
    !parts.is_empty()
}

/// Questions about what patterns leave of `place`.
pub fn questions(patterns: &[&Pat], place: &Expr) -> Vec<Stmt> {
    let mut parts = Vec::new();
    patterns.iter().for_each(|pattern| collect(pattern, &|pattern| pattern, &mut parts));
    let name = name();
    let all: Vec<_> = parts
        .iter()
        .map(|Part { pattern, asked, span }| {
            let span = *span;
            let ask = match asked {
                Asked::Left if matches!(pattern, Pat::Ident(_)) => quote!(temporary),
                Asked::Left => quote!(left),
                Asked::Apart => quote!(taken_apart),
            };
            quote_spanned! {span=>
                if let #pattern = &#place {
                    ::switchback::frame::#ask(#name).__confirm();
                }
            }
        })
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    // Never run: what is asked is answered when the code is compiled.
    vec![parse_quote! {
        #[allow(irrefutable_let_patterns, unused_imports)]
        if false {
            use ::switchback::frame::{Observed as _, TakenApart as _};
            #(#all)*
        }
    }]
}

/// A value that patterns take apart, with questions about what they leave of it.
pub fn asked(e: &Expr, patterns: &[&Pat]) -> Expr {
    // What `..` skips has no name by which rustc could be asked.
    if patterns.iter().any(|pattern| taken(pattern).skips) {
        return confirmed(e);
    }
    with_questions(e, |value| questions(patterns, value))
}

/// A value of which rustc is asked whether anything can observe its end.
pub fn confirmed(e: &Expr) -> Expr {
    with_questions(e, |value| {
        vec![
            parse_quote!(
                use ::switchback::frame::Observed as _;
            ),
            parse_quote_spanned! {e.span()=>
                ::switchback::frame::temporary(&#value).__confirm();
            },
        ]
    })
}

/// A value that a method with the name of a consuming one is called on: rustc is asked whether it
/// is the standard library's, which takes the value, or whether nothing can observe its end.
pub fn consumed(e: &Expr) -> Expr {
    with_questions(e, |value| {
        vec![
            parse_quote!(
                use ::switchback::frame::Observed as _;
            ),
            parse_quote_spanned! {e.span()=>
                ::switchback::frame::consumed(&#value).__confirm();
            },
        ]
    })
}

fn with_questions(e: &Expr, questions: impl FnOnce(&Expr) -> Vec<Stmt>) -> Expr {
    let span = e.span();
    let value = Ident::new("__temporary", Span::mixed_site().located_at(span));
    let questions = questions(&parse_quote!(#value));
    if questions.is_empty() {
        return e.clone();
    }
    let e = parenthesized(e);
    parse_quote_spanned! {span=>
        match #e {
            #value => {
                #(#questions)*
                #value
            }
        }
    }
}

/// Adds questions to the code of a state where a pattern takes one of `locals` apart.
pub fn ask(body: &mut Block, locals: &[&Ident]) {
    if !locals.is_empty() {
        Ask { locals }.visit_block_mut(body);
    }
}

struct Ask<'a> {
    locals: &'a [&'a Ident],
}

impl Ask<'_> {
    fn is_asked(&self, place: &Expr) -> bool {
        match peel(place) {
            Expr::Path(p) => p.path.get_ident().is_some_and(|name| self.locals.contains(&name)),
            _ => false,
        }
    }

    fn of_let(&self, condition: &Expr) -> Vec<Stmt> {
        match condition {
            Expr::Let(x) if self.is_asked(&x.expr) && takes(&x.pat) => {
                questions(&[&x.pat], &x.expr)
            }
            Expr::Paren(x) => self.of_let(&x.expr),
            Expr::Group(x) => self.of_let(&x.expr),
            // The first condition sees what is seen before all of them.
            Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_)) => self.of_let(&x.left),
            _ => Vec::new(),
        }
    }

    fn of_matches(&self, mac: &syn::Macro) -> Vec<Stmt> {
        // A macro of the author's with this name has taken nothing apart, so nothing is asked.
        let Some(known) = macros::known(mac, &HashSet::new()) else { return Vec::new() };
        let Some(pattern) = known.tail.clone().and_then(macros::matched) else { return Vec::new() };
        match &known.arguments[0].value {
            place if self.is_asked(place) && takes(&pattern) => questions(&[&pattern], place),
            _ => Vec::new(),
        }
    }

    /// Conditions behind the first one: a name may come from one before.
    fn within(&self, condition: &mut Expr) {
        let Expr::Binary(x) = condition else { return };
        if !matches!(x.op, syn::BinOp::And(_)) {
            return;
        }
        self.within(&mut x.left);
        let questions = self.of_let(&x.right);
        if !questions.is_empty() {
            let left = &x.left;
            *x.left = parse_quote!(#left && { #(#questions)* true });
        }
    }
}

impl VisitMut for Ask<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        let questions = match e {
            Expr::Match(x) if self.is_asked(&x.expr) => {
                let patterns = x.arms.iter().map(|arm| &arm.pat);
                // The others leave the value where it is.
                let patterns: Vec<&Pat> =
                    patterns.filter(|p| takes(p) || is_empty_variant(p)).collect();
                questions(&patterns, &x.expr)
            }
            Expr::If(x) => {
                self.within(&mut x.cond);
                self.of_let(&x.cond)
            }
            Expr::While(x) => {
                self.within(&mut x.cond);
                self.of_let(&x.cond)
            }
            Expr::Macro(x) => self.of_matches(&x.mac),
            _ => return,
        };
        if !questions.is_empty() {
            *e = parse_quote!({ #(#questions)* #e });
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        let mut statements = Vec::with_capacity(block.stmts.len());
        for statement in block.stmts.drain(..) {
            if let Stmt::Local(local) = &statement
                && let Some(init) = &local.init
                && self.is_asked(&init.expr)
                && takes(&local.pat)
            {
                statements.extend(questions(&[&local.pat], &init.expr));
            }
            statements.push(statement);
        }
        block.stmts = statements;
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::rewrite(mac, &["match", "matches", "let"], &mut |e| self.visit_expr_mut(e));
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

fn taken(pattern: &Pat) -> Taken {
    let mut taken = Taken::default();
    taken.pattern(pattern);
    taken
}

fn takes(pattern: &Pat) -> bool {
    taken(pattern).binds
}

fn name() -> Ident {
    Ident::new("__part", Span::mixed_site())
}

/// The parts of `pattern`, which stands in a larger one that `whole` makes of it.
fn collect(pattern: &Pat, whole: &dyn Fn(Pat) -> Pat, all: &mut Vec<Part>) {
    let mut add = |asked| {
        let name = name();
        let part = Part { pattern: whole(parse_quote!(#name)), asked, span: pattern.span() };
        if !all.iter().any(|other| other.pattern == part.pattern && other.asked == asked) {
            all.push(part);
        }
    };
    let taken = taken(pattern);
    match pattern {
        Pat::Type(p) => collect(&p.pat, whole, all),
        Pat::Paren(p) => collect(&p.pat, whole, all),
        Pat::Wild(_) => add(Asked::Left),
        Pat::Ident(p) if p.by_ref.is_some() && !is_constant(&p.ident) => {
            add(Asked::Left);
        }
        Pat::Or(p) => p.cases.iter().for_each(|case| collect(case, whole, all)),
        // Of a variant of the standard library nothing is left but what is in it.
        Pat::TupleStruct(p) if !taken.binds && (taken.skips || !of_std(&p.path)) => {
            add(Asked::Left);
        }
        Pat::Struct(p) if !taken.binds && (taken.skips || !of_std(&p.path)) => add(Asked::Left),
        Pat::Tuple(_) | Pat::Slice(_) if !taken.binds && taken.skips => add(Asked::Left),
        Pat::TupleStruct(p) => {
            if !of_std(&p.path) {
                add(Asked::Apart);
            }
            elements(&p.elems, all, whole, &|elems| {
                let mut p = p.clone();
                p.elems = elems;
                Pat::TupleStruct(p)
            });
        }
        Pat::Tuple(p) => elements(&p.elems, all, whole, &|elems| {
            let mut p = p.clone();
            p.elems = elems;
            Pat::Tuple(p)
        }),
        Pat::Slice(p) => elements(&p.elems, all, whole, &|elems| {
            let mut p = p.clone();
            p.elems = elems;
            Pat::Slice(p)
        }),
        Pat::Struct(p) => {
            let path = &p.path;
            if !of_std(path) {
                add(Asked::Apart);
            }
            for field in &p.fields {
                let member = &field.member;
                collect(&field.pat, &|part| whole(parse_quote!(#path { #member: #part, .. })), all);
            }
        }
        _ => {}
    }
}

type Elements = syn::punctuated::Punctuated<Pat, Token![,]>;

fn elements(
    list: &Elements,
    all: &mut Vec<Part>,
    whole: &dyn Fn(Pat) -> Pat,
    make: &dyn Fn(Elements) -> Pat,
) {
    for (at, element) in list.iter().enumerate() {
        let with = |part: Pat| {
            let mut elements: Elements = list
                .iter()
                .map(|other| match other {
                    Pat::Rest(_) => other.clone(),
                    Pat::Ident(p) if matches!(&p.subpat, Some((_, rest)) if matches!(**rest, Pat::Rest(_))) => {
                        parse_quote!(..)
                    }
                    _ => parse_quote!(_),
                })
                .collect();
            elements[at] = part;
            // `(x)` is no tuple.
            if elements.len() == 1 {
                elements.push_punct(Default::default());
            }
            whole(make(elements))
        };
        collect(element, &with, all);
    }
}

/// Variants of the standard library have no destructor of their own.
fn of_std(path: &syn::Path) -> bool {
    let last = path.segments.last().map(|last| last.ident.to_string());
    matches!(last.as_deref(), Some("Some" | "Ok" | "Err" | "Break" | "Continue"))
}
