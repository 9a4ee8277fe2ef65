//! What cannot be a tasklet, said once and with a way out.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Block, Error, Expr, FnArg, GenericParam, Local, Pat, Result, Signature, Stmt, Type,
    visit::{self, Visit},
};

use crate::expression::{self, has_await, mentions, peel};

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
        errors.add(token, "a tasklet cannot be unsafe: nobody could uphold its contract later");
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

/// Awaits in places where no form, or not every form, can suspend.
pub fn body(body: &Block) -> Result<()> {
    let mut checks = Body { errors: Errors::default(), here: None };
    checks.visit_block(body);
    checks.errors.into_result()
}

struct Body {
    errors: Errors,
    /// Why an await here is refused.
    here: Option<&'static str>,
}

const CLOSURE: &str = "await inside a closure: a closure runs in the middle of somebody else's \
                       code, which cannot be suspended; await outside, or bind with `B: Blocking` \
                       and use `B::wait(..)`";
const BLOCK: &str = "await inside an async block: write a second #[tasklet] and spawn or await it";
const GUARD: &str = "await in a match guard: await before the `match`, or move the test into the \
                     arm";
const SHORT_CIRCUIT: &str = "await right of `&&` or `||` happens only sometimes: write it as `if` \
                             with a block";
const UNSAFE: &str = "await in an unsafe block: bind the value outside the block and use it inside";

impl Body {
    fn within(&mut self, reason: &'static str, walk: impl FnOnce(&mut Self)) {
        let before = self.here.replace(reason);
        walk(self);
        self.here = before;
    }
}

impl<'ast> Visit<'ast> for Body {
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

    fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
        self.visit_expr(&e.left);
        if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) {
            self.within(SHORT_CIRCUIT, |v| v.visit_expr(&e.right));
        } else {
            self.visit_expr(&e.right);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.within(GUARD, |v| v.visit_expr(guard));
        }
        self.visit_expr(&arm.body);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        guards(block, &mut self.errors);
        visit::visit_block(self, block);
    }

    /// Awaits between the tokens of a macro, where only the reasons from outside apply.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(reason) = self.here
            && let Some(place) = expression::await_token(mac.tokens.clone())
        {
            self.errors.push(Error::new(place, reason));
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// Locals named like `_guard` that would live to the end of the block in two forms, and to the
/// next await in the third.
fn guards(block: &Block, errors: &mut Errors) {
    for (index, statement) in block.stmts.iter().enumerate() {
        let Stmt::Local(Local { pat, init: Some(init), .. }) = statement else { continue };
        let pattern = match pat {
            Pat::Type(typed) => &*typed.pat,
            other => other,
        };
        let Pat::Ident(name) = pattern else { continue };
        let text = name.ident.to_string();
        let named = text.starts_with('_')
            && text.trim_start_matches('_').starts_with(|c: char| c.is_alphabetic())
            && !text.starts_with("__");
        if !named || has_await(&init.expr) || matches!(peel(&init.expr), Expr::Lit(_)) {
            continue;
        }
        let rest = &block.stmts[index + 1..];
        let Some(first) = rest.iter().position(expression::statement_awaits) else {
            continue;
        };
        let used = |s: &Stmt| mentions(s.to_token_stream(), &text);
        if !rest.iter().any(used)
            || (rest[first..].iter().all(|s| !used(s)) && !dropped(&rest[..first], &text))
        {
            errors.add(
                &name.ident,
                &format!(
                    "`{text}` is not read after the next await, so the frame form drops it there \
                     and the other forms at the end of the block: end it with `drop({text})` \
                     before the await, or read it afterwards"
                ),
            );
        }
    }
}

/// Whether one of the statements is `drop(name)`.
fn dropped(statements: &[Stmt], name: &str) -> bool {
    statements.iter().any(|statement| {
        let Stmt::Expr(Expr::Call(call), _) = statement else { return false };
        let Expr::Path(function) = &*call.func else { return false };
        function.path.segments.last().is_some_and(|s| s.ident == "drop")
            && call.args.iter().any(|a| matches!(a, Expr::Path(p) if p.path.is_ident(name)))
    })
}

/// An error for tokens that carry an await but are no list of expressions.
pub fn opaque_macro(tokens: &TokenStream) -> Error {
    Error::new_spanned(
        tokens,
        "await among tokens that only this macro understands: bind the value to a local first",
    )
}
