//! Where the code of a step stands, for debuggers and backtraces.
//!
//! A debugger and a backtrace know lines. What the macro adds to the author's code has none of its
//! own, so it stands where the author's code beside it stands: with the rest of its statement, or
//! with what is before it. Then a debugger goes from one line of the author to the next one, and
//! an await is one line, whatever is done there.

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::token::Brace;

use crate::expression::moved_to;

/// The tokens with the places of the author's, in a function with these braces. Names mean what
/// they did. The first step begins at the first brace, others in the first await.
pub fn anchored(tokens: TokenStream, braces: Brace, begins: bool) -> TokenStream {
    let own = Own::new();
    let trees = own.trees(tokens);
    let first = if begins { Some(braces.span.open()) } else { first(&trees) };
    let places = Places { end: braces.span.close(), begun: Cell::new(!begins) };
    match first {
        Some(mut last) => places.moved(trees, &mut last, None),
        None => trees.into_iter().map(Tree::tokens).collect(),
    }
}

/// The place of the attribute, which tokens have that the macro adds.
struct Own {
    line: usize,
    column: usize,
}

impl Own {
    fn new() -> Self {
        let span = Span::call_site().unwrap();
        Self { line: span.line(), column: span.column() }
    }

    fn is(&self, span: Span) -> bool {
        let span = span.unwrap();
        span.line() == self.line && span.column() == self.column
    }

    /// rustc is asked once about each token.
    fn trees(&self, tokens: TokenStream) -> Vec<Tree> {
        tokens
            .into_iter()
            .map(|token| {
                let own = self.is(token.span());
                match token {
                    TokenTree::Group(group) => {
                        let inside = self.trees(group.stream());
                        let first = first(&inside);
                        Tree { token: TokenTree::Group(group), own, inside, first }
                    }
                    token => {
                        let first = (!own).then(|| token.span());
                        Tree { token, own, inside: Vec::new(), first }
                    }
                }
            })
            .collect()
    }
}

/// A token, or a group with the tokens in it.
struct Tree {
    /// Of a group only its delimiter and place are looked at.
    token: TokenTree,
    /// Whether the macro has added it.
    own: bool,
    inside: Vec<Tree>,
    /// The place of the author's first token in it.
    first: Option<Span>,
}

impl Tree {
    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token, TokenTree::Ident(found) if found == word)
    }

    fn is_punct(&self, c: char) -> bool {
        matches!(&self.token, TokenTree::Punct(p) if p.as_char() == c)
    }

    fn is_group(&self) -> bool {
        matches!(self.token, TokenTree::Group(_))
    }

    fn tokens(self) -> TokenTree {
        self.token
    }
}

/// The place of the author's first token.
fn first(trees: &[Tree]) -> Option<Span> {
    let mut at = 0;
    while at < trees.len() {
        match again(&trees[at..]) {
            Some(more) => at += more,
            None => match trees[at].first {
                None => at += 1,
                first => return first,
            },
        }
    }
    None
}

/// The length of a statement that only gives a local of the author's its value again.
fn again(trees: &[Tree]) -> Option<usize> {
    if !trees.first()?.is_word("let") || !trees[0].own {
        return None;
    }
    let name = if trees.get(1).is_some_and(|t| t.is_word("mut")) { 2 } else { 1 };
    let end = trees.iter().position(|t| t.is_punct(';'))?;
    let mut value = trees.get(name + 1..end)?.iter();
    let is = value.next().is_some_and(|t| t.is_punct('='));
    (is && value.all(|t| t.own && !t.is_group())).then_some(end + 1)
}

/// Whether a group is the arguments of a call that go on in a function of their own.
fn is_apart(tree: &Tree) -> bool {
    matches!(&tree.token, TokenTree::Group(g) if g.delimiter() == Delimiter::Parenthesis)
        && tree.inside.iter().any(|t| t.is_word("move"))
}

/// `match 'label: {}`.
fn is_labelled(trees: &[Tree]) -> bool {
    trees[0].is_word("match")
        && trees[1].is_punct('\'')
        && trees[3].is_punct(':')
        && trees[4].is_group()
}

struct Places {
    /// The end of the function, where blocks of the macro end and with them their locals: no other
    /// line of the author's is entered again for that.
    end: Span,
    /// Whether code of the author's has been seen.
    begun: Cell<bool>,
}

impl Places {
    /// `last` is the author's last token before these, `next` the next one of the same statement.
    fn moved(&self, mut trees: Vec<Tree>, last: &mut Span, next: Option<Span>) -> TokenStream {
        let mut at = 0;
        let mut repeated = vec![false; trees.len()];
        while at < trees.len() {
            let Some(more) = again(&trees[at..]) else {
                at += 1;
                continue;
            };
            // Arguments are there before the first line.
            let next = first(&trees[at + more..]);
            let place = next.filter(|_| self.begun.get()).unwrap_or(*last);
            for tree in trees[at..at + more].iter_mut().filter(|t| t.own) {
                tree.token.set_span(place.resolved_at(tree.token.span()));
            }
            repeated[at..at + more].fill(true);
            at += more;
        }
        let mut ahead = vec![next; trees.len()];
        let mut next = next;
        for (at, tree) in trees.iter().enumerate().rev() {
            if tree.is_punct(';') {
                next = None;
            }
            ahead[at] = next;
            if !repeated[at] {
                next = tree.first.or(next);
            }
        }
        // What a labelled block gives is looked at by what is behind it.
        let labelled = |at: usize| at >= 4 && is_labelled(&trees[at - 4..=at]);
        let labelled: Vec<bool> = (0..trees.len()).map(labelled).collect();
        for at in (0..trees.len()).filter(|at| labelled[*at]) {
            let behind = ahead[at];
            ahead[at - 4..at].fill(behind);
        }
        let all = trees.into_iter().enumerate().map(|(at, mut tree)| {
            if repeated[at] {
                return tree.tokens();
            }
            let span = tree.token.span();
            let place = ahead[at].unwrap_or(*last);
            if let TokenTree::Group(group) = &tree.token {
                if tree.first.is_none() && is_apart(&tree) {
                    let mut apart =
                        Group::new(group.delimiter(), moved_to(self.end, group.stream()));
                    apart.set_span(place.resolved_at(span));
                    return TokenTree::Group(apart);
                }
                let mut inside =
                    Group::new(group.delimiter(), self.moved(tree.inside, last, ahead[at]));
                let place = match tree.first {
                    _ if labelled[at] => place,
                    _ if group.delimiter() == Delimiter::Brace => self.end,
                    first => first.unwrap_or(place),
                };
                inside.set_span(if tree.own { place.resolved_at(span) } else { span });
                return TokenTree::Group(inside);
            }
            if tree.own {
                tree.token.set_span(place.resolved_at(span));
            } else {
                *last = span;
                self.begun.set(true);
            }
            tree.tokens()
        });
        all.collect()
    }
}
