//! Functions and messages in which something depends on a `cfg`.
//!
//! A macro cannot evaluate a `cfg`, and may not ignore one: a statement that is not there does not
//! await, and a variant that is not there has no number. rustc evaluates all of them in an item for
//! the macros that derive something of it. So such a function or message is wrapped into an item
//! from which it is derived, and the item itself goes away:
//!
//! ```text
//!   #[derive(Configured)]
//!   #[configured]
//!   enum Wrapped { Function = { async fn f(..) { #[cfg(any())] op().await?; } 0 } }
//! ```

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{
    Block, Error, Expr, FnArg, Item, ItemEnum, ItemFn, Result, Stmt,
    visit_mut::{self, VisitMut},
};

/// Whether something in these tokens depends on a `cfg`.
pub fn depends(tokens: TokenStream) -> bool {
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(p) if p.as_char() == '#' => {
                if let Some(TokenTree::Punct(p)) = trees.peek()
                    && p.as_char() == '!'
                {
                    trees.next();
                }
                if let Some(TokenTree::Group(group)) = trees.peek()
                    && let Some(TokenTree::Ident(name)) = group.stream().into_iter().next()
                    && (name == "cfg" || name == "cfg_attr")
                {
                    return true;
                }
            }
            TokenTree::Group(group) if depends(group.stream()) => return true,
            _ => {}
        }
    }
    false
}

/// The function in an item whose `cfg`s rustc evaluates. Those of parameters it does not evaluate
/// there, so they become attributes of fields.
pub fn wrap(arguments: &TokenStream, function: &ItemFn) -> TokenStream {
    let mut function = function.clone();
    let fields = function.sig.inputs.iter_mut().enumerate().map(|(at, input)| {
        let attributes = match input {
            FnArg::Typed(typed) => std::mem::take(&mut typed.attrs),
            FnArg::Receiver(receiver) => std::mem::take(&mut receiver.attrs),
        };
        let name = format_ident!("__{at}");
        quote!(#(#attributes)* #name: ())
    });
    let fields: Vec<_> = fields.collect();
    quote! {
        #[derive(::switchback::frame::Configured)]
        #[::switchback::frame::configured]
        enum __Wrapped {
            __Function = {
                __arguments!(#arguments);
                struct __Parameters { #(#fields,)* }
                #function
                0
            }
        }
    }
}

/// As [`wrap`], for a type that becomes a message.
pub fn wrap_message(item: &TokenStream) -> TokenStream {
    quote! {
        #[derive(::switchback::frame::Configured)]
        #[::switchback::frame::configured]
        enum __Wrapped {
            __Message = {
                #item
                0
            }
        }
    }
}

/// What was wrapped, without what a `cfg` takes away: that may be all of it.
pub enum Unwrapped {
    Function { arguments: TokenStream, function: Option<ItemFn> },
    Message(Option<Item>),
}

pub fn unwrap(item: TokenStream) -> Result<Unwrapped> {
    let wrapped: ItemEnum = syn::parse2(item.clone())?;
    let variant =
        wrapped.variants.into_iter().next().and_then(|v| Some((v.ident, v.discriminant?.1)));
    let Some((name, Expr::Block(block))) = variant else {
        return Err(Error::new_spanned(item, "expected what #[tasklet] or #[message] has wrapped"));
    };
    let mut statements = block.block.stmts.into_iter();
    if name == "__Message" {
        let message = statements.next().and_then(|statement| match statement {
            Stmt::Item(item) => Some(item),
            _ => None,
        });
        return Ok(Unwrapped::Message(message));
    }
    let (Some(Stmt::Macro(arguments)), Some(Stmt::Item(Item::Struct(parameters))), function) =
        (statements.next(), statements.next(), statements.next())
    else {
        return Err(Error::new_spanned(item, "expected a function that #[tasklet] has wrapped"));
    };
    let arguments = arguments.mac.tokens;
    let Some(Stmt::Item(Item::Fn(mut function))) = function else {
        return Ok(Unwrapped::Function { arguments, function: None });
    };
    let mut left = parameters.fields.into_iter().peekable();
    let inputs = std::mem::take(&mut function.sig.inputs);
    for (at, mut input) in inputs.into_iter().enumerate() {
        let name = format!("__{at}");
        let Some(field) = left.next_if(|f| f.ident.as_ref().is_some_and(|f| *f == name)) else {
            continue;
        };
        match &mut input {
            FnArg::Typed(typed) => typed.attrs = field.attrs,
            FnArg::Receiver(receiver) => receiver.attrs = field.attrs,
        }
        function.sig.inputs.push(input);
    }
    // Of a statement that is not there its semicolon is left.
    Rests.visit_item_fn_mut(&mut function);
    Ok(Unwrapped::Function { arguments, function: Some(function) })
}

struct Rests;

impl VisitMut for Rests {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let rest = |s: &Stmt| matches!(s, Stmt::Expr(Expr::Verbatim(e), Some(_)) if e.is_empty());
        block.stmts.retain(|s| !rest(s));
        visit_mut::visit_block_mut(self, block);
    }
}
