//! What `#[tasklet]` knows about the function it stands on.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{
    Attribute, Block, Error, FnArg, GenericParam, Generics, Ident, Item, ItemFn, Pat, Result,
    Signature, Stmt, Token, Type, TypeParamBound, Visibility, WherePredicate, parse_quote,
    visit_mut::{self, VisitMut},
};

/// One argument; patterns other than a name are taken apart by the first statement of the body.
pub struct Argument {
    pub name: Ident,
    pub mutable: Option<Token![mut]>,
    pub ty: Type,
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
    pub items: Vec<Item>,
    /// Calls of other tasklets are boxed in the future form.
    pub recursive: bool,
}

impl Model {
    pub fn new(outside: ItemFn, inside: ItemFn, recursive: bool) -> Result<Self> {
        let signature = inside.sig;
        let backend = backend(&signature)?;
        let (output, returns) = output(&signature)?;
        let mut body = *inside.block;
        let mut arguments = Vec::new();
        let mut patterns = Vec::new();
        for (index, input) in signature.inputs.into_iter().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let ty = *typed.ty;
            match *typed.pat {
                Pat::Ident(p) if p.by_ref.is_none() && p.subpat.is_none() => {
                    arguments.push(Argument { name: p.ident, mutable: p.mutability, ty });
                }
                pattern => {
                    let name = format_ident!("__argument{index}");
                    patterns.push(parse_quote!(let #pattern: #ty = #name;));
                    arguments.push(Argument { name, mutable: None, ty });
                }
            }
        }
        body.stmts.splice(0..0, patterns);
        let mut hoist = Items(Vec::new());
        hoist.visit_block_mut(&mut body);
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
            items: hoist.0,
            recursive,
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

/// Moves items out of the body: diapause would lose them, and the forms can share them.
struct Items(Vec<Item>);

impl VisitMut for Items {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut kept = Vec::with_capacity(block.stmts.len());
        for statement in block.stmts.drain(..) {
            match statement {
                Stmt::Item(item) => self.0.push(item),
                other => kept.push(other),
            }
        }
        block.stmts = kept;
        visit_mut::visit_block_mut(self, block);
    }
}
