//! Types of locals, as far as the source shows them.
//!
//! A frame stores what is kept over an await, so its type must be written somewhere. This finds
//! the ones that an author should not have to repeat; where in doubt it knows nothing.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{BinOp, Expr, GenericArgument, Ident, Lit, PathArguments, Type, UnOp, parse_quote};

use crate::{expression::peel, hygiene::Hygiene, lower::graph::Ending, model::Model};

mod patterns;

pub use patterns::bindings;

/// The locals in scope, innermost scope last.
pub struct Types<'a> {
    model: &'a Model,
    scopes: Vec<Vec<(String, Hygiene, Option<Type>)>>,
}

const NUMBERS: [&str; 14] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

impl<'a> Types<'a> {
    pub fn new(model: &'a Model) -> Self {
        let arguments = model.arguments.iter().map(|a| (&a.name, &a.ty));
        let numbers = model.generics.const_params().map(|p| (&p.ident, &p.ty));
        let known = arguments.chain(numbers);
        let known = known.map(|(name, ty)| (name.to_string(), Hygiene::of(name), Some(ty.clone())));
        Self { model, scopes: vec![known.collect()] }
    }

    pub fn enter(&mut self) {
        self.scopes.push(Vec::new());
    }

    pub fn leave(&mut self) {
        self.scopes.pop();
    }

    /// A new local; `None` hides an outer one whose type was known.
    pub fn declare(&mut self, name: &Ident, ty: Option<Type>) {
        self.declare_in(&name.to_string(), Hygiene::of(name), ty);
    }

