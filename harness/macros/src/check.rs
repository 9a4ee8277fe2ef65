//! What cannot be a tasklet, said once and with a way out.

use std::collections::HashSet;

use quote::ToTokens;
use syn::{
    Error, Expr, ExprLit, FnArg, GenericArgument, GenericParam, Generics, Ident, Item, Lit,
    PathArguments, Result, Signature, Type, TypeArray, WherePredicate,
    visit::{self, Visit},
};

use crate::{
    expression::{self, has_await, peel},
    macros,
    model::Model,
};

/// Collects errors, so that an author sees all of them at once.
#[derive(Default)]
pub struct Errors(Option<Error>);

impl Errors {
    pub fn add(&mut self, place: impl ToTokens, text: &str) {
        self.push(Error::new_spanned(place, text));
    }

    pub fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    pub fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The part of the function in front of its body.
pub fn signature(signature: &Signature) -> Result<()> {
    let mut errors = Errors::default();
    if signature.asyncness.is_none() {
        errors.add(
            signature.fn_token,
            "a tasklet is an `async fn`: its awaits mark where it may be suspended",
        );
    }
    if let Some(token) = &signature.unsafety {
        errors.add(
            token,
            "a tasklet cannot be unsafe: no caller could uphold its contract when it runs later",
        );
    }
    for parameter in &signature.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.add(lifetime, BORROWED);
        }
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.add(
                receiver,
                "a tasklet is a free function: take what it needs from `self` as arguments",
            ),
            FnArg::Typed(typed) => Argument(&mut errors).visit_type(&typed.ty),
        }
    }
    errors.into_result()
}

/// What only the inside of an `impl` or `trait` can say.
pub fn free(function: &syn::ItemFn) -> Result<()> {
    let mut owner = Owner(Errors::default());
    owner.visit_signature(&function.sig);
    owner.visit_block(&function.block);
    owner.0.into_result()
}

/// Looks for `Self`, which in items of the body is theirs.
struct Owner(Errors);

impl<'ast> Visit<'ast> for Owner {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.first().is_some_and(|first| first.ident == "Self") {
            self.0.add(
                path,
                "`Self` in a tasklet, which is a free function: move it out of the `impl` or \
                 `trait` and write the name of the type",
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let known = macros::known(mac, &HashSet::new());
        known.iter().flat_map(|known| &known.arguments).for_each(|a| self.visit_expr(&a.value));
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

const BORROWED: &str = "a tasklet outlives its caller, so it cannot borrow: take the argument by \
                        value (`String` for `&str`, `Vec<T>` for `&[T]`, a clone of a channel)";

struct Argument<'a>(&'a mut Errors);

impl<'ast> Visit<'ast> for Argument<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(_) => self.0.add(ty, BORROWED),
            Type::ImplTrait(_) => self.0.add(
                ty,
                "`impl Trait` has no name that a frame could store: use a type parameter, \
                 `T: Message`",
            ),
            _ => visit::visit_type(self, ty),
        }
    }
}

/// Types that are no messages, though no message of one's own can be made of their name: what is
/// kept in one of the standard library's containers included.
pub struct NoMessages<'a> {
    pub generics: &'a Generics,
    pub errors: &'a mut Errors,
}

impl NoMessages<'_> {
    pub fn look(&mut self, ty: &Type) {
        match ty {
            Type::BareFn(_) => self.errors.add(
                ty,
                "a function pointer is no message, as an address means nothing in another process: \
                 keep an enum of the functions there are, and choose by it where one is called",
            ),
            Type::Array(array) => {
                if !self.is_promised(ty) {
                    self.length(array);
                }
                self.look(&array.elem);
            }
            Type::Paren(inner) => self.look(&inner.elem),
            Type::Group(inner) => self.look(&inner.elem),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.look(ty)),
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return };
                if let PathArguments::AngleBracketed(arguments) = &last.arguments
                    && CONTAINERS.iter().any(|name| last.ident == name)
                {
                    for argument in &arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            self.look(ty);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn length(&mut self, array: &TypeArray) {
        match peel(&array.len) {
            Expr::Lit(ExprLit { lit: Lit::Int(length), .. })
                if length.base10_parse::<u64>().is_ok_and(|length| length > 32) =>
            {
                self.errors.add(
                    array,
                    &format!(
                        "`{}` has more than 32 items, and a longer array is no message: keep a `Vec`",
                        text_of(array)
                    ),
                );
            }
            Expr::Path(path)
                if self.generics.const_params().any(|c| path.path.is_ident(&c.ident)) =>
            {
                let array_text = text_of(array);
                self.errors.add(
                    array,
                    &format!(
                        "`{array_text}` is a message for lengths up to 32 only: write `where \
                         {array_text}: Message`, or keep a `Vec`"
                    ),
                );
            }
            _ => {}
        }
    }

    /// Whether the author has written a bound for the type.
    fn is_promised(&self, ty: &Type) -> bool {
        let clause = self.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        clause.into_iter().any(
            |predicate| matches!(predicate, WherePredicate::Type(bound) if bound.bounded_ty == *ty),
        )
    }
}

