//! Attributes of serde that a pickle cannot keep.
//!
//! A pickle has no names and no tags: it is the fields in their order, and numbers for variants.
//! So whatever leaves a field out, asks what comes next, or writes one thing and reads another
//! would be read back as another value, without an error. All else is harmless: names, bounds, a
//! default, both directions of a conversion by way of one type.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, ExprLit, Ident, Lit, Meta, MetaNameValue, Token, Type, parse_quote,
    punctuated::Punctuated,
};

use crate::check::Errors;

/// What an attribute stands on.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Container,
    Variant,
    Field,
}

impl Place {
    fn text(self) -> &'static str {
        match self {
            Self::Container => "a message",
            Self::Variant => "a variant of a message",
            Self::Field => "a field of a message",
        }
    }
}

/// Adds an error for each attribute that is refused.
pub fn check(attributes: &[Attribute], place: Place, errors: &mut Errors) {
    let all = words(attributes);
    let has = |names: &[&str]| all.iter().any(|word| names.iter().any(|n| word.path().is_ident(n)));
    for word in &all {
        let path = word.path();
        let Some(name) = path.get_ident().map(ToString::to_string) else { continue };
        let name = name.as_str();
        let text = match refused(name, place) {
            Some((why, instead)) => {
                let place = place.text();
                format!("`#[serde({name})]` on {place}: {why}; {instead}")
            }
            None => match other_half(name) {
                Some(other) if !has(other) => format!(
                    "`#[serde({name})]` without `{}`: a pickle would be written in one way and \
                     read in another; name both, or neither",
                    other.join("` or `")
                ),
                // Said once, of the half that writes.
                _ if name == "into" => match halves(&all) {
                    Some((into, half, from)) => format!(
                        "`#[serde(into)]` names `{into}` and `{half}` names `{from}`: a pickle \
                         would be written in one way and read in another; name the same type in \
                         both, with the same words"
                    ),
                    None => continue,
                },
                _ => continue,
            },
        };
        errors.add(path, &text);
    }
}

/// The words in `#[serde(..)]`.
fn words(attributes: &[Attribute]) -> Vec<Meta> {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let words = lists.map(|a| a.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated));
    // What cannot be read here, serde refuses.
    words.flatten().flatten().collect()
}

/// The types that a conversion writes and reads, if they are not the same: the former, then the
/// word that names the latter.
fn halves(words: &[Meta]) -> Option<(String, &'static str, String)> {
    let of = |name: &str| {
        let word = words.iter().find(|word| word.path().is_ident(name))?;
        let Meta::NameValue(MetaNameValue {
            value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }),
            ..
        }) = word
        else {
            return None;
        };
        Some((text.value(), text.parse::<Type>().ok()?.into_token_stream().to_string()))
    };
    let (into, written) = of("into")?;
    let mut others = ["from", "try_from"].into_iter();
    others.find_map(|half| {
        let (from, read) = of(half)?;
        (read != written).then_some((into.clone(), half, from))
    })
}

