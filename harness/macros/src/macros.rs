//! Macros whose arguments are code: which of them are evaluated, when, and how often.
//!
//! The macros of the standard library are known. What any other macro does with its tokens is not
//! known here, so they stay as they are.

use std::collections::HashSet;

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use ra_ap_rustc_parse_format::{Count, ParseMode, Parser, Piece, Position};
use syn::{
    Expr, ExprLit, Lit, LitStr, Macro, Pat, Token,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
};

use crate::hygiene::Hygiene;

/// One argument.
pub struct Argument {
    /// `name = ` in front of it.
    pub name: Option<Ident>,
    pub value: Expr,
    /// It may not be evaluated.
    pub lazy: bool,
    /// The macro looks at it and does not take it.
    pub borrowed: bool,
}

/// A macro of the standard library.
pub struct Known {
    pub kind: Kind,
    pub arguments: Vec<Argument>,
    /// Which argument is the format string.
    format: Option<usize>,
    /// What stands behind the arguments and is no expression.
    pub tail: Option<TokenStream>,
    /// Whether its format string is looked at only sometimes.
    pub lazy: bool,
    /// Nothing behind it is reached.
    pub diverges: bool,
    /// Temporaries of its arguments end with it, not with the statement that it stands in.
    pub ends: bool,
    /// Whether its tokens stay as they are.
    verbatim: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Format,
    List,
    /// `vec![value; count]`.
    Repeat,
    Assert,
    Matches,
    Other,
}

