//! Turns a results file into one offline HTML page, a Markdown summary and badges.
//!
//! ```text
//! run.json --read--> Run --view--> groups, sizes, tally --+--> page      one HTML file
//! others   --input-> Extras         (every aggregate is   +--> site      the page, an index and a page per backend
//!                                    made here, once)     +--> markdown  step summary
//!                                          |              +--> badge     one JSON object
//!                                        plot             plotters through a backend of our own
//! ```
//!
//! Invariants: a report never runs a backend; the same results give the same bytes (no clock, no hash order, no
//! randomness); the page loads nothing, needs no script and escapes every text it did not write itself.
//!
//! HTML is written with maud rather than askama: the page is made of small repeated parts (cells, badges, tables) that depend on each
//! other's data, which are plain functions in maud and would be a dozen template files with logic in askama. Both escape by default and
//! are checked by the compiler.

#![forbid(unsafe_code)]

mod badge;
mod baseline;
mod build;
mod commands;
mod error;
mod export;
mod extras;
mod findings;
mod fit;
pub mod input;
mod markdown;
mod numbers;
mod page;
mod picture;
mod plot;
mod site;
mod view;
mod words;

use std::fs;
use std::path::Path;

use switchback_bench::results::{self, Run};

pub use badge::{badge, badges};
pub use baseline::Baseline;
pub use commands::Form;
pub use commands::diff::{Difference, Gate, diff};
pub use commands::history::History;
pub use commands::merge::{Merged, merge_files};
pub use error::Error;
pub use export::{SCHEMA, bencher, csv, github_action_benchmark};
pub use extras::{Extras, link};
pub use markdown::{MARKDOWN_LIMIT, render_markdown};
pub use picture::picture;
pub use site::{Site, render_site};

/// Renders a run as one self-contained HTML page.
///
/// The page needs no network and no script. A plot that cannot be drawn is replaced by a sentence saying so; its table stays.
///
/// It has at most 128 KiB and 50 bytes for each byte of JSON that the results were read from, and never more than 4 MiB. What does
/// not fit is left out, failures last, and the page says how much that is. Controls and marks that turn the direction of writing
/// are shown as escapes.
#[must_use]
pub fn render_html(run: &Run, extras: &Extras) -> String {
    page::render(run, extras)
}

/// Reads a results file and writes its HTML page, replacing an older one. Gives the run, for callers
/// that need more of it. Files of the usual names beside the results are shown too; one that is
/// broken costs its own section only.
///
/// # Errors
/// [`Error::Results`] if the results cannot be read, [`Error::Unwritable`] if the page cannot be written. Both texts name the file.
pub fn render_file(run_json: &Path, html: &Path) -> Result<Run, Error> {
    let run = results::read(run_json)?;
    let mut extras = Extras::beside(run_json, &run);
    if html.parent() != run_json.parent() {
        extras.links.clear();
    }
    write(html, &render_html(&run, &extras))?;
    Ok(run)
}

/// Writes a rendered text, making missing folders.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(|cause| Error::Unwritable { path: path.to_owned(), cause })
}
