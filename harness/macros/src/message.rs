//! `#[message]`: derives and the impl, with bounds that do not ask too much.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, GenericParam, Path, Result, Token, Type, WherePredicate,
    parse_quote,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use crate::{
    check::{Errors, NoMessages},
    configured,
    model::is_backend,
};

mod serde;

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[message] takes no arguments"));
    }
    if configured::depends(item.clone()) {
        parse(item.clone())?;
        return Ok(configured::wrap_message(&item));
    }
    expand_item(item)
}

fn parse(item: TokenStream) -> Result<DeriveInput> {
    syn::parse2(item).map_err(|error| {
        Error::new(error.span(), format!("#[message] expects a struct or an enum: {error}"))
    })
}

/// The attribute of a type in which nothing depends on a `cfg`.
pub fn expand_item(item: TokenStream) -> Result<TokenStream> {
    let mut item = parse(item)?;
    check(&item)?;

    let parameters = parameter_bounds(&item);
    let bound = quote!(#(#parameters),*).to_string();
    let mut generics = item.generics.clone();
    generics.make_where_clause().predicates.extend(parameters);
    let (implement, apply, bounds) = generics.split_for_impl();
    let (derives, shape) = (derives(&item.attrs)?, shape(&item));
    // Behind a derive of the author's, which makes `serde` known.
    item.attrs.extend(serde::added(&item.attrs, &bound));
    let name = &item.ident;
    Ok(quote! {
        #[derive(#(#derives),*)]
        #item

        #[automatically_derived]
        impl #implement ::switchback::Message for #name #apply #bounds {
            fn describe(__shapes: &mut ::switchback::shape::Shapes) {
                #shape
            }
        }
    })
}

fn check(item: &DeriveInput) -> Result<()> {
    let mut errors = Errors::default();
    if let Data::Union(union) = &item.data {
        errors.add(
            union.union_token,
            "a union cannot be a message: it does not say which of its fields it holds",
        );
    }
    for parameter in &item.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.add(lifetime, BORROWED);
        }
    }
    let fields: Vec<&syn::Field> = match &item.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|v| &v.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    serde::check(&item.attrs, serde::Place::Container, &mut errors);
    if let Data::Enum(data) = &item.data {
        for variant in &data.variants {
            serde::check(&variant.attrs, serde::Place::Variant, &mut errors);
        }
    }
    for field in fields {
        serde::check(&field.attrs, serde::Place::Field, &mut errors);
        Borrows(&mut errors).visit_type(&field.ty);
        if !serde::is_told(&field.attrs) && !serde::is_told(&item.attrs) {
            NoMessages { generics: &item.generics, errors: &mut errors }.look(&field.ty);
        }
        let name = item.ident.to_string();
        if names(field.ty.to_token_stream(), &name) {
            errors.add(
                &field.ty,
                &format!(
                    "`{name}` contains itself: bytes that nest it deep enough would overflow the \
                     native stack when read; keep the items in a `Vec` and refer to them by index"
                ),
            );
        }
    }
    errors.into_result()
}

const BORROWED: &str = "a message outlives its sender, so it cannot borrow: own the data \
                        (`String` for `&str`, `Vec<T>` for `&[T]`)";

struct Borrows<'a>(&'a mut Errors);

impl<'ast> Visit<'ast> for Borrows<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(_) => self.0.add(ty, BORROWED),
            _ => visit::visit_type(self, ty),
        }
    }
}

/// Whether `name` stands in the tokens as a type of this module, not as part of a longer path.
fn names(tokens: TokenStream, name: &str) -> bool {
    let mut qualified = false;
    tokens.into_iter().any(|tree| {
        let found = match &tree {
            TokenTree::Ident(word) => (word == name && !qualified) || word == "Self",
            TokenTree::Group(group) => names(group.stream(), name),
            _ => false,
        };
        qualified = matches!(&tree, TokenTree::Punct(p) if p.as_char() == ':');
        found
    })
}

/// Name, fields and variants in their order, as `Message::describe` wants them.
fn shape(item: &DeriveInput) -> TokenStream {
    let name = item.ident.to_string();
    let parts = match &item.data {
        Data::Struct(data) => fields(&data.fields),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let (word, parts) = (format!("|{}", variant.ident), fields(&variant.fields));
                quote!(__shapes.word(#word); #parts)
            });
            quote!(#(#variants)*)
        }
        Data::Union(_) => TokenStream::new(),
    };
    let arguments = item.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(t) if is_backend(&item.generics, &t.ident) => None,
        GenericParam::Type(t) => {
            let name = &t.ident;
            Some(quote!(__shapes.part::<#name>();))
        }
        GenericParam::Const(c) => {
            let name = &c.ident;
            Some(quote!(__shapes.word(&::std::format!("{:?}", #name));))
        }
        GenericParam::Lifetime(_) => None,
    });
    quote! {
        #[allow(unused_imports)]
        use ::switchback::shape::Foreign as _;
        __shapes.named::<Self>(
            ::core::concat!(::core::module_path!(), "::", #name),
            |__shapes| { #(#arguments)* },
            |__shapes| { #parts },
        );
    }
}

fn fields(fields: &syn::Fields) -> TokenStream {
    let parts = fields.iter().map(|field| {
        let (name, ty) = (field.ident.as_ref().map(ToString::to_string), &field.ty);
        let attributes = field.attrs.iter().filter(|a| a.path().is_ident("serde"));
        let attributes: String = attributes.map(|a| a.to_token_stream().to_string()).collect();
        let (word, text) = (name.unwrap_or_default() + &attributes, ty.to_token_stream());
        let text = text.to_string();
        quote! {
            __shapes.word(#word);
            ::switchback::shape::Part::<#ty>::new(#text).__describe(__shapes);
        }
    });
    quote!(#(#parts)*)
}

/// What must be derived and is not yet.
fn derives(attributes: &[Attribute]) -> Result<Vec<TokenStream>> {
    let mut present = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("derive")) {
        let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)?;
        present.extend(paths.iter().filter_map(|p| Some(p.segments.last()?.ident.to_string())));
    }
    let wanted = [
        ("Clone", quote!(::core::clone::Clone)),
        ("Serialize", quote!(::switchback::__private::serde::Serialize)),
        ("Deserialize", quote!(::switchback::__private::serde::Deserialize)),
    ];
    // What an author derives above, or implements elsewhere, a macro does not see. Then rustc says
    // that two impls conflict, here and there.
    let missing = wanted.into_iter().filter(|(name, _)| !present.iter().any(|p| p == name));
    Ok(missing.map(|(_, path)| path).collect())
}

/// Bounds for serde and the impl: parameters are messages, backends need nothing.
fn parameter_bounds(item: &DeriveInput) -> Vec<WherePredicate> {
    let parameters = item.generics.type_params().map(|p| &p.ident);
    let messages = parameters.filter(|name| !is_backend(&item.generics, name));
    messages.map(|name| parse_quote!(#name: ::switchback::Message)).collect()
}
