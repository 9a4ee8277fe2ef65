//! `Frame::step`: diapause's transition function, regrouped so that a state stays where it is.
//!
//! diapause moves the whole state out, carries it through its loop and writes it back at the
//! end, field by field in other widths than it is loaded again: 16 ns for a send and a receive.
//! Here every state has straight code up to the next suspension, as far as there is one:
//!
//! ```text
//! '__dispatch: loop {
//!     match self {
//!         State::S2 { .. } => match '__to_S1: {             the way on from S2, cut short
//!             match replace(self, State::Poisoned) {
//!                 State::S2 { a, mut rest } => {
//!                     finish(..)?;
//!                     match begin(a.receive()) {
//!                         Done(v) => break '__to_S1 (v, State::S1 { a, rest }),
//!                         Asks(r) => { *self = State::S1 { a, rest }; return r }
//!                     }
//!                 }
//!             }
//!         } {
//!             (v, State::S1 { a, mut rest }) => { .. }
//!         }
//! ```
//!
//! A field that does not change on the way is stored where it was loaded from; the compiler
//! sees that and does neither. States inside a region see the names of their own fields only,
//! as they would as arms of their own. Ways back, and ways longer than `REGION`, go through
//! `self` and the loop.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::{format_ident, quote_spanned};
use syn::{
    Arm, Block, Expr, ExprStruct, Ident, Lifetime, Pat, PatStruct, Path, Stmt, parse_quote,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

/// States in one region. A loop around two awaits has three; more cost compile time.
const REGION: usize = 4;

/// The body of `Frame::step`, made of the body of diapause's transition function.
pub fn adapt(mut body: Block) -> Option<Block> {
    Paths.visit_block_mut(&mut body);
    let mut parts = Parts::default();
    parts.visit_block(&body);
    let placeholder = parts.placeholder?;
    let states = parts.states;
    let mut early = BTreeSet::new();
    let codes: Vec<Expr> =
        states.iter().map(|root| region(&states, root, &placeholder, &mut early)).collect();
    let regions = states.iter().zip(codes).map(|(root, mut code)| -> Arm {
        let path = &root.fields.path;
        if early.contains(&root.name) {
            Early(&root.name).visit_expr_mut(&mut code);
        }
        parse_quote!(#path { .. } => #code)
    });
    let early = early.iter().map(early_name);
    Some(parse_quote!({
        #(let mut #early = ::switchback::frame::Early::none();)*
        '__dispatch: loop {
            match self {
                #(#regions)*
                _ => ::core::panic!("a frame is not stepped after its end"),
            }
        }
    }))
}

/// One state: how its fields are bound, and what it does.
struct State {
    name: Ident,
    fields: PatStruct,
    body: Expr,
    next: Vec<Ident>,
}

/// What is used of diapause's function.
#[derive(Default)]
struct Parts {
    /// Stands in `self` while the fields are out.
    placeholder: Option<Expr>,
    states: Vec<State>,
}

impl<'ast> Visit<'ast> for Parts {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Some(placeholder) = initial(statement) {
            self.placeholder = Some(placeholder.clone());
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr_match(&mut self, m: &'ast syn::ExprMatch) {
        if !matches!(&*m.expr, Expr::Path(p) if p.path.is_ident("__state")) {
            return visit::visit_expr_match(self, m);
        }
        for arm in &m.arms {
            if let Pat::Struct(fields) = &arm.pat
                && let Some(name) = last(&fields.path)
            {
                let mut next = Successors(Vec::new());
                next.visit_expr(&arm.body);
                let (fields, body) = (fields.clone(), (*arm.body).clone());
                self.states.push(State { name, fields, body, next: next.0 });
            }
        }
    }
}

/// The states that a state goes on to, in the order of the source.
struct Successors(Vec<Ident>);

impl<'ast> Visit<'ast> for Successors {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Some((_, state)) = next_state(statement) {
            self.0.extend(last(&state.path));
        }
        visit::visit_stmt(self, statement);
    }
}

/// The code of `root` and of the states behind it.
fn region(states: &[State], root: &State, placeholder: &Expr, early: &mut BTreeSet<Ident>) -> Expr {
    let members = members(states, root);
    let mut code: Option<Expr> = None;
    for (at, state) in members.iter().enumerate() {
        let ahead = members[at + 1..].iter().map(|s| s.name.clone()).collect();
        let (fields, mut body) = (&state.fields, state.body.clone());
        let mut edges = Edges { ahead, early };
        edges.visit_expr_mut(&mut body);
        code = Some(match code {
            None => parse_quote! {
                match ::core::mem::replace(self, #placeholder) {
                    #fields => #body
                    __other => ::switchback::frame::torn(__other),
                }
            },
            Some(before) => {
                let label = label(&state.name);
                let mut output = Output(false);
                output.visit_expr_mut(&mut body);
                let pattern: Pat = if output.0 {
                    parse_quote!((__output, #fields))
                } else {
                    parse_quote!(#fields)
                };
                parse_quote! {
                    match #label: { #before } {
                        #pattern => #body
                        __other => ::switchback::frame::torn(__other),
                    }
                }
            }
        });
    }
    code.unwrap_or_else(|| parse_quote!({}))
}

/// The states nearest to `root`, each behind all that lead to it but for ways back.
fn members<'a>(states: &'a [State], root: &'a State) -> Vec<&'a State> {
    let find = |name: &Ident| states.iter().find(|s| s.name == *name);
    let mut near = vec![root];
    let mut at = 0;
    while at < near.len() && near.len() < REGION {
        for state in near[at].next.iter().filter_map(find) {
            if near.len() < REGION && near.iter().all(|s| s.name != state.name) {
                near.push(state);
            }
        }
        at += 1;
    }
    let (mut seen, mut done) = (Vec::new(), Vec::new());
    order(root, &near, &mut seen, &mut done);
    done.reverse();
    done
}

/// Depth first: a state is done when all behind it are.
fn order<'a>(
    state: &'a State,
    near: &[&'a State],
    seen: &mut Vec<&'a Ident>,
    done: &mut Vec<&'a State>,
) {
    if seen.contains(&&state.name) {
        return;
    }
    seen.push(&state.name);
    for next in near.iter().filter(|s| state.next.contains(&s.name)) {
        order(next, near, seen, done);
    }
    done.push(state);
}

/// Writes the transitions: to a state ahead in the region, or through `self`.
struct Edges<'a> {
    ahead: Vec<Ident>,
    /// States that are entered through the loop with an output at hand.
    early: &'a mut BTreeSet<Ident>,
}

impl Edges<'_> {
    fn statement(&mut self, statement: Stmt, out: &mut Vec<Stmt>) {
        let Some((place, state)) = next_state(&statement) else { return out.push(statement) };
        let Some(name) = last(&state.path) else { return out.push(statement) };
        let (ahead, label) = (self.ahead.contains(&name), label(&name));
        let store: Stmt = store(&Expr::Struct(state.clone()));
        if place == "__state" {
            return out.push(if ahead { parse_quote!(break #label #state;) } else { store });
        }
        let begin = match out.pop() {
            Some(Stmt::Local(local)) => local.init.map(|init| init.expr),
            _ => None,
        };
        let on: Expr = if ahead {
            parse_quote!(break #label (__output, #state))
        } else {
            let early = early_name(&name);
            self.early.insert(name);
            parse_quote!({
                #early.put(__output);
                #store
                continue '__dispatch;
            })
        };
        out.push(parse_quote! {
            let __yielded = match #begin {
                ::switchback::Begun::Asks(__request) => __request,
                ::switchback::Begun::Done(__output) => #on,
            };
        });
        out.push(store);
    }
}

impl VisitMut for Edges<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut out = Vec::with_capacity(block.stmts.len());
        for mut statement in std::mem::take(&mut block.stmts) {
            self.visit_stmt_mut(&mut statement);
            if let Some(end) = end_state(&statement) {
                statement = store(end);
            }
            self.statement(statement, &mut out);
        }
        block.stmts = out;
    }
}

/// What is overwritten is the placeholder, which has nothing to drop.
fn store(state: &Expr) -> Stmt {
    parse_quote!(::core::mem::forget(::core::mem::replace(self, #state));)
}

/// Puts the output in the place of `finish`, in a state that is entered with it.
struct Output(bool);

impl VisitMut for Output {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if is_finish(e) {
            self.0 = true;
            *e = parse_quote!(__output);
        }
    }
}

/// Puts the output in the place of `finish`, in a state that may be entered with it.
struct Early<'a>(&'a Ident);

impl VisitMut for Early<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        if is_finish(e) {
            let early = early_name(self.0);
            *e = parse_quote!(match #early.take() {
                ::core::option::Option::Some(__output) => __output,
                ::core::option::Option::None => #e,
            });
        }
    }
}

