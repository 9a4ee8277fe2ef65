//! The pages of a site: that of the run, and beside it an index of the backends and a page for each of them.
//!
//! ```text
//! index.html  --matrix head, contents-->  backends/index.html
//!      ^  \______ matrix head ________________   |   ^
//!      |                                      v  v   |
//!      +---- scenarios, the whole report ---- backends/NAME.html
//! ```

use std::collections::{BTreeMap, BTreeSet};

use switchback_bench::results::Run;
use switchback_bench::witness::Digest;

use crate::extras::{Extras, link};
use crate::fit::{Shown, name};
use crate::page;
use crate::view::{BESIDE, View, backends};

/// Most backends with a page of their own; the index says how many have none.
const MOST: usize = 64;
/// Most characters of a name that a file is called by.
const STEM: usize = 40;
/// The page that leads to all others of its folder.
const INDEX: &str = "index";
/// Names that some system keeps for its devices, whatever follows the dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A report as several pages.
#[derive(Clone, Debug)]
pub struct Site {
    /// The page of the run, with links to the others.
    pub page: String,
    /// Files of the folder of backends, the index first: name and text of each.
    pub backends: Vec<(String, String)>,
}

/// Renders a run as a page, and the backends as pages beside it: an index and one for each.
///
/// `page` is the name of the page of the run, `folder` that of the folder of backends, seen from
/// there; it may have several parts. No page needs the network or a script, and each keeps the
/// limit of [`render_html`](crate::render_html) by what it is made from.
///
/// # Examples
/// ```
/// use switchback_bench::results::{Environment, Run};
/// use switchback_report::{Extras, render_site};
///
/// let environment = Environment {
///     cpu: "a processor".into(), cores: 2, kernel: "a system".into(), rustc: "a compiler".into(),
///     profile: "bench".into(), build: None, commit: "0123456".into(), program: None, started: None, seed: None,
/// };
/// let site = render_site(&Run::new(environment), &Extras::default(), "index.html", "backends");
/// assert_eq!(site.backends.len(), 1, "no backend, but an index that says so");
/// assert!(site.page.contains("href=\"backends/index.html\""));
/// ```
#[must_use]
pub fn render_site(run: &Run, extras: &Extras, page: &str, folder: &str) -> Site {
    // Names as all pages show them; nothing is left out of the counts.
    let whole = Shown::of(run, usize::MAX);
    let view = View::of_part(&whole, run);
    let pages = Pages::of(&view, extras, page, folder);
    let (text, anchors) = page::render_linked(run, extras, Some(&pages));
    let mut backends = vec![(file(INDEX), page::backend::index(&view, extras, &pages))];
    for (at, backend) in pages.names.iter().enumerate() {
        let text = page::backend::render(&view, extras, &pages, at, &anchors);
        backends.push((pages.files[backend].clone(), text));
    }
    Site { page: text, backends }
}

/// Which backends have a page, and where it is.
pub(crate) struct Pages {
    /// In the order of the matrix; those that were not measured follow.
    pub(crate) names: Vec<String>,
    /// Backends without a page, since there are so many.
    pub(crate) left_out: usize,
    files: BTreeMap<String, String>,
    /// From the page of the run to the others, with a slash at the end.
    folder: String,
    /// From the others to the page of the run.
    back: String,
}

