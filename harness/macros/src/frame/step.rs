//! `Frame::step`: diapause's transition function, regrouped so that a state stays where it is.
//!
//! diapause moves the whole state out, carries it through a loop by value and writes it back at
//! the end. The copies load words in other widths than they were just stored in, which waits for
//! the stores: 16 ns for a send and a receive, 8 with what is made here. Every state has a
//! region of its own: straight code up to the next suspension, through the states on the way.
//!
//! ```text
//! match self { .. }                                         once, as below; mostly that is all
//! again(move || '__dispatch: loop {
//!     match self {
//!         State::S2 { .. } => match '__to_S1: {             two of the states of a region
//!             match replace(self, State::Poisoned) {
//!                 State::S2 { a, mut rest } => {
//!                     finish(..)?;
//!                     match begin(a.receive()) {
//!                         Done(v) => break '__to_S1 (v, State::S1 { a, rest }),
//!                         Asks(r) => { *self = State::S1 { a, rest }; return r }
//!                     }
//!                 }
//!                 ..
//!             }
//!         } {
//!             (v, State::S1 { a, mut rest }) => { .. }
//!         },
//! ```
//!
//! A field that does not change on the way is stored where it was loaded from, which the
//! compiler leaves out where little lies between. States inside a region see the names of their
//! own fields only, as they would as arms of their own. Ways back, and ways longer than `REGION`, go through
//! `self` and the loop, which is a function of its own: where a loop begins, compilers keep in
//! memory what its ways back may change, and every step would pay for that (up to a fifth).

use std::collections::BTreeSet;

use syn::{
    Arm, Block, Expr, Ident, Pat, PatStruct, Stmt, parse_quote,
    visit::{self, Visit},
    visit_mut::VisitMut,
};

pub(super) mod edges;

use super::waits::Wait;
use edges::{Early, Edges, Leave, Output, Paths, early_name, initial, label, last, next_state};

/// States in one region: a loop around two awaits has three. A fourth costs more registers in such
/// loops than it saves jumps in longer ones.
const REGION: usize = 3;

/// The body of `Frame::step`, made of the body of diapause's transition function.
/// Also gives what each state waits for.
pub fn adapt(mut body: Block) -> Option<(Block, Vec<Wait>)> {
    Paths.visit_block_mut(&mut body);
    let mut parts = Parts::default();
    parts.visit_block(&body);
    let placeholder = parts.placeholder?;
    let states = parts.states;
    let (mut early, mut back) = (BTreeSet::new(), false);
    let codes: Vec<Expr> = states
        .iter()
        .map(|root| region(&states, root, &placeholder, (&mut early, &mut back)))
        .collect();
    let whole = |codes: Vec<Expr>| -> Expr {
        let arms = states.iter().zip(codes).map(|(root, code)| -> Arm {
            let path = &root.fields.path;
            parse_quote!(#path { .. } => #code)
        });
        parse_quote! {
            match self {
                #(#arms)*
                _ => ::core::panic!("a frame is not stepped after its end"),
            }
        }
    };
    let waits = states.iter().filter_map(|s| Wait::of(&s.fields, &s.body)).collect();
    if !back {
        let all = whole(codes);
        return Some((parse_quote!({ '__dispatch: loop { #all } }), waits));
    }
    let (mut first, mut looped) = (codes.clone(), codes);
    first.iter_mut().for_each(|code| Leave.visit_expr_mut(code));
    for (root, code) in states.iter().zip(&mut looped) {
        if early.contains(&root.name) {
            Early(&root.name).visit_expr_mut(code);
        }
    }
    let (first, looped) = (whole(first), whole(looped));
    let early = early.iter().map(early_name);
    let body = parse_quote!({
        #(let mut #early = ::switchback::frame::Early::none();)*
        '__dispatch: { #first }
        ::switchback::frame::again(move || '__dispatch: loop { #looped })
    });
    Some((body, waits))
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
fn region(
    states: &[State],
    root: &State,
    placeholder: &Expr,
    (early, back): (&mut BTreeSet<Ident>, &mut bool),
) -> Expr {
    let members = members(states, root);
    let mut code: Option<Expr> = None;
    for (at, state) in members.iter().enumerate() {
        let ahead = members[at + 1..].iter().map(|s| s.name.clone()).collect();
        let (fields, mut body) = (&state.fields, state.body.clone());
        let mut edges = Edges { ahead, early, back };
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
