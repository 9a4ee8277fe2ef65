//! What `#[tasklet]` knows about the function it stands on.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Block, Error, FnArg, GenericParam, Generics, Ident, Item, ItemFn, Pat, Result,
    Signature, Stmt, Token, Type, TypeParamBound, Visibility, WherePredicate, parse_quote,
    parse_quote_spanned, visit::Visit,
};

/// One argument.
pub struct Argument {
    pub name: Ident,
    pub mutable: Option<Token![mut]>,
    pub ty: Type,
    /// Another name of its type, where items of the body would hide it.
    pub alias: Option<Type>,
    /// What takes it apart, if it is no name.
    pub pattern: Option<Pat>,
}

/// A checked tasklet function. Types, body and items read as from inside the generated module.
pub struct Model {
    /// What the author wrote, for the function that stays outside.
    outside: Signature,
    /// Lint levels of the author, for the generated module too.
    pub lints: Vec<Attribute>,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    pub generics: Generics,
    /// The backend parameter, usually `B`.
    pub backend: Ident,
    pub arguments: Vec<Argument>,
    /// `Result<R, Error>` as written.
    pub output: Type,
    /// The `R` in it.
    pub returns: Type,
    pub body: Block,
    /// Items of the body, shared by the forms.
    pub items: Vec<Stmt>,
    /// Calls of other tasklets are boxed in the future form.
    pub recursive: bool,
    /// Names for the types of the signature, where items of the body would hide them.
    pub aliases: TokenStream,
    /// A constant by which rustc says what is wrong with the return type.
    pub checked: TokenStream,
    /// The function as it was written.
    pub source: TokenStream,
}

impl Model {
    pub fn new(outside: ItemFn, inside: ItemFn, recursive: bool) -> Result<Self> {
        let signature = inside.sig;
        let backend = backend(&signature)?;
        let Output { whole: mut output, value: mut returns, checked } = output(&signature)?;
        let generics = signature.generics;
        let mut body = *inside.block;
        // With the places of both its ends.
        body.brace_token = outside.block.brace_token;
        let mut arguments = Vec::new();
        for (index, input) in signature.inputs.into_iter().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let ty = *typed.ty;
            arguments.push(match *typed.pat {
                Pat::Ident(p) if p.by_ref.is_none() && p.subpat.is_none() => Argument {
                    name: p.ident,
                    mutable: p.mutability,
                    ty,
                    alias: None,
                    pattern: None,
                },
                pattern => {
                    let span = syn::spanned::Spanned::span(&pattern);
                    let name = format_ident!("__argument{index}", span = span);
                    Argument { name, mutable: None, ty, alias: None, pattern: Some(pattern) }
                }
            });
        }
        let (items, statements) =
            std::mem::take(&mut body.stmts).into_iter().partition(is_shared_item);
        body.stmts = statements;
        let source = quote::ToTokens::to_token_stream(&outside);
        let mut aliases = TokenStream::new();
        if hides(&items, &outside.sig) {
            let mut alias = |name: &str, ty: &mut Type| {
                let name = Ident::new(name, Span::call_site());
                let before = quote::ToTokens::to_token_stream(ty);
                // An alias has only parameters that it uses.
                let mut own = generics.clone();
                own.params = std::mem::take(&mut own.params)
                    .into_iter()
                    .filter(|p| match p {
                        GenericParam::Type(t) => mentions(&before, &t.ident),
                        GenericParam::Const(c) => mentions(&before, &c.ident),
                        GenericParam::Lifetime(_) => false,
                    })
                    .collect();
                own.where_clause = own.where_clause.take().filter(|_| !own.params.is_empty());
                let (_, apply, bounds) = own.split_for_impl();
                aliases.extend(quote! {
                    #[allow(type_alias_bounds, missing_docs, non_camel_case_types)]
                    pub type #name #own #bounds = #before;
                });
                *ty = parse_quote!(#name #apply);
            };
            alias("__Output", &mut output);
            alias("__Return", &mut returns);
            for (index, argument) in arguments.iter_mut().enumerate() {
                let mut ty = argument.ty.clone();
                alias(&format!("__Argument{index}"), &mut ty);
                argument.alias = Some(ty);
            }
        }
        let lints = outside.attrs.iter().filter(|a| a.path().is_ident("allow")).cloned();
        Ok(Self {
            lints: lints.collect(),
            attributes: outside.attrs,
            visibility: outside.vis,
            name: outside.sig.ident.clone(),
            outside: outside.sig,
            generics,
            backend,
            arguments,
            output,
            returns,
            body,
            items,
            recursive,
            checked,
            aliases,
            source,
        })
    }