/// What is known about a macro; `own` are the names of macros that the function makes itself.
pub fn known(mac: &Macro, own: &HashSet<String>) -> Option<Known> {
    let segments: Vec<_> = mac.path.segments.iter().map(|s| s.ident.to_string()).collect();
    let name = match &segments[..] {
        [name] if !own.contains(name) => name,
        [first, name] if ["std", "core", "alloc"].iter().any(|s| first == s) => name,
        _ => return None,
    };
    let tokens = mac.tokens.clone();
    let mut known = Known {
        kind: Kind::Other,
        arguments: Vec::new(),
        format: None,
        tail: None,
        lazy: false,
        diverges: false,
        ends: false,
        verbatim: false,
    };
    match name.as_str() {
        "format" | "format_args" | "print" | "println" | "eprint" | "eprintln" => {
            known.kind = Kind::Format;
            known.arguments = arguments(tokens)?;
            known.format = Some(0);
            known.ends = name != "format_args";
        }
        "write" | "writeln" => {
            known.kind = Kind::Format;
            known.arguments = arguments(tokens)?;
            known.format = Some(1);
        }
        "panic" | "todo" | "unimplemented" | "unreachable" => {
            known.kind = Kind::Format;
            known.arguments = arguments(tokens)?;
            known.format = Some(0);
            known.diverges = true;
        }
        "assert" | "debug_assert" | "assert_eq" | "assert_ne" | "debug_assert_eq"
        | "debug_assert_ne" => {
            let operands = if name.ends_with("_eq") || name.ends_with("_ne") { 2 } else { 1 };
            known.kind = Kind::Assert;
            known.arguments = arguments(tokens)?;
            let debug = name.starts_with("debug");
            for (at, argument) in known.arguments.iter_mut().enumerate() {
                argument.lazy = debug || at >= operands;
                argument.borrowed = operands == 2 || at >= operands;
            }
            known.format = Some(operands);
            known.lazy = true;
        }
        "dbg" => {
            known.arguments = arguments(tokens)?;
            known.arguments.iter_mut().for_each(|a| a.borrowed = false);
        }
        "vec" => {
            let list = Punctuated::<Expr, Token![,]>::parse_terminated;
            if let Ok(list) = list.parse2(tokens.clone()) {
                known.kind = Kind::List;
                known.arguments = list.into_iter().map(taken).collect();
            } else {
                let repeat: syn::ExprRepeat = syn::parse2(quote!([#tokens])).ok()?;
                known.kind = Kind::Repeat;
                known.arguments = vec![taken(*repeat.expr), taken(*repeat.len)];
            }
        }
        "matches" => {
            let scrutinee = |input: ParseStream<'_>| -> syn::Result<(Expr, TokenStream)> {
                let value = input.parse()?;
                Ok((value, input.parse()?))
            };
            let (value, rest) = scrutinee.parse2(tokens).ok()?;
            known.kind = Kind::Matches;
            known.arguments = vec![Argument { borrowed: true, ..taken(value) }];
            known.tail = Some(rest);
        }
        "stringify" | "concat" | "line" | "column" | "file" | "module_path" | "include_str"
        | "include_bytes" | "env" | "option_env" | "cfg" => known.verbatim = true,
        _ => return None,
    }
    Some(known)
}

fn taken(value: Expr) -> Argument {
    Argument { name: None, value, lazy: false, borrowed: false }
}

/// Arguments of the format family, which are looked at.
fn arguments(tokens: TokenStream) -> Option<Vec<Argument>> {
    let one = |input: ParseStream<'_>| -> syn::Result<Argument> {
        let named = input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        let name = if named {
            let name = syn::ext::IdentExt::parse_any(input)?;
            input.parse::<Token![=]>()?;
            Some(name)
        } else {
            None
        };
        Ok(Argument { name, value: input.parse()?, lazy: false, borrowed: true })
    };
    let list = move |input: ParseStream<'_>| {
        let mut list = Vec::new();
        while !input.is_empty() {
            list.push(one(input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(list)
    };
    list.parse2(tokens).ok()
}

impl Known {
    /// Whether an argument is evaluated always, once, and in its turn.
    pub fn is_strict(&self, at: usize) -> bool {
        !self.verbatim && !self.arguments[at].lazy
    }

    /// Whether an argument is what `write!` writes to.
    pub fn is_written(&self, at: usize) -> bool {
        self.kind == Kind::Format && self.format.is_some_and(|format| at < format)
    }

    /// Whether an argument is the format string.
    pub fn is_format(&self, at: usize) -> bool {
        self.format == Some(at)
    }

    fn format_string(&self) -> Option<&LitStr> {
        match &self.arguments.get(self.format?)?.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            _ => None,
        }
    }

    /// The context of these names.
    pub fn hygiene(&self) -> Hygiene {
        self.format_string().map(|text| Hygiene::of_literal(text.span())).unwrap_or_default()
    }

    /// Names of locals that the format string captures.
    pub fn captured(&self) -> Vec<String> {
        let Some(text) = self.format_string() else { return Vec::new() };
        let given = |name: &String| {
            self.arguments.iter().any(|a| a.name.as_ref().is_some_and(|n| n == name))
        };
        names_in(&text.value()).into_iter().filter(|name| !given(name)).collect()
    }

    /// Hands captured locals over by name, whose names have changed.
    pub fn name_captures(&mut self, captures: &[(String, Ident)]) {
        for (name, local) in captures {
            let name = identifier(name, local.span());
            let value = syn::parse_quote!(#local);
            self.arguments.push(Argument {
                name: Some(name),
                value,
                lazy: self.lazy,
                borrowed: true,
            });
        }
    }

    /// Puts the arguments back.
    pub fn write(self, mac: &mut Macro) {
        if self.verbatim {
            return;
        }
        let arguments = self.arguments.iter().map(|a| {
            let (name, value) = (a.name.iter(), &a.value);
            quote!(#(#name =)* #value)
        });
        let tail = &self.tail;
        mac.tokens = match self.kind {
            Kind::Repeat => quote!(#(#arguments);*),
            _ => quote!(#(#arguments),* #tail),
        };
    }
}

/// A name that may be a keyword elsewhere.
fn identifier(name: &str, span: proc_macro2::Span) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, span),
        Err(_) => Ident::new_raw(name, span),
    }
}

/// Names of locals that a literal captures if it is a format string.
pub fn captures(literal: &str) -> Vec<String> {
    if !literal.contains('{') {
        return Vec::new();
    }
    match syn::parse_str::<LitStr>(literal) {
        Ok(text) => names_in(&text.value()),
        Err(_) => Vec::new(),
    }
}

fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut parser = Parser::new(text, None, None, false, ParseMode::Format);
    let pieces: Vec<_> = parser.by_ref().collect();
    if !parser.errors.is_empty() {
        return names;
    }
    let mut add = |name: &str| {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    };
    for piece in pieces {
        let Piece::NextArgument(argument) = piece else { continue };
        if let Position::ArgumentNamed(name) = argument.position {
            add(name);
        }
        for count in [argument.format.width, argument.format.precision] {
            if let Count::CountIsName(name, _) = count {
                add(name);
            }
        }
    }
    names
}

/// All literals.
pub fn literals(tokens: TokenStream) -> Vec<Literal> {
    tokens
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Literal(literal) => vec![literal],
            TokenTree::Group(group) => literals(group.stream()),
            _ => Vec::new(),
        })
        .collect()
}

