//! Names as seen from the generated module.
//!
//! The forms live in `mod f { use super::*; .. }`, one level below the function. Relative
//! paths get one `super` more, and the two names the module itself defines are looked up
//! outside when the author uses them.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{ItemFn, Result};

/// Names the generated module defines.
const OWN: [&str; 2] = ["Call", "State"];

/// The function as it reads inside the module.
pub fn from_inside(item: &ItemFn) -> Result<ItemFn> {
    let tokens = item.to_token_stream();
    if !mentions(tokens.clone()) {
        return Ok(item.clone());
    }
    syn::parse2(rewrite(tokens))
}

/// Tokens in which this crate has another path than `::switchback`.
pub fn rooted(tokens: TokenStream, root: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let colon =
        |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == ':');
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < trees.len() {
        let own = colon(trees.get(at))
            && colon(trees.get(at + 1))
            && matches!(trees.get(at + 2), Some(TokenTree::Ident(name)) if name == "switchback");
        if own {
            out.extend(root.clone());
            at += 3;
            continue;
        }
        out.extend([match &trees[at] {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), rooted(group.stream(), root));
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            other => other.clone(),
        }]);
        at += 1;
    }
    out
}

fn mentions(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(name) => name == "super" || name == "self" || is_own(&name),
        TokenTree::Group(group) => mentions(group.stream()),
        _ => false,
    })
}

fn is_own(name: &Ident) -> bool {
    OWN.iter().any(|own| name == own)
}

fn rewrite(tokens: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut trees = tokens.into_iter().peekable();
    let mut previous = [' ', ' '];
    while let Some(tree) = trees.next() {
        let after = match &tree {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        let first = previous != [':', ':'] && previous[1] != '.';
        match tree {
            TokenTree::Ident(name) if first => {
                let next = matches!(trees.peek(), Some(TokenTree::Punct(p)) if p.as_char() == ':');
                let span = name.span();
                if name == "super" && next {
                    out.extend(quote_spanned!(span=> super::super));
                } else if name == "self" && next {
                    out.extend(quote_spanned!(span=> super));
                } else if is_own(&name) {
                    out.extend(quote_spanned!(span=> super::#name));
                } else {
                    out.extend([TokenTree::Ident(name)]);
                }
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), rewrite(group.stream()));
                inside.set_span(group.span());
                out.extend([TokenTree::Group(inside)]);
            }
            other => out.extend([other]),
        }
        previous = [previous[1], after];
    }
    out
}
