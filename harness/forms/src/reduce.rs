//! Makes a function with a difference smaller, as long as the difference stays.

use std::collections::BTreeSet;

use crate::{
    compile::Tools,
    generate::Function,
    program::{Kind, judge},
    tree::{Mode, Node, Sort},
};

/// Candidates that are compiled together.
const TOGETHER: usize = 30;
/// Rounds after which a function is small enough.
const ROUNDS: usize = 40;

/// The smallest function found with a difference of that kind.
///
/// # Errors
/// If rustc or a program cannot be run.
pub fn reduce(tools: &Tools, function: &Function, kind: &Kind) -> Result<Function, String> {
    let mut best = function.clone();
    for _ in 0..ROUNDS {
        let mut all = candidates(&best);
        let mut better = None;
        while better.is_none() && !all.is_empty() {
            let rest = all.split_off(all.len().min(TOGETHER));
            better = smallest(tools, all, kind)?;
            all = rest;
        }
        match better {
            Some(function) => best = function,
            None => break,
        }
    }
    Ok(best)
}

fn size(function: &Function) -> usize {
    function.body.text(Mode::Forms).len()
}

/// Of those that have the difference, the one with the shortest text.
fn smallest(tools: &Tools, all: Vec<Function>, kind: &Kind) -> Result<Option<Function>, String> {
    let verdicts = judge(tools, &all)?;
    let kept = all.into_iter().zip(verdicts).filter(|(_, v)| v.kind().as_ref() == Some(kind));
    Ok(kept.map(|(function, _)| function).min_by_key(size))
}

/// All functions that are one step smaller, smallest first.
pub fn candidates(function: &Function) -> Vec<Function> {
    let mut all: Vec<Function> = Vec::new();
    let mut texts = BTreeSet::new();
    let mut add = |body: Node| {
        let text = body.text(Mode::Forms);
        if text.len() < size(function) && texts.insert(text) {
            let mut smaller = function.clone();
            smaller.body = body;
            all.push(smaller);
        }
    };
    for path in function.body.paths() {
        let Some(node) = function.body.at(&path) else { continue };
        let mut put = |new: Node| {
            let mut body = function.body.clone();
            if let Some(place) = body.at_mut(&path) {
                *place = new;
                add(body);
            }
        };
        match &node.sort {
            Sort::Statements | Sort::Optional => {
                put(Node::statement(Vec::new()));
                // Statements inside of it take its place.
                for inner in inner(node, &Sort::Statements) {
                    put(inner.clone());
                }
            }
            Sort::Expression(ty) => {
                if let Some(text) = ty.simplest() {
                    put(Node::value(ty, vec![text.into()]));
                }
                for inner in inner(node, &node.sort) {
                    put(inner.clone());
                }
            }
            Sort::Fixed => {}
        }
    }
    all.sort_by_key(size);
    all
}

/// The nodes of that sort below a node.
fn inner<'a>(node: &'a Node, sort: &Sort) -> Vec<&'a Node> {
    let mut found = Vec::new();
    for child in node.children() {
        if child.sort == *sort {
            found.push(child);
        }
        found.extend(inner(child, sort));
    }
    found
}