/// Whether tokens leave what is around them.
pub fn exits(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Punct(p) => p.as_char() == '?',
        TokenTree::Ident(word) => word == "return" || word == "break" || word == "continue",
        TokenTree::Group(group) => exits(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// The tokens as a list of expressions, if they are one.
pub fn expressions(tokens: TokenStream) -> Option<Punctuated<Expr, Token![,]>> {
    Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens).ok()
}

/// Whether the tokens contain a word.
pub fn contains(tokens: TokenStream, words: &[&str]) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => words.iter().any(|w| word == w),
        TokenTree::Group(group) => contains(group.stream(), words),
        _ => false,
    })
}

/// Whether a block uses a macro that is not known.
pub fn contains_unknown(block: &syn::Block, own: &HashSet<String>) -> bool {
    use syn::visit::Visit;
    struct Unknown<'a>(&'a HashSet<String>, bool);
    impl<'ast> Visit<'ast> for Unknown<'_> {
        fn visit_macro(&mut self, mac: &'ast Macro) {
            self.1 |= known(mac, self.0).is_none();
        }
    }
    let mut unknown = Unknown(own, false);
    unknown.visit_block(block);
    unknown.1
}

/// The pattern behind the scrutinee of `matches!`.
pub fn matched(tail: TokenStream) -> Option<Pat> {
    let pattern = |input: ParseStream<'_>| -> syn::Result<Pat> {
        input.parse::<Token![,]>()?;
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<TokenStream>()?;
        Ok(pattern)
    };
    pattern.parse2(tail).ok()
}

/// Whether a type leaves something to be inferred.
pub fn contains_underscore(tokens: TokenStream) -> bool {
    contains(tokens, &["_"])
}

/// Changes the arguments of a macro that may contain one of `words` as code.
pub fn rewrite(mac: &mut Macro, words: &[&str], change: &mut dyn FnMut(&mut Expr)) {
    if !contains(mac.tokens.clone(), words) {
        return;
    }
    if let Some(mut known) = known(mac, &HashSet::new()) {
        known.arguments.iter_mut().for_each(|a| change(&mut a.value));
        known.write(mac);
    } else if let Some(mut list) = expressions(mac.tokens.clone()) {
        list.iter_mut().for_each(change);
        mac.tokens = list.into_token_stream();
    }
}

#[cfg(test)]
mod tests {
    use super::captures;

    #[test]
    fn format_strings_are_read_as_rustc_reads_them() {
        let cases: [(&str, &[&str]); 9] = [
            (r#""{x}""#, &["x"]),
            (r#""{x }""#, &["x"]),
            (r#""{:+w$}""#, &["w"]),
            (r#""{:#w$x}""#, &["w"]),
            (r#""{y:>w$.p$?} {{z}}""#, &["y", "w", "p"]),
            ("\"{a}\\\n   {b}\"", &["a", "b"]),
            (r##"r#"{raw}"#"##, &["raw"]),
            (r#""{not closed""#, &[]),
            ("'{'", &[]),
        ];
        for (literal, names) in cases {
            assert_eq!(captures(literal), names, "{literal}");
        }
    }
}
