//! Where the code of a step stands, for those who look at it while it runs.
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
    let places = Places {
        own: place(Span::call_site()),
        end: braces.span.close(),
        begun: Cell::new(!begins),
    };
    let first = if begins { Some(braces.span.open()) } else { places.first(&tokens) };
    match first {
        Some(mut last) => places.moved(tokens, &mut last, None),
        None => tokens,
    }
}

/// Whether tokens are the arguments of a call that go on in a function of their own.
fn is_apart(group: &Group) -> bool {
    let mut inside = group.stream().into_iter();
    group.delimiter() == Delimiter::Parenthesis
        && inside.any(|tree| matches!(tree, TokenTree::Ident(word) if word == "move"))
}

/// `match 'label: {}`.
fn is_labelled(trees: &[TokenTree]) -> bool {
    let is = |tree: &TokenTree, c| matches!(tree, TokenTree::Punct(p) if p.as_char() == c);
    matches!(&trees[0], TokenTree::Ident(word) if word == "match")
        && is(&trees[1], '\'')
        && is(&trees[3], ':')
        && matches!(trees[4], TokenTree::Group(_))
}

type Place = (usize, usize);

fn place(span: Span) -> Place {
    let start = span.unwrap().start();
    (start.line(), start.column())
}

struct Places {
    /// Of tokens that the macro adds.
    own: Place,
    /// The end of the function, where blocks of the macro end and with them their locals: no other
    /// line of the author's is entered again for that.
    end: Span,
    /// Whether code of the author's has been seen.
    begun: Cell<bool>,
}

impl Places {
    fn is_own(&self, span: Span) -> bool {
        place(span) == self.own
    }

    /// The place of the author's first token.
    fn first(&self, tokens: &TokenStream) -> Option<Span> {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            match self.again(&trees[at..]) {
                Some(more) => at += more,
                None => match self.first_in(&trees[at]) {
                    None => at += 1,
                    first => return first,
                },
            }
        }
        None
    }

    /// The length of a statement that only gives a local of the author's its value again.
    fn again(&self, trees: &[TokenTree]) -> Option<usize> {
        let word = |tree: Option<&TokenTree>, word| matches!(tree, Some(TokenTree::Ident(found)) if found == word);
        if !word(trees.first(), "let") || !self.is_own(trees[0].span()) {
            return None;
        }
        let name = if word(trees.get(1), "mut") { 2 } else { 1 };
        let end = trees.iter().position(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';'));
        let mut value = trees.get(name + 1..end?)?.iter();
        let is = matches!(value.next(), Some(TokenTree::Punct(p)) if p.as_char() == '=');
        (is && value.all(|t| self.is_own(t.span()) && !matches!(t, TokenTree::Group(_))))
            .then_some(end? + 1)
    }

    fn first_in(&self, tree: &TokenTree) -> Option<Span> {
        match tree {
            TokenTree::Group(group) => self.first(&group.stream()),
            tree => Some(tree.span()).filter(|span| !self.is_own(*span)),
        }
    }

    /// `last` is the author's last token before these, `next` the next one of the same statement.
    fn moved(&self, tokens: TokenStream, last: &mut Span, next: Option<Span>) -> TokenStream {
        let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut again = vec![false; trees.len()];
        while at < trees.len() {
            let Some(more) = self.again(&trees[at..]) else {
                at += 1;
                continue;
            };
            // Arguments are there before the first line.
            let next = self.first(&trees[at + more..].iter().cloned().collect());
            let place = next.filter(|_| self.begun.get()).unwrap_or(*last);
            for tree in trees[at..at + more].iter_mut().filter(|t| self.is_own(t.span())) {
                tree.set_span(place.resolved_at(tree.span()));
            }
            again[at..at + more].fill(true);
            at += more;
        }
        let mut ahead = vec![next; trees.len()];
        let mut next = next;
        for (at, tree) in trees.iter().enumerate().rev() {
            if matches!(tree, TokenTree::Punct(p) if p.as_char() == ';') {
                next = None;
            }
            ahead[at] = next;
            if !again[at] {
                next = self.first_in(tree).or(next);
            }
        }
        // What a labelled block gives is looked at by what is behind it.
        let labelled = |at: usize| at >= 4 && is_labelled(&trees[at - 4..=at]);
        let labelled: Vec<bool> = (0..trees.len()).map(labelled).collect();
        for at in (0..trees.len()).filter(|at| labelled[*at]) {
            let behind = ahead[at];
            ahead[at - 4..at].fill(behind);
        }
        for at in 0..trees.len() {
            if again[at] {
                continue;
            }
            let (tree, next) = (&mut trees[at], ahead[at]);
            let span = tree.span();
            let place = next.unwrap_or(*last);
            if let TokenTree::Group(group) = tree {
                let first = self.first(&group.stream());
                if first.is_none() && is_apart(group) {
                    let mut apart =
                        Group::new(group.delimiter(), moved_to(self.end, group.stream()));
                    apart.set_span(place.resolved_at(span));
                    *tree = TokenTree::Group(apart);
                    continue;
                }
                let mut inside =
                    Group::new(group.delimiter(), self.moved(group.stream(), last, next));
                let place = match first {
                    _ if labelled[at] => place,
                    _ if group.delimiter() == Delimiter::Brace => self.end,
                    first => first.unwrap_or(place),
                };
                inside.set_span(if self.is_own(span) { place.resolved_at(span) } else { span });
                *tree = TokenTree::Group(inside);
            } else if self.is_own(span) {
                tree.set_span(place.resolved_at(span));
            } else {
                *last = span;
                self.begun.set(true);
            }
        }
        trees.into_iter().collect()
    }
}
