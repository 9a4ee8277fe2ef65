//! From the attribute to the three forms.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    AttrStyle, Error, ItemFn, Result, Token, Type,
    parse::{ParseStream, Parser},
    visit_mut::{self, VisitMut},
};

use crate::{check, configured, forms, frame, model::Model, paths};

/// The attribute.
pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function = parse(item)?;
    let (signature, body) = (&function.sig, &function.block);
    if configured::depends(quote!(#signature #body)) {
        let options = Options::of(arguments.clone())?;
        let wrapped = configured::wrap(&arguments, &function);
        return Ok(match &options.root {
            Some(root) => paths::rooted(wrapped, root),
            None => wrapped,
        });
    }
    expand_function(arguments, function)
}

/// The attribute of a function whose `cfg`s have been evaluated.
pub fn expand_configured(wrapped: TokenStream) -> Result<TokenStream> {
    let (arguments, function) = configured::unwrap(wrapped)?;
    expand_function(arguments, function)
}

fn parse(item: TokenStream) -> Result<ItemFn> {
    syn::parse2(item).map_err(|error| {
        Error::new(error.span(), format!("#[tasklet] expects an `async fn`: {error}"))
    })
}

fn expand_function(arguments: TokenStream, mut outside: ItemFn) -> Result<TokenStream> {
    // `#![..]` at the top of the body stands for `#[..]` in front of the function.
    outside.attrs.iter_mut().for_each(|attribute| attribute.style = AttrStyle::Outer);
    Types.visit_item_fn_mut(&mut outside);
    let options = Options::of(arguments)?;
    check::signature(&outside.sig)?;
    check::free(&outside)?;
    check::items(&outside.block)?;
    let inside = paths::from_inside(&outside)?;
    let model = Model::new(outside, inside, options.recursive)?;
    check::body(&model)?;
    let frame = frame::generate(&model)?;
    let (call, forms) = forms::generate(&model);

    let Model { attributes, visibility, name, items, aliases, .. } = &model;
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