    pub fn declare_in(&mut self, name: &str, hygiene: Hygiene, ty: Option<Type>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name.to_owned(), hygiene, ty));
        }
    }

    fn local(&self, name: &Ident) -> Option<Type> {
        let (text, hygiene) = (name.to_string(), Hygiene::of(name));
        let mut all = self.scopes.iter().flatten().rev().filter(|(n, ..)| *n == text);
        let first = all.next()?;
        let own = [first].into_iter().chain(all).find(|(_, h, _)| h.agrees(hygiene));
        own.unwrap_or(first).2.clone()
    }

    /// The type of `e`, if the source shows it.
    pub fn of(&self, e: &Expr) -> Option<Type> {
        match peel(e) {
            Expr::Lit(lit) => literal(&lit.lit),
            Expr::Path(p) if p.qself.is_none() => match p.path.get_ident() {
                Some(name) => self.local(name),
                None => associated(&p.path),
            },
            Expr::Unary(u) if !matches!(u.op, UnOp::Deref(_)) => self.of(&u.expr).filter(is_plain),
            Expr::Binary(b) => self.binary(b),
            Expr::Cast(c) => Some((*c.ty).clone()),
            Expr::Tuple(t) => {
                let elems = t.elems.iter().map(|e| self.of(e)).collect::<Option<Vec<_>>>()?;
                Some(parse_quote!((#(#elems,)*)))
            }
            Expr::Repeat(r) => {
                let (ty, len) = (self.of(&r.expr)?, &r.len);
                Some(parse_quote!([#ty; #len]))
            }
            Expr::Array(a) => {
                let (ty, len) = (a.elems.first().and_then(|e| self.of(e))?, a.elems.len());
                Some(parse_quote!([#ty; #len]))
            }
            Expr::Field(f) => match (self.of(&f.base)?, &f.member) {
                (Type::Tuple(t), syn::Member::Unnamed(at)) => {
                    t.elems.get(at.index as usize).cloned()
                }
                _ => None,
            },
            Expr::Index(i) if !matches!(peel(&i.index), Expr::Range(_)) => {
                match self.of(&i.expr)? {
                    Type::Array(a) => Some(*a.elem),
                    vec => inside(&vec, "Vec"),
                }
            }
            Expr::Macro(m) if m.mac.path.is_ident("format") => Some(parse_quote!(String)),
            Expr::Macro(m) if m.mac.path.is_ident("vec") => self.vec(&m.mac.tokens),
            Expr::Try(t) => {
                let ty = self.of(&t.expr)?;
                inside(&ty, "Result").or_else(|| inside(&ty, "Option"))
            }
            Expr::Await(a) => self.awaited(&a.base).map(|ty| result(&ty)),
            Expr::MethodCall(m) => self.method(m),
            Expr::Call(c) => self.call(c),
            Expr::Block(b) if b.label.is_none() => self.tail(&b.block),
            Expr::If(i) => {
                let other = i.else_branch.as_ref()?;
                self.tail(&i.then_branch).or_else(|| self.of(&other.1))
            }
            _ => None,
        }
    }

    /// The type of a block without locals, whose names would hide others.
    fn tail(&self, block: &syn::Block) -> Option<Type> {
        let hides = |s: &syn::Stmt| matches!(s, syn::Stmt::Local(_) | syn::Stmt::Item(_));
        if block.stmts.iter().any(hides) {
            return None;
        }
        match block.stmts.last()? {
            syn::Stmt::Expr(e, None) => self.of(e),
            _ => None,
        }
    }

    /// The types of the names in a pattern, from the value that it takes apart.
    pub fn bindings(
        &self,
        pattern: &syn::Pat,
        value: &Expr,
        out: &mut Vec<(syn::PatIdent, Option<Type>)>,
    ) {
        match (pattern, peel(value)) {
            (syn::Pat::Tuple(names), Expr::Tuple(values))
                if names.elems.len() == values.elems.len()
                    && !names.elems.iter().any(|p| matches!(p, syn::Pat::Rest(_))) =>
            {
                for (pattern, value) in names.elems.iter().zip(&values.elems) {
                    self.bindings(pattern, value, out);
                }
            }
            _ => bindings(pattern, self.of(value).as_ref(), out),
        }
    }

    fn binary(&self, b: &syn::ExprBinary) -> Option<Type> {
        let left = || self.of(&b.left).filter(is_plain);
        match b.op {
            BinOp::And(_)
            | BinOp::Or(_)
            | BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_) => Some(parse_quote!(bool)),
            BinOp::Shl(_) | BinOp::Shr(_) => left(),
            BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::BitXor(_) => left().or_else(|| {
                let bare = matches!(peel(&b.left), Expr::Lit(_));
                self.of(&b.right).filter(|ty| bare && is_plain(ty))
            }),
            _ => None,
        }
    }

    fn method(&self, m: &syn::ExprMethodCall) -> Option<Type> {
        let name = m.method.to_string();
        match name.as_str() {
            "len" if m.args.is_empty() => {
                let ty = self.of(&m.receiver)?;
                let known =
                    ["Vec", "VecDeque", "BTreeMap"].iter().any(|n| inside(&ty, n).is_some());
                (known || matches!(ty, Type::Array(_))).then(|| parse_quote!(usize))
            }
            "to_string" if m.args.is_empty() => Some(parse_quote!(String)),
            "clone" if m.args.is_empty() => {
                self.of(&m.receiver).filter(|ty| !matches!(ty, Type::Reference(_)))
            }
            "unwrap" | "expect" => {
                let ty = self.of(&m.receiver)?;
                inside(&ty, "Result").or_else(|| inside(&ty, "Option"))
            }
            "unwrap_err" | "expect_err" => patterns::failure(&self.of(&m.receiver)?),
            "ok" if m.args.is_empty() => {
                inside(&self.of(&m.receiver)?, "Result").map(|ty| option(&ty))
            }
            "err" if m.args.is_empty() => {
                patterns::failure(&self.of(&m.receiver)?).map(|ty| option(&ty))
            }
            "pop" if m.args.is_empty() => {
                inside(&self.of(&m.receiver)?, "Vec").map(|ty| option(&ty))
            }
            "take" if m.args.is_empty() => {
                inside(&self.of(&m.receiver)?, "Option").map(|ty| option(&ty))
            }
            "item" if m.args.is_empty() => {
                let ty = inside(&self.of(&m.receiver)?, "Result")?;
                Some(result(&parse_quote!(::core::option::Option<#ty>)))
            }
            _ if ["min", "max", "pow", "abs", "rem_euclid", "rotate_left", "rotate_right"]
                .contains(&name.as_str())
                || name.starts_with("wrapping_")
                || name.starts_with("saturating_") =>
            {
                self.of(&m.receiver).filter(is_plain)
            }
            _ => None,
        }
    }

    fn call(&self, c: &syn::ExprCall) -> Option<Type> {
        if let Some(operation) = crate::frame::finish(&Expr::Call(c.clone())) {
            let Expr::Closure(operation) = operation else { return None };
            return self.awaited(&operation.body).map(|ty| result(&ty));
        }
        let Expr::Path(p) = peel(&c.func) else { return None };
        if let Some(name) = self.of_backend(&p.path) {
            let backend = &self.model.backend;
            let handle = parse_quote!(<#backend as ::switchback::Backend>::Handle);
            return match name.ident.to_string().as_str() {
                "channel" => {
                    let item = only(&name.arguments)?;
                    Some(parse_quote!(#backend::Channel<#item>))
                }
                "spawn" => Some(handle),
                "generate" => {
                    let item = first_argument(&name.arguments)?;
                    Some(parse_quote!(::switchback::Generator<#backend, #item>))
                }
                "fork" => match c.args.first().map(peel) {
                    Some(Expr::Reference(r)) => self.of(&r.expr).map(|ty| result(&ty)),
                    _ => None,
                },
                "program" => Some(parse_quote!(::switchback::frame::FrameList)),
                "dump" => Some(result(&parse_quote!(::std::vec::Vec<u8>))),
                "spawn_paused" | "spawn_unbound" | "current" | "main" => Some(result(&handle)),
                _ => None,
            };
        }
        if p.path.is_ident("Some") {
            let ty = c.args.first().and_then(|a| self.of(a))?;
            return Some(parse_quote!(::core::option::Option<#ty>));
        }
        constructor(&p.path)
    }

    fn vec(&self, tokens: &TokenStream) -> Option<Type> {
        let list: Expr = syn::parse2(quote!([#tokens])).ok()?;
        let first = match &list {
            Expr::Repeat(r) => self.of(&r.expr),
            Expr::Array(a) => a.elems.first().and_then(|e| self.of(e)),
            _ => None,
        }?;
        Some(parse_quote!(Vec<#first>))
    }

    /// What is inside the `Result` of awaiting `base`.
    fn awaited(&self, base: &Expr) -> Option<Type> {
        match peel(base) {
            Expr::MethodCall(m) => match m.method.to_string().as_str() {
                "receive" | "next" => {
                    let on = self.of(&m.receiver)?;
                    self.channel_item(&on).or_else(|| {
                        let item = generated(&on)?;
                        Some(parse_quote!(::core::option::Option<#item>))
                    })
                }
                "send" | "send_error" => Some(parse_quote!(())),
                _ => None,
            },
            Expr::Call(c) => {
                let Expr::Path(p) = peel(&c.func) else { return None };
                if let Some(name) = self.of_backend(&p.path) {
                    let backend = &self.model.backend;
                    let handle = quote!(<#backend as ::switchback::Backend>::Handle);
                    return match name.ident.to_string().as_str() {
                        "schedule" | "run_others" | "checkpoint" => Some(parse_quote!(())),
                        "run_for" => Some(parse_quote!(::core::option::Option<#handle>)),
                        "schedule_value" | "schedule_remove" => {
                            Some(parse_quote!(::switchback::Value<#backend>))
                        }
                        _ => None,
                    };
                }
                let backend = &self.model.backend;
                let call = self.call_type(&p.path);
                Some(parse_quote!(<#call as ::switchback::Tasklet<#backend>>::Return))
            }
            _ => None,
        }
    }

    /// `f::Call<B>` for a path `f`, with the generics of a turbofish or of a self-call.
    fn call_type(&self, path: &syn::Path) -> Type {
        let mut path = path.clone();
        let backend = &self.model.backend;
        let itself = path.segments.len() == 1;
        let last = path.segments.last_mut().expect("a path has a segment");
        let mut arguments = std::mem::take(&mut last.arguments);
        match &mut arguments {
            PathArguments::AngleBracketed(list) => list.colon2_token = None,
            _ if itself && last.ident == self.model.name => {
                let (_, own, _) = self.model.generics.split_for_impl();
                let own: syn::AngleBracketedGenericArguments = parse_quote!(#own);
                arguments = PathArguments::AngleBracketed(own);
            }
            _ => arguments = PathArguments::AngleBracketed(parse_quote!(<#backend>)),
        }
        path.segments.push(syn::PathSegment { ident: parse_quote!(Call), arguments });
        parse_quote!(#path)
    }

    /// The last segment of a path that starts with the backend parameter.
    pub fn of_backend<'p>(&self, path: &'p syn::Path) -> Option<&'p syn::PathSegment> {
        let first = path.segments.first()?;
        (path.segments.len() == 2 && first.ident == self.model.backend)
            .then(|| path.segments.last())
            .flatten()
    }

    fn channel_item(&self, ty: &Type) -> Option<Type> {
        let Type::Path(path) = ty else { return None };
        let last = path.path.segments.last()?;
        let of_backend = match &path.qself {
            Some(q) => is_ident(&q.ty, &self.model.backend),
            None => self.of_backend(&path.path).is_some(),
        };
        (of_backend && last.ident == "Channel").then(|| only(&last.arguments).cloned()).flatten()
    }
}

/// The type of the values that a generator gives.
fn generated(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(list) = &last.arguments else { return None };
    match (last.ident == "Generator", list.args.len(), list.args.last()) {
        (true, 2, Some(GenericArgument::Type(item))) => Some(item.clone()),
        _ => None,
    }
}

/// What the end of a value of type `ty` does.
pub fn ending(ty: &Type, backend: &Ident) -> Ending {
    let worst = |all: &mut dyn Iterator<Item = &Type>| {
        all.map(|ty| ending(ty, backend)).fold(Ending::Nothing, |a, b| match (a, b) {
            (Ending::Observed, _) | (_, Ending::Observed) => Ending::Observed,
            (Ending::Silent, _) | (_, Ending::Silent) => Ending::Silent,
            _ => Ending::Nothing,
        })
    };
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::BareFn(_) | Type::Never(_) => Ending::Nothing,
        Type::Paren(p) => ending(&p.elem, backend),
        Type::Group(g) => ending(&g.elem, backend),
        Type::Array(a) => ending(&a.elem, backend),
        Type::Tuple(t) => worst(&mut t.elems.iter()),
        // The end of a channel frees it, which nothing can observe: what is on its way over it
        // belongs to tasklets that wait there, and they hold it.
        Type::Path(p) if is_channel(p, backend) => Ending::Silent,
        Type::Path(p) if p.qself.is_none() => {
            let Some(last) = p.path.segments.last() else { return Ending::Observed };
            let name = last.ident.to_string();
            let arguments: Vec<&Type> = match &last.arguments {
                PathArguments::AngleBracketed(list) => list
                    .args
                    .iter()
                    .filter_map(|a| match a {
                        GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            // Of the standard library by their names, unless the author has others of the same.
            match name.as_str() {
                "bool" | "char" | "Duration" | "Instant" | "Ordering" | "PhantomData"
                    if p.path.segments.first().is_some_and(|s| s.ident != *backend) =>
                {
                    Ending::Nothing
                }
                name if p.path.segments.len() == 1 && NUMBERS.contains(&name) => Ending::Nothing,
                "Option" | "Result" | "Range" | "RangeInclusive" | "Wrapping" | "Reverse"
                | "Inclusive" => worst(&mut arguments.into_iter()),
                "String" | "FrameList" if arguments.is_empty() => Ending::Silent,
                "Vec" | "VecDeque" | "Box" | "BTreeMap" | "BTreeSet" | "HashMap" | "HashSet"
                | "BinaryHeap" | "Each"
                    if !arguments.is_empty() =>
                {
                    match worst(&mut arguments.into_iter()) {
                        Ending::Nothing => Ending::Silent,
                        other => other,
                    }
                }
                _ => Ending::Observed,
            }
        }
        _ => Ending::Observed,
    }
}

/// What a tasklet returns, which may not be known without its type arguments.
pub fn is_projected(ty: &Type) -> bool {
    let tokens = quote!(#ty);
    crate::macros::contains(tokens, &["Tasklet"])
}

/// `B::Channel<..>` or `<B as Backend>::Channel<..>`.
fn is_channel(path: &syn::TypePath, backend: &Ident) -> bool {
    let of_backend = match &path.qself {
        Some(qself) => is_ident(&qself.ty, backend),
        None => path.path.segments.len() == 2 && path.path.segments[0].ident == *backend,
    };
    of_backend && path.path.segments.last().is_some_and(|s| s.ident == "Channel")
}

/// The first type argument of `ty` if its last segment is `name`.
pub fn inside(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|s| s.ident == name)?;
    let PathArguments::AngleBracketed(list) = &last.arguments else { return None };
    match list.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty.clone()),
        _ => None,
    }
}

fn only(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(list) = arguments else { return None };
    match (list.args.first(), list.args.len()) {
        (Some(GenericArgument::Type(ty)), 1) => Some(ty),
        _ => None,
    }
}

/// The first argument of a turbofish, if it is a type that is written.
pub fn first_argument(arguments: &PathArguments) -> Option<Type> {
    let PathArguments::AngleBracketed(list) = arguments else { return None };
    match list.args.first() {
        Some(GenericArgument::Type(ty)) if !matches!(ty, Type::Infer(_)) => Some(ty.clone()),
        _ => None,
    }
}

fn result(ty: &Type) -> Type {
    parse_quote!(::core::result::Result<#ty, ::switchback::Error>)
}

fn is_ident(ty: &Type, name: &Ident) -> bool {
    matches!(ty, Type::Path(p) if p.path.is_ident(name))
}

/// Numbers and `bool`, whose operators give their own type back.
pub fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Path(p) if NUMBERS.iter().any(|n| p.path.is_ident(n)))
}

fn option(ty: &Type) -> Type {
    parse_quote!(::core::option::Option<#ty>)
}

/// Whether a type is one of the standard library's, whose methods are known by their names.
pub fn is_std_value(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "Option",
        "Result",
        "Vec",
        "VecDeque",
        "String",
        "Box",
        "BTreeMap",
        "BTreeSet",
        "HashMap",
        "HashSet",
        "BinaryHeap",
        "Iteration",
    ];
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| NAMES.iter().any(|name| last.ident == name))
}

pub fn is_plain(ty: &Type) -> bool {
    let Type::Path(p) = ty else { return false };
    p.path.is_ident("bool") || NUMBERS.iter().any(|n| p.path.is_ident(n))
}

fn literal(lit: &Lit) -> Option<Type> {
    let suffix = |s: &str| (!s.is_empty()).then(|| syn::parse_str(s).ok()).flatten();
    match lit {
        Lit::Int(i) => suffix(i.suffix()),
        Lit::Float(f) => suffix(f.suffix()),
        Lit::Bool(_) => Some(parse_quote!(bool)),
        Lit::Char(_) => Some(parse_quote!(char)),
        Lit::Byte(_) => Some(parse_quote!(u8)),
        _ => None,
    }
}

/// `u64::MAX` and the like.
fn associated(path: &syn::Path) -> Option<Type> {
    let first = &path.segments.first()?.ident;
    let number = path.segments.len() == 2 && NUMBERS.iter().any(|n| first == n);
    (number && path.segments.last()?.ident != "BITS").then(|| parse_quote!(#first))
}

/// `String::new()`, `Vec::<T>::with_capacity(..)`, `u64::from(..)`.
fn constructor(path: &syn::Path) -> Option<Type> {
    let mut segments = path.segments.iter();
    let (Some(ty), Some(name), None) = (segments.next(), segments.next(), segments.next()) else {
        return None;
    };
    let (ident, function) = (&ty.ident, name.ident.to_string());
    match (ident.to_string().as_str(), function.as_str()) {
        ("String", "new" | "from" | "with_capacity") => Some(parse_quote!(String)),
        ("Vec", "new" | "with_capacity") => {
            let item = only(&ty.arguments)?;
            Some(parse_quote!(Vec<#item>))
        }
        (number, "from") if NUMBERS.contains(&number) => Some(parse_quote!(#ident)),
        _ => None,
    }
}
