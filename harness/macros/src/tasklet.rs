//! From the attribute to the three forms.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::{check, forms, frame, model::Model, paths};

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let recursive = recursive(arguments)?;
    let outside: ItemFn = syn::parse2(item).map_err(|error| {
        Error::new(error.span(), format!("#[tasklet] expects an `async fn`: {error}"))
    })?;
    check::signature(&outside.sig)?;
    let inside = paths::from_inside(&outside)?;
    let model = Model::new(outside, inside, recursive)?;
    check::body(&model)?;
    let frame = frame::generate(&model)?;
    let call = forms::generate(&model);

    let Model { attributes, visibility, name, .. } = &model;
    let starter = model.starter();
    let items = &model.items;
    let doc = format!("The call that [`{name}`](fn@{name}) makes.");
    Ok(quote! {
        #(#attributes)*
        #visibility #starter

        #[doc = #doc]
        #visibility mod #name {
            #[allow(unused_imports)]
            use super::*;
            #(#items)*
            #call
            #frame
        }
    })
}

fn recursive(arguments: TokenStream) -> Result<bool> {
    if arguments.is_empty() {
        return Ok(false);
    }
    match syn::parse2::<syn::Ident>(arguments.clone()) {
        Ok(word) if word == "recursive" => Ok(true),
        _ => Err(Error::new_spanned(arguments, "expected #[tasklet] or #[tasklet(recursive)]")),
    }
}