    /// The plain function that makes a call.
    pub fn starter(&self) -> TokenStream {
        let mut sig = self.outside.clone();
        let name = &self.name;
        let (_, arguments, _) = sig.generics.split_for_impl();
        // All of it is the author's for rustc, which says nothing about code of macros that is not
        // used.
        let span = syn::spanned::Spanned::span(&sig.output);
        sig.output = parse_quote_spanned!(span=> -> #name::Call #arguments);
        sig.asyncness = None;
        for (input, argument) in sig.inputs.iter_mut().zip(&self.arguments) {
            if let FnArg::Typed(typed) = input {
                let name = &argument.name;
                *typed.pat = parse_quote!(#name);
            }
        }
        let names = self.arguments.iter().map(|a| &a.name);
        let call = quote!(#name::Call { #(#names,)* __types: ::core::marker::PhantomData });
        let mut body = Group::new(Delimiter::Brace, call);
        body.set_span(self.body.brace_token.span.join());
        quote!(#sig #body)
    }

    /// The generics of the call.
    pub fn generics_with_defaults(&self) -> Generics {
        with_defaults(&self.generics, &self.backend)
    }

    /// Statements that take the arguments apart, in the order in which plain Rust would: with a
    /// pattern among them, each argument becomes a local in its turn.
    pub fn argument_patterns(&self) -> Vec<Stmt> {
        let Some(first) = self.arguments.iter().position(|a| a.pattern.is_some()) else {
            return Vec::new();
        };
        let statement = |(index, a): (usize, &Argument)| -> Stmt {
            let (mutable, name) = (&a.mutable, &a.name);
            let ty = a.alias.as_ref().unwrap_or(&a.ty);
            match &a.pattern {
                Some(Pat::Wild(_)) => {
                    let unread = format_ident!("__unread{index}");
                    parse_quote!(let #unread: #ty = #name;)
                }
                Some(pattern) => parse_quote!(let #pattern: #ty = #name;),
                None => parse_quote!(let #mutable #name: #ty = #name;),
            }
        };
        self.arguments.iter().enumerate().skip(first).map(statement).collect()
    }

    /// Whether tokens name a parameter of the function.
    pub fn is_generic(&self, tokens: &TokenStream) -> bool {
        is_generic(&self.generics, tokens)
    }

    /// Names of the macros that the function makes itself.
    pub fn rules(&self) -> HashSet<String> {
        struct Rules(HashSet<String>);
        impl<'ast> Visit<'ast> for Rules {
            fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
                self.0.extend(item.ident.as_ref().map(ToString::to_string));
            }
        }
        let mut rules = Rules(HashSet::new());
        rules.visit_block(&self.body);
        self.items.iter().for_each(|item| rules.visit_stmt(item));
        rules.0
    }

    pub fn type_parameters(&self) -> impl Iterator<Item = &Ident> {
        self.generics.params.iter().filter_map(|p| match p {
            GenericParam::Type(t) => Some(&t.ident),
            _ => None,
        })
    }
}

/// The generics of a call. What the author does not write stands for itself, so that an error says
/// what is missing, not how many parameters there are.
pub fn with_defaults(generics: &Generics, backend: &Ident) -> Generics {
    let mut generics = generics.clone();
    let first =
        matches!(generics.params.first(), Some(GenericParam::Type(t)) if t.ident == *backend);
    if first && generics.params.iter().all(|p| matches!(p, GenericParam::Type(_))) {
        for parameter in generics.type_params_mut().skip(1) {
            if parameter.default.is_none() {
                parameter.eq_token = Some(Default::default());
                parameter.default =
                    Some(parse_quote!(::switchback::frame::TypeMustBeWritten<#backend>));
            }
        }
    }
    generics
}

/// The first type parameter bound by a backend trait.
pub fn backend(signature: &Signature) -> Result<Ident> {
    let generics = &signature.generics;
    let mut parameters = generics.type_params().map(|p| &p.ident);
    parameters.find(|name| is_backend(generics, name)).cloned().ok_or_else(|| {
        let name = &signature.ident;
        let text = "a tasklet is generic over its backend: write `async fn ";
        Error::new(name.span(), format!("{text}{name}<B: Backend>(..)`"))
    })
}

/// Whether type parameter `name` is bound by a backend trait.
pub fn is_backend(generics: &Generics, name: &Ident) -> bool {
    let direct = generics.type_params().filter(|p| p.ident == *name).flat_map(|p| &p.bounds);
    let clauses = generics.where_clause.iter().flat_map(|w| &w.predicates);
    let in_clauses = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Type(p) => Some(p),
        _ => None,
    });
    let of_name = |ty: &Type| matches!(ty, Type::Path(path) if path.path.is_ident(name));
    let in_clauses = in_clauses.filter(|p| of_name(&p.bounded_ty)).flat_map(|p| &p.bounds);
    direct.chain(in_clauses).any(|bound| match bound {
        TypeParamBound::Trait(t) => t.path.segments.last().is_some_and(|segment| {
            ["Backend", "Blocking", "Portable"].iter().any(|name| segment.ident == name)
        }),
        _ => false,
    })
}

/// What a function returns.
struct Output {
    /// The whole of it.
    whole: Type,
    /// What is inside its `Result`.
    value: Type,
    /// Says what is wrong with it, where only rustc knows.
    checked: TokenStream,
}

/// The return type and what is inside its `Result`.
fn output(signature: &Signature) -> Result<Output> {
    let none = |place: &dyn quote::ToTokens, found: &str| {
        let text = "every await in it can fail";
        let text = format!("a tasklet returns `Result<_, Error>`, not `{found}`: {text}");
        Err(Error::new_spanned(place, text))
    };
    let syn::ReturnType::Type(_, ty) = &signature.output else {
        return none(&signature.ident, "()");
    };
    let span = syn::spanned::Spanned::span(ty);
    let none = || none(ty, &crate::check::text_of(ty));
    let Type::Path(path) = &**ty else { return none() };
    let Some(last) = path.path.segments.last() else { return none() };
    let types: Vec<&syn::GenericArgument> = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    };
    let generic =
        |ty: &Type| is_generic(&signature.generics, &quote::ToTokens::to_token_stream(ty));
    // A constant of a type that does not have it is an error, said once: types in which the constant
    // stands are of no type then, and rustc says nothing about them.
    let checked = |ty: &Type, by: &str| {
        let (span, by) = (syn::spanned::Spanned::span(ty), Ident::new(by, span));
        quote_spanned! {span=>
            #[doc(hidden)]
            #[allow(dead_code, missing_docs)]
            pub const __RETURNED: bool = <#ty as ::switchback::frame::#by>::CHECKED;
        }
    };
    let whole = quote_spanned!(span=> <#ty as ::switchback::frame::Returned<__RETURNED>>::Whole);
    if last.ident == "Result"
        && let [syn::GenericArgument::Type(value), syn::GenericArgument::Type(error)] = types[..]
    {
        if is_named(error, "Error") {
            let (whole, value) = ((**ty).clone(), value.clone());
            return Ok(Output { whole, value, checked: TokenStream::new() });
        }
        if is_known(error) || generic(error) {
            let text = crate::check::text_of(error);
            let text = format!(
                "the error of a tasklet is `switchback::Error`, not `{text}`: convert yours, \
                 `.map_err(Error::from_error)?` or `Error::new(..)`"
            );
            // Others may not be sendable.
            let text = match is_named(error, "Box") {
                true => text,
                false => format!(
                    "{text}, or return it in the value, `Result<Result<_, {}>, Error>`",
                    crate::check::text_of(error)
                ),
            };
            return Err(Error::new_spanned(ty, text));
        }
        return Ok(Output {
            whole: syn::parse2(whole)?,
            value: value.clone(),
            checked: checked(error, "ReturnedError"),
        });
    }
    if is_known(ty) {
        return none();
    }
    // By another name, which rustc resolves.
    let value = quote_spanned!(span=> <#ty as ::switchback::frame::ReturnedAs>::Value);
    if generic(ty) {
        let (whole, value) = ((**ty).clone(), syn::parse2(value)?);
        return Ok(Output { whole, value, checked: TokenStream::new() });
    }
    let value = quote_spanned!(span=> <#ty as ::switchback::frame::Returned<__RETURNED>>::Value);
    Ok(Output {
        whole: syn::parse2(whole)?,
        value: syn::parse2(value)?,
        checked: checked(ty, "ReturnedAs"),
    })
}

/// Whether tokens name a parameter.
fn is_generic(generics: &Generics, tokens: &TokenStream) -> bool {
    generics.params.iter().any(|parameter| match parameter {
        GenericParam::Type(t) => mentions(tokens, &t.ident),
        GenericParam::Const(c) => mentions(tokens, &c.ident),
        GenericParam::Lifetime(_) => false,
    })
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(p) if p.path.segments.last().is_some_and(|s| s.ident == name))
}

/// Whether a type is surely another one than `Result<_, Error>` or `Error`.
fn is_known(ty: &Type) -> bool {
    !matches!(ty, Type::Path(_))
        || crate::types::is_plain(ty)
        || ["String", "Option", "Vec", "Box", "char"].iter().any(|name| is_named(ty, name))
}

fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    crate::macros::contains(tokens.clone(), &[&name.to_string()])
}

/// Whether items of the body may hide names of the signature.
fn hides(items: &[Stmt], signature: &Signature) -> bool {
    items.iter().any(|statement| match statement {
        Stmt::Item(Item::Use(_)) => true,
        Stmt::Item(item) => crate::check::declared(item).is_some_and(|name| {
            let name = name.to_string();
            let tokens = quote::ToTokens::to_token_stream(signature);
            crate::macros::contains(tokens, &[&name])
        }),
        _ => false,
    })
}

/// Whether the forms share an item of the body: all but macros, which are seen behind them only.
fn is_shared_item(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Item(item) if !matches!(item, Item::Macro(_)))
}