/// diapause's names for what `switchback` has itself, and the states as those of `Self`.
struct Paths;

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(last) = last(path) else { return };
        match path.segments.first() {
            Some(first) if first.ident == "diapause" => {}
            Some(first) if first.ident == "State" && path.segments.len() == 2 => {
                // With its type arguments, which fields alone need not determine.
                *path = parse_quote!(Self::#last);
                return;
            }
            _ => return,
        }
        let span: Span = last.span();
        let tokens = match last.to_string().as_str() {
            "branch" => quote_spanned!(span=> ::switchback::frame::branch),
            "from_residual" => quote_spanned!(span=> ::switchback::frame::residual),
            "Complete" => quote_spanned!(span=> ::switchback::frame::Step::Returned),
            "Yielded" => quote_spanned!(span=> ::switchback::frame::Step::Asks),
            _ => return,
        };
        *path = parse_quote!(#tokens);
    }
}

fn last(path: &Path) -> Option<Ident> {
    path.segments.last().map(|s| s.ident.clone())
}

fn label(state: &Ident) -> Lifetime {
    Lifetime::new(&format!("'__to_{state}"), Span::call_site())
}

fn early_name(state: &Ident) -> Ident {
    format_ident!("__early_{state}")
}

fn is_finish(e: &Expr) -> bool {
    let Expr::Call(call) = e else { return false };
    let Expr::Path(function) = &*call.func else { return false };
    let names = function.path.segments.iter().map(|s| s.ident.to_string());
    names.eq(["switchback", "frame", "finish"])
}

