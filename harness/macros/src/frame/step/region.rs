//! Which states are written one behind the other, and how the fields of one are bound.

use proc_macro2::Span;
use quote::format_ident;
use syn::{Ident, Member, Pat, PatStruct};

use crate::{expression::placeless_name, lower::emit::Code};

/// A pattern with names that are the macro's, and the author's local that each of them becomes.
///
/// rustc tells the author about a local where it is declared, but a debugger would go there
/// whenever a pattern gives it a value. A `let` of one name is no line of its own.
pub fn taken_apart(fields: &PatStruct) -> (PatStruct, Vec<Ident>, Vec<Pat>) {
    let (mut plain, mut names, mut pats) = (fields.clone(), Vec::new(), Vec::new());
    for field in &mut plain.fields {
        if let Pat::Ident(name) = &mut *field.pat {
            pats.push(Pat::Ident(name.clone()));
            name.mutability = None;
            name.ident = format_ident!("__kept_{}", name.ident, span = Span::call_site());
            field.colon_token.get_or_insert_default();
            if let Member::Named(member) = &mut field.member {
                *member = placeless_name(member);
            }
            names.push(name.ident.clone());
        }
    }
    (plain, names, pats)
}

/// The states nearest to `root`, each behind all that lead to it but for ways back.
pub fn members<'a>(
    states: &'a [Code],
    root: &'a Code,
    most: impl Fn(&Code) -> usize,
) -> Vec<&'a Code> {
    let find = |name: &Ident| states.iter().find(|s| s.name == *name);
    let mut near = vec![root];
    let mut at = 0;
    while at < near.len() {
        for state in near[at].next.iter().filter_map(find) {
            if near.len() < most(state) && near.iter().all(|s| s.name != state.name) {
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
    state: &'a Code,
    near: &[&'a Code],
    seen: &mut Vec<&'a Ident>,
    done: &mut Vec<&'a Code>,
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