/// Tokens as an author would write them.
pub fn text_of(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    let mut joined = true;
    for word in tokens.to_token_stream().to_string().split(' ') {
        let before = [">", "<", "::", ",", ";", ")", "]", ":", "?"];
        if !joined && !before.iter().any(|mark| word.starts_with(mark)) {
            text.push(' ');
        }
        text.push_str(word);
        joined = ["<", "::", "(", "[", "&", "*"].iter().any(|mark| word.ends_with(mark));
    }
    text
}

/// Containers that are messages if what is in them is one.
const CONTAINERS: [&str; 8] =
    ["BTreeMap", "Box", "Channel", "Option", "Range", "Result", "Vec", "VecDeque"];

/// Items of the body, which must not have the names of what is made for the function.
pub fn items(body: &syn::Block) -> Result<()> {
    let mut errors = Errors::default();
    for statement in &body.stmts {
        if let syn::Stmt::Item(item) = statement
            && let Some(name) = declared(item).filter(|name| *name == "Call" || *name == "State")
        {
            errors.add(
                name,
                "an item in a tasklet cannot be called `Call` or `State`, which are names of what \
                 #[tasklet] makes: move it out of the function or give it another name",
            );
        }
    }
    errors.into_result()
}

/// The name of an item.
pub fn declared(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(i) => Some(&i.ident),
        Item::Enum(i) => Some(&i.ident),
        Item::Fn(i) => Some(&i.sig.ident),
        Item::Mod(i) => Some(&i.ident),
        Item::Static(i) => Some(&i.ident),
        Item::Struct(i) => Some(&i.ident),
        Item::Trait(i) => Some(&i.ident),
        Item::Type(i) => Some(&i.ident),
        _ => None,
    }
}

/// Awaits in places where no form, or not every form, can suspend.
pub fn body(model: &Model) -> Result<()> {
    let own = model.rules();
    let mut checks = Body { errors: Errors::default(), here: None, own: &own };
    checks.visit_block(&model.body);
    checks.errors.into_result()
}

struct Body<'a> {
    /// Macros that the function makes itself.
    own: &'a HashSet<String>,
    errors: Errors,
    /// Why an await here is refused.
    here: Option<&'static str>,
}

const CLOSURE: &str = "await inside a closure: a closure runs in the middle of other \
                       code, which cannot be suspended; await outside, or bind with `B: Blocking` \
                       and use `B::wait(..)`";
const BLOCK: &str = "await inside an async block: write a second #[tasklet] and spawn or await it";
const GUARD: &str = "await in a match guard: await before the `match`, or move the test into the \
                     arm";
const UNSAFE: &str = "await in an unsafe block: bind the value outside the block and use it inside";

impl Body<'_> {
    fn within(&mut self, reason: &'static str, walk: impl FnOnce(&mut Self)) {
        let before = self.here.replace(reason);
        walk(self);
        self.here = before;
    }
}

impl<'ast> Visit<'ast> for Body<'_> {
    fn visit_expr_await(&mut self, e: &'ast syn::ExprAwait) {
        if let Some(reason) = self.here {
            self.errors.add(e, reason);
        }
        match peel(&e.base) {
            Expr::Call(call) if matches!(peel(&call.func), Expr::Path(_)) => {}
            Expr::MethodCall(_) => {}
            base => self.errors.add(
                base,
                "await stands directly behind a call: `f(..).await` or `place.method(..).await`; \
                 a stored operation cannot be kept in a frame",
            ),
        }
        visit::visit_expr_await(self, e);
    }

    fn visit_expr_closure(&mut self, e: &'ast syn::ExprClosure) {
        self.within(CLOSURE, |v| visit::visit_expr_closure(v, e));
    }

    fn visit_expr_async(&mut self, e: &'ast syn::ExprAsync) {
        self.within(BLOCK, |v| visit::visit_expr_async(v, e));
    }

    fn visit_expr_unsafe(&mut self, e: &'ast syn::ExprUnsafe) {
        self.within(UNSAFE, |v| visit::visit_expr_unsafe(v, e));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.within(GUARD, |v| v.visit_expr(guard));
        }
        self.visit_expr(&arm.body);
    }

    /// Awaits between the tokens of a macro.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let Some(place) = expression::await_token(mac.tokens.clone()) else { return };
        if let Some(reason) = self.here {
            return self.errors.push(Error::new(place, reason));
        }
        match macros::known(mac, self.own) {
            Some(known) => {
                for (at, argument) in known.arguments.iter().enumerate() {
                    if has_await(&argument.value) && !known.is_strict(at) {
                        self.errors.push(awaiting_macro(mac));
                    } else {
                        self.visit_expr(&argument.value);
                    }
                }
                if known.tail.is_some_and(|tail| expression::await_token(tail).is_some()) {
                    self.errors.push(awaiting_macro(mac));
                }
            }
            None => self.errors.push(awaiting_macro(mac)),
        }
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// An await among the tokens of a macro that may evaluate them never, twice, or later.
pub fn awaiting_macro(mac: &syn::Macro) -> Error {
    let name = mac.path.to_token_stream().to_string().replace(' ', "");
    let place = expression::await_token(mac.tokens.clone());
    Error::new(
        place.unwrap_or_else(|| syn::spanned::Spanned::span(&mac.path)),
        format!(
            "await among the tokens of `{name}!`, which may use them never or more than once: bind \
             the value to a local first, `let x = ..await?;`"
        ),
    )
}
