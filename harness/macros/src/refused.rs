//! What stands in the place of a function that is refused, so that its callers compile and the
//! refusal is the only error.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, FnArg, GenericParam, Ident, ItemFn, parse_quote};

use crate::model;

/// The errors, and a function that its callers can call.
///
/// A constant with an error in it has no value, and a type in which it stands is no type: rustc says
/// nothing more about what has to do with it, whatever a caller hands over or expects.
pub fn stub(function: &ItemFn, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let mut sig = function.sig.clone();
    (sig.asyncness, sig.unsafety, sig.constness) = (None, None, None);
    let (visibility, name) = (&function.vis, sig.ident.clone());
    let no_type = |types: TokenStream, constant: TokenStream| quote!(<(#types) as ::switchback::frame::Returned<{ #constant }>>::Whole);
    // A module cannot stand in the `impl` that these are of.
    let method = matches!(sig.inputs.first(), Some(FnArg::Receiver(_)))
        || crate::macros::contains(function.to_token_stream(), &["Self"]);
    if method {
        let output = no_type(quote!(), quote!(#error true));
        sig.output = parse_quote!(-> #output);
        sig.generics.make_where_clause().predicates.push(parse_quote!(Self: ::core::marker::Sized));
        return quote! {
            #[allow(warnings, clippy::all)]
            #visibility #sig {
                ::switchback::frame::never()
            }
        };
    }
    let outside = no_type(quote!(), quote!(#name::__REFUSED));
    let types: Vec<Ident> = sig.generics.type_params().map(|t| t.ident.clone()).collect();
    let inside = no_type(quote!(#(#types,)*), quote!(__REFUSED));
    let mut generics = sig.generics.clone();
    generics.params = std::mem::take(&mut generics.params)
        .into_iter()
        .filter(|p| matches!(p, GenericParam::Type(_)))
        .collect();
    generics.where_clause = None;
    for parameter in generics.type_params_mut() {
        parameter.bounds.clear();
        (parameter.colon_token, parameter.eq_token) = (None, None);
        parameter.default = None;
    }
    if let Ok(backend) = model::backend(&sig) {
        generics = model::with_defaults(&generics, &backend);
    }
    for (at, input) in sig.inputs.iter_mut().enumerate() {
        let name = quote::format_ident!("__{at}");
        *input = parse_quote!(#name: #outside);
    }
    sig.output = parse_quote!(-> #outside);
    quote! {
        #[allow(warnings, clippy::all)]
        #visibility #sig {
            ::switchback::frame::never()
        }

        #[doc(hidden)]
        #[allow(warnings, clippy::all)]
        #visibility mod #name {
            pub const __REFUSED: bool = {
                #error
                true
            };

            pub type Call #generics = #inside;
        }
    }
}
