//! `#[tasklet]` and `#[message]`: one source, three forms.
//!
//! ```text
//!   #[tasklet] async fn f<B: Backend>(..)
//!      |  model.rs     signature and body, what cannot work is refused (check.rs)
//!      |  refused.rs   what stands in the place of a function that is refused
//!      |  paths.rs     names as seen from the generated module
//!      +--> forms.rs   blocking form, future form, `f::Call<B>`
//!      +--> lower.rs   states, cut at the awaits; types of locals from types.rs
//!             +--> frame.rs   the states as an enum, `impl Frame`
//! ```
//!
//! Use them through the crate `switchback`, which re-exports both.

use proc_macro::TokenStream;
use quote::quote;

use configured::Unwrapped;

mod check;
mod configured;
mod expression;
mod forms;
mod frame;
mod hygiene;
mod lower;
mod macros;
mod message;
mod model;
mod paths;
mod refused;
mod tasklet;
mod types;

/// Makes a tasklet of an `async fn`: one source, run by every backend in its own form.
///
/// The function is generic over the backend, takes its arguments by value and returns
/// `Result<_, Error>`. Calling it gives `f::Call<B>`, which is spawned with `B::spawn(f(..))`,
/// run with `B::run(f(..))`, or called in place with `f(..).await?`.
///
/// ```
/// use switchback::{Backend, Channel, Error, tasklet};
///
/// #[tasklet]
/// pub async fn divider<B: Backend>(
///     requests: B::Channel<(i64, i64, B::Channel<i64>)>,
/// ) -> Result<(), Error> {
///     loop {
///         let (x, y, reply) = requests.receive().await?;
///         reply.send(x / y).await?;
///     }
/// }
/// # fn main() {}
/// ```
///
/// In every form a body means what it means in plain Rust: the same values, effects and
/// destructors in the same order. What a form could not keep is refused with a message that says
/// what to write:
///
/// - What is kept over an await is a `Message` and its type can be read off the source: an
///   annotation, a literal with suffix, an argument, `child(..).await?`,
///   `channel.receive().await?`, a clone or plain arithmetic of such. Anything else:
///   `let x: T = ..`.
/// - Awaits stand behind `f(..)` or `place.method(..)`, anywhere but in closures, async blocks,
///   match guards, `unsafe`, and macros other than those of the standard library.
/// - A local whose destructor may do something is kept to the end of its block, so its type is
///   written too, unless it is moved away on every way to the await.
///
/// `SEMANTICS.md` beside this crate has each rule with an example, and each message.
///
/// A function that calls itself works as it is. Functions that call each other need
/// `#[tasklet(recursive)]` on at least one of each cycle: it boxes the calls in the future form.
///
/// The call lives in a module named like the function, so tasklets are items of a module, not
/// of a function body.
#[proc_macro_attribute]
pub fn tasklet(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tasklet::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Used by `#[tasklet]` and `#[message]`: what is left of an item whose `cfg`s rustc has evaluated.
#[doc(hidden)]
#[proc_macro_derive(Configured)]
pub fn derive_configured(wrapped: TokenStream) -> TokenStream {
    let expanded = configured::unwrap(wrapped.into()).and_then(|unwrapped| match unwrapped {
        Unwrapped::Function { arguments, function: Some(function) } => {
            tasklet::expand_function(arguments, function)
        }
        Unwrapped::Message(Some(item)) => message::expand_item(quote!(#item)),
        Unwrapped::Function { function: None, .. } | Unwrapped::Message(None) => Ok(quote!()),
    });
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Used by `#[tasklet]`: what was derived from has served its purpose.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn configured(_: TokenStream, _: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Makes a struct or enum a `Message`: adds `Clone`, serde's derives and the impl.
///
/// ```
/// use switchback::{Backend, message};
///
/// #[message]
/// pub struct Job<B: Backend> {
///     pub size: u64,
///     pub reply: B::Channel<u64>,
/// }
/// # fn main() {}
/// ```
///
/// Attributes of serde are taken as they are, apart from those that a pickle cannot keep. It has
/// neither names nor tags, so these are refused: `skip`, `skip_serializing`, `skip_deserializing`,
/// `skip_serializing_if`, `tag`, `content`, `untagged`, `flatten`, `other`, `remote`, `getter`,
/// `variant_identifier`, `field_identifier`; and of `serialize_with` and `deserialize_with`, `into`
/// and `from` or `try_from`, one without the other. Attributes of `cfg` and `cfg_attr` count as rustc
/// evaluates them: what is not there is no part of the message.
///
/// Derives already written below it are not added twice. One that is written above it, or an impl of
/// `Clone`, `Serialize` or `Deserialize` by hand, the macro does not see: rustc says that two impls
/// conflict. Move the derive below; beside an impl by hand, derive the others and write
/// `impl Message for T {}`, with a `describe` that changes when the type does. Type parameters that are not
/// backends must be messages themselves. Types that contain themselves are refused: reading
/// one from hostile bytes could overflow the native stack.
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    message::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