/// The placeholder in `let mut __state = replace(self, placeholder);`.
fn initial(statement: &Stmt) -> Option<&Expr> {
    let Stmt::Local(local) = statement else { return None };
    let named = matches!(&local.pat, Pat::Ident(p) if p.ident == "__state");
    match &*local.init.as_ref()?.expr {
        Expr::Call(replace) if named => replace.args.last(),
        _ => None,
    }
}

/// Place and value of `*self = value;` and `__state = value;`.
fn assignment(statement: &Stmt) -> Option<(String, &Expr)> {
    let Stmt::Expr(Expr::Assign(assign), _) = statement else { return None };
    let place = match &*assign.left {
        Expr::Unary(place) => &place.expr,
        _ => &assign.left,
    };
    let Expr::Path(place) = &**place else { return None };
    let place = place.path.get_ident()?.to_string();
    matches!(place.as_str(), "self" | "__state").then_some((place, &*assign.right))
}

/// A transition to a state that goes on.
fn next_state(statement: &Stmt) -> Option<(String, &ExprStruct)> {
    match assignment(statement)? {
        (place, Expr::Struct(state)) => Some((place, state)),
        _ => None,
    }
}

/// A transition to the end.
fn end_state(statement: &Stmt) -> Option<&Expr> {
    assignment(statement).map(|(_, state)| state).filter(|e| matches!(e, Expr::Path(_)))
}
