//! `#[tasklet]` and `#[message]`.
use proc_macro::TokenStream;
/// Placeholder while the forms are built.
#[proc_macro_attribute]
pub fn tasklet(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// Placeholder while the forms are built.
#[proc_macro_attribute]
pub fn message(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