/// What of `bound` and `crate` a message adds to the attributes of its author: serde takes each
/// once.
pub fn added(attributes: &[Attribute], bound: &str) -> Option<Attribute> {
    let words = words(attributes);
    let mut added = Vec::new();
    if !words.iter().any(|word| word.path().is_ident("crate")) {
        added.push(quote!(crate = "::switchback::__private::serde"));
    }
    let mut half = |name: &str| {
        let written =
            words.iter().filter(|word| word.path().is_ident("bound")).any(|word| match word {
                Meta::List(list) => crate::macros::contains(list.tokens.clone(), &[name]),
                _ => true,
            });
        if !written {
            let name = Ident::new(name, Span::call_site());
            added.push(quote!(bound(#name = #bound)));
        }
    };
    ["serialize", "deserialize"].into_iter().for_each(&mut half);
    (!added.is_empty()).then(|| parse_quote!(#[serde(#(#added),*)]))
}

/// Whether the author says how it is written: then its type need not know.
pub fn is_told(attributes: &[Attribute]) -> bool {
    let ways = ["with", "serialize_with", "into"];
    words(attributes).iter().any(|word| ways.iter().any(|way| word.path().is_ident(way)))
}

/// Why it is refused, and what to write instead.
fn refused(name: &str, place: Place) -> Option<(&'static str, &'static str)> {
    Some(match (name, place) {
        ("skip" | "skip_serializing" | "skip_deserializing", Place::Variant) => (
            "a variant that is left out changes the numbers of those behind it, so another one \
             would be read back",
            "remove the attribute, or the variant",
        ),
        ("skip" | "skip_serializing" | "skip_deserializing" | "skip_serializing_if", _) => (
            "a pickle has no names, so a field that is left out shifts those behind it, and a \
             fork would keep what a pickle loses",
            "remove the attribute, or keep what need not travel outside of the message",
        ),
        ("tag" | "content" | "untagged", _) => (
            "a pickle has no names to tell the variants apart by",
            "remove the attribute: a variant is written as its number",
        ),
        ("flatten", _) => (
            "a pickle has no names, so the fields of two types cannot be mixed",
            "remove the attribute: the inner fields are written in their place",
        ),
        ("other" | "variant_identifier" | "field_identifier", _) => (
            "a pickle has no names of variants that could be unknown",
            "remove the attribute, and keep the unknown name in a variant of its own",
        ),
        ("remote" | "getter", _) => (
            "it describes a type of another crate, which does not become a message by that",
            "write #[message] on a type of your own and convert where it is sent",
        ),
        _ => return None,
    })
}

/// What must stand beside it.
fn other_half(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "serialize_with" => &["deserialize_with", "with"],
        "deserialize_with" => &["serialize_with", "with"],
        "into" => &["from", "try_from"],
        "from" | "try_from" => &["into"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(attributes: &[Attribute], place: Place) -> Vec<String> {
        let mut errors = Errors::default();
        check(attributes, place, &mut errors);
        let errors = errors.into_result().err().into_iter().flatten();
        errors.map(|error| error.to_string()).collect()
    }

    #[test]
    fn what_a_pickle_cannot_keep_is_refused_by_name_wherever_it_stands() {
        let everywhere: [(Attribute, &str, &[Place]); 14] = [
            (parse_quote!(#[serde(skip)]), "skip", &[Place::Field, Place::Variant]),
            (
                parse_quote!(#[serde(skip_serializing)]),
                "skip_serializing",
                &[Place::Field, Place::Variant],
            ),
            (
                parse_quote!(#[serde(skip_deserializing)]),
                "skip_deserializing",
                &[Place::Field, Place::Variant],
            ),
            (
                parse_quote!(#[serde(skip_serializing_if = "none")]),
                "skip_serializing_if",
                &[Place::Field],
            ),
            (parse_quote!(#[serde(default, skip)]), "skip", &[Place::Field]),
            (parse_quote!(#[serde(tag = "t")]), "tag", &[Place::Container]),
            (parse_quote!(#[serde(rename = "x", content = "c")]), "content", &[Place::Container]),
            (parse_quote!(#[serde(untagged)]), "untagged", &[Place::Container, Place::Variant]),
            (parse_quote!(#[serde(flatten)]), "flatten", &[Place::Field]),
            (parse_quote!(#[serde(other)]), "other", &[Place::Variant]),
            (parse_quote!(#[serde(variant_identifier)]), "variant_identifier", &[Place::Container]),
            (parse_quote!(#[serde(field_identifier)]), "field_identifier", &[Place::Container]),
            (parse_quote!(#[serde(remote = "Other")]), "remote", &[Place::Container]),
            (parse_quote!(#[serde(getter = "Other::get")]), "getter", &[Place::Field]),
        ];
        for (attribute, name, places) in everywhere {
            for place in places {
                let found = errors(std::slice::from_ref(&attribute), *place);
                let text = attribute.to_token_stream().to_string();
                assert_eq!(found.len(), 1, "{text} on {}: {found:?}", place.text());
                let start = format!("`#[serde({name})]` on {}: ", place.text());
                assert!(found[0].starts_with(&start) && found[0].contains("; "), "{}", found[0]);
            }
        }
    }

    #[test]
    fn half_of_a_conversion_is_refused_and_both_halves_are_not() {
        for (half, other) in [
            ("serialize_with", "deserialize_with"),
            ("deserialize_with", "serialize_with"),
            ("into", "from"),
            ("from", "into"),
            ("try_from", "into"),
        ] {
            let (one, two) = (quote::format_ident!("{half}"), quote::format_ident!("{other}"));
            let alone: Attribute = parse_quote!(#[serde(#one = "x")]);
            let beside: Attribute = parse_quote!(#[serde(#two = "x")]);
            let found = errors(std::slice::from_ref(&alone), Place::Field);
            assert!(matches!(&found[..], [text] if text.contains(other)), "{half}: {found:?}");
            assert_eq!(errors(&[alone, beside], Place::Field), Vec::<String>::new());
        }
    }

    #[test]
    fn a_conversion_reads_the_type_that_it_writes() {
        let container = |attributes: &[Attribute]| errors(attributes, Place::Container);
        let same = parse_quote!(#[serde(into = "Vec<i64>", from = "Vec< i64 >")]);
        assert_eq!(container(&[same]), Vec::<String>::new());
        let other: [Attribute; 2] =
            [parse_quote!(#[serde(try_from = "u64")]), parse_quote!(#[serde(into = "i64")])];
        let text = "`#[serde(into)]` names `i64` and `try_from` names `u64`: a pickle would be \
                    written in one way and read in another; name the same type in both, with the \
                    same words";
        assert_eq!(container(&other), [text]);
    }

    #[test]
    fn what_the_author_says_of_bounds_and_paths_is_not_said_again() {
        let added = |attribute: Attribute| {
            added(&[attribute], "T: Message")
                .map_or(String::new(), |a| a.to_token_stream().to_string())
        };
        let path = r#"crate = "::switchback::__private::serde""#;
        let both = r#"bound (serialize = "T: Message") , bound (deserialize = "T: Message")"#;
        assert_eq!(added(parse_quote!(#[doc = "bound"])), format!("# [serde ({path} , {both})]"));
        assert_eq!(added(parse_quote!(#[serde(bound = "")])), format!("# [serde ({path})]"));
        assert_eq!(added(parse_quote!(#[serde(crate = "serde")])), format!("# [serde ({both})]"));
        assert_eq!(added(parse_quote!(#[serde(crate = "serde", bound = "")])), "");
        let half = r#"# [serde (bound (deserialize = "T: Message"))]"#;
        assert_eq!(added(parse_quote!(#[serde(crate = "s", bound(serialize = ""))])), half);
    }

    #[test]
    fn names_bounds_and_defaults_are_harmless() {
        let harmless: [Attribute; 11] = [
            parse_quote!(#[serde(rename = "x", alias = "y")]),
            parse_quote!(#[serde(rename(serialize = "x", deserialize = "y"))]),
            parse_quote!(#[serde(rename_all = "lowercase", rename_all_fields = "lowercase")]),
            parse_quote!(#[serde(deny_unknown_fields, expecting = "a thing")]),
            parse_quote!(#[serde(default)]),
            parse_quote!(#[serde(default = "one")]),
            parse_quote!(#[serde(bound(serialize = "T: Clone"), crate = "serde")]),
            parse_quote!(#[serde(transparent)]),
            parse_quote!(#[serde(with = "module")]),
            parse_quote!(#[doc = "skip"]),
            parse_quote!(#[other(skip, flatten)]),
        ];
        for attribute in &harmless {
            for place in [Place::Container, Place::Variant, Place::Field] {
                assert_eq!(errors(std::slice::from_ref(attribute), place), Vec::<String>::new());
            }
        }
    }
}
