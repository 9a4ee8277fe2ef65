//! Follows the advice of a refusal, so that a refused body is tried as well.
//!
//! Four kinds of advice can be followed without a human: to write the type of a local, to bind a
//! value to a local with a type first, and what the generator knows in other words (a condition
//! instead of a short circuit).

use crate::{
    compile::Complaint,
    generate::Function,
    tree::{Mode, Node, Part, Sort, Ty},
};

/// The function as the macro advises, if that is known for one of the complaints at least.
pub fn advised(function: &Function, complaints: &[Complaint]) -> Option<Function> {
    let mut changed = function.clone();
    let mut done = false;
    for complaint in complaints.iter().filter(|c| c.text.contains("type must be written")) {
        let name = complaint.text.split('`').nth(1).unwrap_or_default();
        done |= annotate(&mut changed.body, name);
    }
    if done {
        return Some(changed);
    }
    // One place at a time: the paths of the others change.
    let mut places: Vec<&Complaint> = complaints.iter().collect();
    places.sort_by_key(|c| std::cmp::Reverse(c.path.len()));
    for complaint in places {
        if other_words(&mut changed.body, &complaint.path) || bind(&mut changed.body, complaint) {
            return Some(changed);
        }
    }
    None
}

/// Puts in the types of all locals of that name that the generator has left out.
fn annotate(node: &mut Node, name: &str) -> bool {
    let wanted = |text: &str| {
        let rest = text.strip_prefix("let ").unwrap_or_default();
        rest.strip_prefix("mut ").unwrap_or(rest).split(':').next() == Some(name)
    };
    let mut done = false;
    if node.advised.as_ref().is_some_and(|advised| wanted(&advised.text(Mode::Forms))) {
        done = replace(node);
    }
    for part in &mut node.parts {
        if let Part::Node(child) = part {
            done |= annotate(child, name);
        }
    }
    done
}

fn replace(node: &mut Node) -> bool {
    let Some(advised) = node.advised.take() else { return false };
    let uses = std::mem::take(&mut node.uses);
    *node = *advised;
    node.uses.extend(uses);
    true
}

/// The innermost node around a place that the generator knows in other words.
fn other_words(body: &mut Node, path: &[usize]) -> bool {
    (0..=path.len()).rev().any(|length| body.at_mut(&path[..length]).is_some_and(replace))
}

/// `touch(&g) ^ op(a).await?` becomes `({ let bound: i64 = touch(&g); bound ^ op(a).await? })`.
fn bind(body: &mut Node, complaint: &Complaint) -> bool {
    if !complaint.text.contains("bind") {
        return false;
    }
    let path = &complaint.path[..];
    let Some((last, parent)) = path.split_last() else { return false };
    let Some(ty) = body.at(path).and_then(|node| bindable(&node.sort)) else { return false };
    let name =
        format!("bound{}", path.iter().fold(7, |sum: usize, step| (sum * 31 + step) % 100_000));
    let Some(parent) = body.at_mut(parent) else { return false };
    let Some(place) = parent.at_mut(&[*last]) else { return false };
    let value = std::mem::replace(place, Node::value(&ty, vec![name.clone().into()]));
    let first: Vec<Part> =
        vec![format!("let {name}: {} = ", ty.text()).into(), value.into(), ";\n".into()];
    let inner = std::mem::replace(parent, Node::new(Sort::Fixed, Vec::new()));
    let mut parts = first;
    let (sort, uses) = (inner.sort.clone(), inner.uses.clone());
    if matches!(sort, Sort::Expression(_)) {
        parts.insert(0, "({ ".into());
        parts.push(inner.into());
        parts.push(" })".into());
    } else {
        parts.push(inner.into());
    }
    *parent = Node { sort, uses, parts, advised: None };
    true
}

fn bindable(sort: &Sort) -> Option<Ty> {
    match sort {
        Sort::Expression(Ty::Closure | Ty::Parameter) => None,
        Sort::Expression(ty) => Some(ty.clone()),
        _ => None,
    }
}
