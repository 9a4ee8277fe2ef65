//! What the program does beside rendering one run: comparing two, following many, merging shards.

pub(crate) mod diff;
pub(crate) mod history;
pub(crate) mod merge;

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Lines for a terminal.
    #[default]
    Text,
    /// A comment on a pull request.
    Markdown,
    /// One offline page.
    Html,
}
