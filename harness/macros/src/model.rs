//! What `#[tasklet]` knows about the function it stands on.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{
    Attribute, Block, Error, FnArg, GenericParam, Generics, Ident, Item, ItemFn, Pat, Result,
    Signature, Stmt, Token, Type, TypeParamBound, Visibility, WherePredicate, parse_quote,
    visit::Visit,
};

/// One argument.
pub struct Argument {
    pub name: Ident,
    pub mutable: Option<Token![mut]>,
    pub ty: Type,
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
    /// The function as it was written.
    pub source: TokenStream,
}

impl Model {
    pub fn new(outside: ItemFn, inside: ItemFn, recursive: bool) -> Result<Self> {
        let signature = inside.sig;
        let backend = backend(&signature)?;
        let (output, returns) = output(&signature)?;
        let mut body = *inside.block;
        let mut arguments = Vec::new();
        for (index, input) in signature.inputs.into_iter().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let ty = *typed.ty;
            arguments.push(match *typed.pat {
                Pat::Ident(p) if p.by_ref.is_none() && p.subpat.is_none() => {
                    Argument { name: p.ident, mutable: p.mutability, ty, pattern: None }
                }
                pattern => {
                    let name = format_ident!("__argument{index}");
                    Argument { name, mutable: None, ty, pattern: Some(pattern) }
                }
            });
        }
        let (items, statements) =
            std::mem::take(&mut body.stmts).into_iter().partition(is_shared_item);
        body.stmts = statements;
        let source = quote::ToTokens::to_token_stream(&outside);
        let lints = outside.attrs.iter().filter(|a| a.path().is_ident("allow")).cloned();
        Ok(Self {
            lints: lints.collect(),
            attributes: outside.attrs,
            visibility: outside.vis,
            name: outside.sig.ident.clone(),
            outside: outside.sig,
            generics: signature.generics,
            backend,
            arguments,
            output,
            returns,
            body,
            items,
            recursive,
            source,
        })
    }

    /// The plain function that makes a call.
    pub fn starter(&self) -> TokenStream {
        let mut sig = self.outside.clone();
        let name = &self.name;
        let (_, arguments, _) = sig.generics.split_for_impl();
        sig.output = parse_quote!(-> #name::Call #arguments);
        sig.asyncness = None;
        for (input, argument) in sig.inputs.iter_mut().zip(&self.arguments) {
            if let FnArg::Typed(typed) = input {
                let name = &argument.name;
                *typed.pat = parse_quote!(#name);
            }
        }
        let names = self.arguments.iter().map(|a| &a.name);
        quote!(#sig { #name::Call { #(#names,)* __types: ::core::marker::PhantomData } })
    }

    /// Statements that take the arguments apart, in the order in which plain Rust would: with a
    /// pattern among them, each argument becomes a local in its turn.
    pub fn argument_patterns(&self) -> Vec<Stmt> {
        let Some(first) = self.arguments.iter().position(|a| a.pattern.is_some()) else {
            return Vec::new();
        };
        let statement = |(index, a): (usize, &Argument)| -> Stmt {
            let (mutable, name, ty) = (&a.mutable, &a.name, &a.ty);
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

/// The first type parameter bound by a backend trait.
fn backend(signature: &Signature) -> Result<Ident> {
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

/// The return type and what is inside its `Result`.
fn output(signature: &Signature) -> Result<(Type, Type)> {
    let wrong = |span: Span| {
        Error::new(span, "a tasklet returns `Result<_, Error>`: every await in it can fail")
    };
    let syn::ReturnType::Type(_, ty) = &signature.output else {
        return Err(wrong(signature.ident.span()));
    };
    let refuse = || wrong(syn::spanned::Spanned::span(ty));
    let Type::Path(path) = &**ty else { return Err(refuse()) };
    let Some(last) = path.path.segments.last() else { return Err(refuse()) };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Err(refuse());
    };
    let types: Vec<&syn::GenericArgument> = arguments.args.iter().collect();
    match types[..] {
        [syn::GenericArgument::Type(returns), syn::GenericArgument::Type(Type::Path(error))]
            if last.ident == "Result"
                && error.path.segments.last().is_some_and(|s| s.ident == "Error") =>
        {
            Ok(((**ty).clone(), returns.clone()))
        }
        _ => Err(refuse()),
    }
}

/// Whether the forms share an item of the body: all but macros, which are seen behind them only.
fn is_shared_item(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Item(item) if !matches!(item, Item::Macro(_)))
}