impl Pages {
    /// Pages are for the backends that columns are for, for those of a group of backends, for those whose
    /// capacity was found out, and for those that the suite has judged. What stands beside has none.
    fn of(view: &View<'_>, extras: &Extras, page: &str, folder: &str) -> Self {
        let run = view.run;
        let grouped = |beside: bool| {
            let own = run.backends.iter().filter(|about| !about.group.is_empty());
            own.filter(move |about| BESIDE.contains(&about.group.as_str()) == beside)
                .map(|about| about.backend.as_str())
        };
        let beside: BTreeSet<&str> = grouped(true).collect();
        let probed = run.capacity.iter().map(|found| found.backend.as_str());
        let judged = extras.conformance.present().into_iter().flat_map(|found| &found.backends);
        let judged: Vec<String> = judged.map(|one| name(&one.backend).into_owned()).collect();
        let all = backends(run).into_iter().chain(grouped(false)).chain(probed);
        let all = all.chain(judged.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        let mut names: Vec<String> = all
            .filter(|name| !beside.contains(name) && seen.insert(*name))
            .map(str::to_owned)
            .collect();
        let left_out = names.len().saturating_sub(MOST);
        names.truncate(MOST);
        let parts = folder.split('/').filter(|part| !part.is_empty() && *part != ".").count();
        Self {
            files: names.iter().cloned().zip(files(&names)).collect(),
            names,
            left_out,
            folder: format!("{}/", link(folder.trim_end_matches('/'))),
            back: format!("{}{}", "../".repeat(parts), link(page)),
        }
    }

    /// The page of a backend, from that of the run.
    pub(crate) fn page_of(&self, backend: &str) -> Option<String> {
        self.files.get(backend).map(|file| format!("{}{}", self.folder, link(file)))
    }

    /// The index, from the page of the run.
    pub(crate) fn index_page(&self) -> String {
        format!("{}{}", self.folder, file(INDEX))
    }

    /// The page of a backend, from another page of a backend or from the index.
    pub(crate) fn neighbour(&self, backend: &str) -> Option<String> {
        self.files.get(backend).map(|file| link(file))
    }

    /// The index, from a page of a backend.
    pub(crate) fn index(&self) -> String {
        file(INDEX)
    }

    /// A part of the page of the run, or all of it without one; from the other pages.
    pub(crate) fn back(&self, id: Option<&str>) -> String {
        match id {
            None => self.back.clone(),
            Some(id) => format!("{}#{id}", self.back),
        }
    }
}

fn file(stem: &str) -> String {
    format!("{stem}.html")
}

/// A file for each name: one that leaves no folder, that every file system takes, and that differs from the others in more than
/// the case of letters. A plain name keeps its own whatever the others are.
fn files(names: &[String]) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::from([INDEX.to_owned()]);
    let mut stems: Vec<Option<String>> = names
        .iter()
        .map(|name| is_plain(name).then(|| name.clone()).filter(|own| taken.insert(own.clone())))
        .collect();
    for (name, stem) in names.iter().zip(&mut stems) {
        stem.get_or_insert_with(|| {
            let first = changed(name);
            let more = (2..).map(|number| format!("{first}-{number}"));
            let mut free = std::iter::once(first.clone()).chain(more);
            free.find(|own| taken.insert(own.clone())).unwrap_or(first)
        });
    }
    stems.into_iter().map(|stem| file(&stem.unwrap_or_default())).collect()
}

/// True for lower-case letters, digits and hyphens that no system keeps for something else.
fn is_plain(name: &str) -> bool {
    let kept = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let device = DEVICES.contains(&name)
        || ["com", "lpt"].iter().any(|port| {
            name.strip_prefix(port).is_some_and(|rest| {
                rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
    !name.is_empty()
        && name.len() <= STEM
        && !name.starts_with('-')
        && name.chars().all(kept)
        && !device
}

/// What of a name can stand in that of a file, and a digest of the whole.
fn changed(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let stem: String = name.chars().map(kept).take(STEM).collect();
    let stem = stem.trim_matches('-');
    let mut digest = Digest::new();
    digest.push_str(name);
    let stem = if stem.is_empty() { "backend" } else { stem };
    format!("{stem}-{:016x}", digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        files(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn plain_names_are_kept_and_all_others_are_safe() {
        assert_eq!(
            of(&["hard", "tokio-current", "may-1"]),
            ["hard.html", "tokio-current.html", "may-1.html"]
        );
        let hostile = [
            "../../etc/passwd",
            "a b",
            "a/b",
            "-rf",
            "index",
            "con",
            "com1",
            "NUL",
            "",
            "\u{4e2d}",
            "<script>",
            "a.html",
            "hard@m1",
            "\u{202e}gpj",
            "%2e%2e",
            "x\0y",
            &"n".repeat(5_000),
        ];
        for (name, file) in hostile.iter().zip(of(&hostile)) {
            let stem = file.strip_suffix(".html").expect("a page");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(stem.chars().all(plain) && !stem.starts_with('-'), "{name:?}: {file}");
            assert!(
                stem.len() <= 60 && stem != INDEX && !DEVICES.contains(&stem),
                "{name:?}: {file}"
            );
            assert_eq!(link(&file), file, "{name:?}");
        }
    }

    #[test]
    fn names_that_would_give_the_same_file_do_not_collide() {
        let [made] = &of(&["a b"])[..] else { panic!("one file") };
        let stolen = made.strip_suffix(".html").expect("a page");
        // One is called as the file of another would be; others differ in case alone, or in what is cut off.
        let long = |end: &str| format!("{}{end}", "n".repeat(200));
        let (one, other) = (long("a"), long("b"));
        let names = ["a b", stolen, "a/b", "a-b", "A-B", "a-B", "index", "Index", &one, &other];
        let files = of(&names);
        let different: BTreeSet<&String> = files.iter().collect();
        assert_eq!(different.len(), names.len(), "{files:?}");
        assert_eq!(
            (files[1].as_str(), files[3].as_str()),
            (made.as_str(), "a-b.html"),
            "plain names keep theirs"
        );
        assert!(!different.contains(&file(INDEX)));
    }
}
