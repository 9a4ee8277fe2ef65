//! Results files of the tests, and a reader of HTML that is just good enough for pages of this crate.

#![allow(dead_code, reason = "every test program uses its own part")]

use std::path::PathBuf;

use switchback_bench::results::{self, Run};
use switchback_report::{Extras, Site, render_html, render_site};

/// Results files under `tests/golden`, without `.json`. What else goes into their reports is in folders of the same names.
pub const RUNS: [&str; 9] =
    ["empty", "small", "failed", "unsupported", "outside", "realistic", "full", "rebuilt", "site"];

pub fn golden(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file)
}

pub fn run(name: &str) -> Run {
    results::read(&golden(&format!("{name}.json"))).expect("the results of the tests are valid")
}

pub fn page(name: &str) -> String {
    render_html(&run(name), &extras(name))
}

/// The page of a run and those of its backends, as they are published.
pub fn site(name: &str) -> Site {
    render_site(&run(name), &extras(name), "index.html", "backends")
}

/// The files in the folder of that name, which has those of one report only.
pub fn extras(name: &str) -> Extras {
    Extras::beside(&golden(name).join("run.json"), &run(name))
}

/// An opening tag.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }
}

/// Opening tags in order, style sheets skipped.
pub fn tags(html: &str) -> Vec<Tag> {
    let (before, rest) = html.split_once("<style>").expect("a page has a style sheet");
    let (_, after) = rest.split_once("</style>").expect("the style sheet ends");
    let text = format!("{before}<style>{after}");
    let mut tags = Vec::new();
    for part in text.split('<').skip(1).filter(|part| !part.starts_with(['/', '!'])) {
        // No attribute of ours contains ">": both writers escape it.
        let (inside, _) = part.split_once('>').expect("a tag ends");
        let inside = inside.trim_end_matches('/');
        let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while let Some((key, tail)) = rest.split_once("=\"") {
            let (value, tail) = tail.split_once('"').expect("a value ends");
            attributes.push((key.trim().to_owned(), value.to_owned()));
            rest = tail;
        }
        assert!(rest.trim().is_empty(), "stray {rest:?} in <{inside}>");
        tags.push(Tag { name: name.to_owned(), attributes });
    }
    tags
}
