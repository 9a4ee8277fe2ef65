//! From the attribute to the three forms.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{
    AttrStyle, Error, Expr, ItemFn, Result, Token, Type,
    parse::{ParseStream, Parser},
    visit_mut::{self, VisitMut},
};

use crate::{check, configured, forms, frame, hygiene::Hygiene, model::Model, paths, refused};

/// The attribute.
pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function = parse(item)?;
    if configured::depends(quote!(#function)) {
        let options = Options::of(arguments.clone())?;
        let wrapped = configured::wrap(&arguments, &function);
        return Ok(match &options.root {
            Some(root) => paths::rooted(wrapped, root),
            None => wrapped,
        });
    }
    expand_function(arguments, function)
}

fn parse(item: TokenStream) -> Result<ItemFn> {
    let is_function =
        item.clone().into_iter().any(|tree| matches!(tree, TokenTree::Ident(word) if word == "fn"));
    syn::parse2(parenthesized(item)).map_err(|error| {
        // What rustc takes for a function and syn does not comes from a macro.
        let text = match is_function {
            true => format!(
                "#[tasklet] cannot read a `stmt` or a `lifetime` that a macro passes ({error}): \
                 pass it as `tt`"
            ),
            false => format!("#[tasklet] expects an `async fn`: {error}"),
        };
        Error::new(error.span(), text)
    })
}

/// The attribute of a function in which nothing depends on a `cfg`.
pub fn expand_function(arguments: TokenStream, function: ItemFn) -> Result<TokenStream> {
    let root = Options::of(arguments.clone()).ok().and_then(|options| options.root);
    forms_of(arguments, function.clone()).or_else(|error| {
        let all = refused::stub(&function, &error);
        Ok(match &root {
            Some(root) => paths::rooted(all, root),
            None => all,
        })
    })
}

/// A function in all its forms.
fn forms_of(arguments: TokenStream, mut outside: ItemFn) -> Result<TokenStream> {
    Hygiene::survey(&quote!(#outside));
    // `#![..]` at the top of the body stands for `#[..]` in front of the function.
    outside.attrs.iter_mut().for_each(|attribute| attribute.style = AttrStyle::Outer);
    Types.visit_item_fn_mut(&mut outside);
    let options = Options::of(arguments)?;
    check::signature(&outside.sig)?;
    check::free(&outside)?;
    check::items(&outside.block)?;
    let inside = paths::from_inside(&outside)?;
    let mut model = Model::new(outside, inside, options.recursive)?;
    check::body(&model)?;
    let frame = frame::generate(&mut model)?;
    let (call, forms) = forms::generate(&model);

    let Model { attributes, visibility, name, items, checked, aliases, .. } = &model;
    let starter = model.starter();
    let doc = format!("The call that [`{name}`](fn@{name}) makes.");
    // Items of the body are seen in it and nowhere else.
    let body = match items.is_empty() {
        true => quote!(#forms #frame),
        false => quote! {
            const _: () = {
                #(#items)*
                #forms
                #frame
            };
        },
    };
    let all = quote! {
        #(#attributes)*
        #visibility #starter

        #[doc = #doc]
        #[allow(unused_qualifications)]
        #visibility mod #name {
            #[allow(unused_imports)]
            use super::*;
            #checked
            #aliases
            #call
            #body
        }
    };
    Ok(match &options.root {
        Some(root) => paths::rooted(all, root),
        None => all,
    })
}

/// An expression that a macro has passed on is one operand. It stands in an invisible group, which
/// rustc does not see when a macro gives it back, so it gets parentheses.
fn parenthesized(tokens: TokenStream) -> TokenStream {
    let one = |tree| match tree {
        // Others keep the places of both their ends.
        TokenTree::Group(group) if hides_groups(&group) => {
            let inside = parenthesized(group.stream());
            let (mut delimiter, mut span) = (group.delimiter(), group.span());
            if delimiter == Delimiter::None && is_operation(inside.clone()) {
                delimiter = Delimiter::Parenthesis;
                span = span.resolved_at(Span::call_site());
            }
            let mut group = Group::new(delimiter, inside);
            group.set_span(span);
            TokenTree::Group(group)
        }
        other => other,
    };
    tokens.into_iter().map(one).collect()
}

/// Whether a group is invisible or has invisible ones in it.
fn hides_groups(group: &Group) -> bool {
    let hides = |tree| matches!(tree, TokenTree::Group(inner) if hides_groups(&inner));
    group.delimiter() == Delimiter::None || group.stream().into_iter().any(hides)
}

/// Whether what is beside the tokens could become part of them.
fn is_operation(tokens: TokenStream) -> bool {
    match syn::parse2(tokens) {
        Ok(Expr::Range(range)) => range.start.is_some() || range.end.is_some(),
        Ok(
            Expr::Binary(_)
            | Expr::Unary(_)
            | Expr::Cast(_)
            | Expr::Assign(_)
            | Expr::Reference(_)
            | Expr::Closure(_),
        ) => true,
        _ => false,
    }
}

/// Takes types out of the invisible groups that they stand in when a macro has passed them on.
struct Types;

impl VisitMut for Types {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        while let Type::Group(group) = ty {
            *ty = (*group.elem).clone();
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// What stands in the parentheses of the attribute.
pub struct Options {
    /// Calls of other tasklets are boxed in the future form.
    pub recursive: bool,
    /// How the function names this crate, if not `::switchback`.
    pub root: Option<TokenStream>,
}

impl Options {
    pub fn of(arguments: TokenStream) -> Result<Self> {
        let parse = |input: ParseStream<'_>| {
            let mut options = Self { recursive: false, root: None };
            while !input.is_empty() {
                if input.peek(Token![crate]) {
                    input.parse::<Token![crate]>()?;
                    input.parse::<Token![=]>()?;
                    let root: syn::Path = input.parse()?;
                    options.root = Some(quote!(#root));
                } else {
                    let word: syn::Ident = input.parse()?;
                    if word != "recursive" {
                        return Err(Error::new(word.span(), ""));
                    }
                    options.recursive = true;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(options)
        };
        let refused = "expected #[tasklet], #[tasklet(recursive)] or #[tasklet(crate = path)], \
                       the path by which this crate is named here";
        let place = arguments.clone();
        parse.parse2(arguments).map_err(|_| Error::new_spanned(place, refused))
    }
}
