//! A tasklet before it runs: a function and its arguments.

use crate::{Backend, Error, Operation, frame::Frame};

/// A call of a `#[tasklet]` function: the arguments, not yet running.
///
/// Derived by [`#[tasklet]`](crate::tasklet) as `f::Call<B>`. Hand it to
/// [`Backend::spawn`] or [`Backend::run`], or `.await` it inside another tasklet to call it there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tasklet of backend `{B}`",
    label = "expected a call of a #[tasklet] function",
    note = "write #[tasklet] on an `async fn` that is generic over the backend and returns Result<_, Error>"
)]
pub trait Tasklet<B: Backend>:
    Operation<B, Output = Result<Self::Return, Error>> + Send + 'static
{
    /// Path of the function, for messages and pickles.
    const NAME: &'static str;

    /// What the function returns inside its `Result`.
    type Return: Send + 'static;

    /// The frame form of the function.
    #[doc(hidden)]
    type Frame: Frame<B, Return = Self::Return>;

    /// The arguments as the first state of the frame form.
    #[doc(hidden)]
    fn into_frame(self) -> Self::Frame;

    /// The future form, boxed: breaks the cycle of a recursive function.
    #[doc(hidden)]
    fn into_boxed(
        self,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Self::Return, Error>> + Send>> {
        Box::pin(self.into_future())
    }
}
