//! The pages of backends, and what must hold between them and the page of the run.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{run, site, tags};
use switchback_bench::results::{AboutBackend, CellResult, Run, Verdict};
use switchback_report::{Extras, Site, input, render_html, render_site};

/// All files of a site by their place.
fn files(site: &Site) -> BTreeMap<String, &str> {
    let pages = site.backends.iter();
    let pages = pages.map(|(name, text)| (format!("backends/{name}"), text.as_str()));
    pages.chain([("index.html".to_owned(), site.page.as_str())]).collect()
}

/// The links of a page: the file they lead to, as it is called from the top, and the id there.
fn links(place: &str, html: &str) -> BTreeSet<(String, String)> {
    let folder: Vec<&str> = place.split('/').rev().skip(1).collect();
    let mut found = BTreeSet::new();
    for href in tags(html).iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href")) {
        let (path, id) = href.split_once('#').unwrap_or((href, ""));
        let mut parts: Vec<&str> = folder.iter().rev().copied().collect();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            match part {
                ".." => assert!(parts.pop().is_some(), "{place}: {href} leaves the site"),
                part => parts.push(part),
            }
        }
        let file = if path.is_empty() { place.to_owned() } else { parts.join("/") };
        found.insert((file, id.to_owned()));
    }
    found
}

fn ids(html: &str) -> BTreeSet<String> {
    tags(html).iter().filter_map(|tag| tag.get("id").map(str::to_owned)).collect()
}

/// Files that the pages lead to and that are no pages of a report.
fn is_data(file: &str) -> bool {
    file.ends_with(".json")
}

fn hold(site: &Site, name: &str) {
    let files = files(site);
    let ids: BTreeMap<&str, BTreeSet<String>> =
        files.iter().map(|(place, html)| (place.as_str(), ids(html))).collect();
    let mut reached = BTreeSet::from(["index.html".to_owned()]);
    for (place, html) in &files {
        for (file, id) in links(place, html) {
            if is_data(&file) {
                continue;
            }
            let target =
                ids.get(file.as_str()).unwrap_or_else(|| panic!("{name}: {place}: no {file}"));
            assert!(id.is_empty() || target.contains(&id), "{name}: {place}: no {file}#{id}");
            if place.as_str() != file {
                reached.insert(file);
            }
        }
    }
    let all: BTreeSet<String> = files.keys().cloned().collect();
    assert_eq!(reached, all, "{name}: each page is led to from another one");
}

#[test]
fn every_link_between_pages_holds() {
    for name in ["empty", "failed", "outside", "site"] {
        hold(&site(name), name);
    }
}

#[test]
fn the_head_of_the_matrix_leads_to_each_backend_and_each_leads_back() {
    let site = site("site");
    let (_, rest) = site.page.split_once("<h2 id=\"matrix\">").expect("the matrix");
    let (head, _) = rest.split_once("</thead>").expect("a head");
    for name in ["hard", "soft", "threads"] {
        let link = format!("<th scope=\"col\"><a href=\"backends/{name}.html\">{name}</a></th>");
        assert!(head.contains(&link), "{name}");
    }
    let files = files(&site);
    for (place, html) in files.iter().filter(|(place, _)| place.as_str() != "index.html") {
        let links = links(place, html);
        let to = |file: &str| links.iter().any(|(found, id)| found == file && id.is_empty());
        assert!(to("index.html"), "{place}");
        assert!(place == "backends/index.html" || to("backends/index.html"), "{place}");
        let index = files["backends/index.html"];
        let file = place.strip_prefix("backends/").expect("the folder");
        assert!(file == "index.html" || index.contains(&format!("href=\"{file}\"")), "{place}");
    }
    // A backend that was judged and not measured has a page too; a reference has none.
    assert!(files.contains_key("backends/poll.html"));
    assert!(
        !files.contains_key("backends/floor.html") && !files.contains_key("backends/plain.html")
    );
}

#[test]
fn a_page_without_a_site_leads_to_no_other() {
    for name in ["empty", "outside", "site"] {
        let html = support::page(name);
        assert!(!html.contains("backends/"), "{name}");
        let there = site(name).page;
        assert!(there.len() > html.len() && there.contains("backends/index.html"), "{name}");
    }
}

#[test]
fn pages_of_a_site_are_built_as_every_page_is() {
    for name in ["failed", "outside", "realistic", "site"] {
        for (file, html) in site(name).backends {
            let tags = tags(&html);
            let place = format!("{name}/{file}");
            let levels: Vec<u8> = tags
                .iter()
                .filter(|tag| tag.name.len() == 2 && tag.name.starts_with('h'))
                .filter_map(|tag| tag.name[1..].parse().ok())
                .collect();
            assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{place}");
            assert!(levels[0] == 1 && levels.windows(2).all(|two| two[1] <= two[0] + 1), "{place}");
            let mut seen = BTreeSet::new();
            assert!(
                tags.iter().filter_map(|tag| tag.get("id")).all(|id| seen.insert(id)),
                "{place}"
            );
            let mut landmarks = BTreeSet::new();
            for label in tags.iter().filter_map(|tag| tag.get("aria-label")) {
                assert!(landmarks.insert(label), "{place}: {label} twice");
            }
            for (i, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "table") {
                let around = &tags[i - 1];
                assert_eq!(around.get("class"), Some("scroll"), "{place}: {tag:?}");
                assert_eq!(tags[i + 1].name, "caption", "{place}");
            }
            for tag in &tags {
                assert!(
                    !["script", "img", "link", "iframe", "b"].contains(&tag.name.as_str()),
                    "{place}"
                );
                for (key, value) in &tag.attributes {
                    assert!(
                        !key.starts_with("on") && key != "src" && key != "style",
                        "{place}: {key}"
                    );
                    assert!(
                        !value.contains("//") && !value.contains(':') || key != "href",
                        "{place}: {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_same_results_give_the_same_pages() {
    for name in ["outside", "site"] {
        assert_eq!(site(name).backends, site(name).backends, "{name}");
    }
}

/// The text of an element's content without its tags.
fn plain(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn page<'a>(site: &'a Site, file: &str) -> &'a str {
    &site.backends.iter().find(|(name, _)| name == file).expect("a page").1
}

/// The row of a table that begins with some text, in words.
fn row(html: &str, start: &str) -> String {
    let rows = html.split("<tr").skip(1).filter_map(|row| row.split_once("</tr>"));
    let rows: Vec<String> = rows.map(|(row, _)| plain(&format!("<tr{row}"))).collect();
    rows.iter()
        .find(|row| row.starts_with(start))
        .unwrap_or_else(|| panic!("no {start} in {rows:#?}"))
        .clone()
}

#[test]
fn a_page_says_what_its_backend_is_claims_and_lacks() {
    let site = site("site");
    let (soft, threads) = (page(&site, "soft.html"), page(&site, "threads.html"));
    assert!(soft.contains("Soft switch: each tasklet a heap frame, run by a loop."));
    assert_eq!(
        row(soft, "portable"),
        "portable yes A suspended tasklet can be written to bytes, read back and copied. as claimed"
    );
    assert!(
        row(soft, "blocking").starts_with("blocking no ")
            && row(soft, "blocking").ends_with("1 case needs it")
    );
    assert_eq!(
        row(soft, "C104"),
        "C104 Waiters of a channel are served in the order they came. 1 failed"
    );
    assert_eq!(
        row(soft, "C177"),
        "C177 A tasklet can wait in a callback. 1 unsupported needs blocking"
    );
    assert_eq!(row(soft, "All"), "All 6 of 7 1 failed 1 unsupported");
    assert!(
        soft.contains("check: served first: &quot;b&quot; instead of &quot;a&quot;"),
        "the text of the fault"
    );
    assert!(row(threads, "throw").ends_with("passed unexpectedly"));
    assert_eq!(
        row(threads, "C020"),
        "C020 schedule puts the current tasklet last in the run queue. 1 unsupported needs control, order_exact"
    );
    assert!(row(threads, "N07").contains("A deadlock is reported. 1 known to fail"));
    assert!(!threads.contains(">C104<"), "a statement of another backend");
}

#[test]
fn a_page_says_the_place_in_every_scenario_and_the_verdict_where_there_is_none() {
    let site = site("site");
    let run = run("site");
    for backend in ["hard", "soft", "threads"] {
        let html = page(&site, &format!("{backend}.html"));
        let own = run.results.iter().filter(|row| row.backend == backend);
        for cell in own {
            let (_, after) = html
                .split_once(&format!(
                    ">{}</a> <span class=\"size\">{}</span>",
                    cell.scenario,
                    thousands(cell.size)
                ))
                .expect("a row");
            let (line, _) = after.split_once("</tr>").expect("it ends");
            let text = plain(&format!("<a>{line}"));
            let verified = run.results.iter().filter(|row| {
                (row.scenario.as_str(), row.size) == (&cell.scenario, cell.size)
                    && row.verdict == Verdict::Ok
                    && ["hard", "soft", "threads"].contains(&row.backend.as_str())
            });
            match cell.verdict {
                Verdict::Ok => assert!(
                    text.contains(&format!(" of {} ", verified.count())),
                    "{}: {text}",
                    cell.id()
                ),
                verdict => assert!(text.starts_with(verdict.text()), "{}: {text}", cell.id()),
            }
        }
    }
    assert!(page(&site, "hard.html").contains("tasklets blocked at once"), "capacity");
}

fn thousands(number: u64) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }
}

fn cell(backend: &str) -> CellResult {
    let mut cell = run("small").results[0].clone();
    cell.backend = backend.to_owned();
    cell.reference = None;
    cell
}

fn of(names: &[&str]) -> Run {
    let mut made = run("small");
    made.results = names.iter().map(|name| cell(name)).collect();
    made.scenarios.clear();
    made.backends.clear();
    made
}

#[test]
fn a_hostile_name_gets_a_safe_file_and_is_shown_escaped() {
    let names = [
        "../../x",
        "<script>alert(1)</script>",
        "a/b",
        "index",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
    ];
    let site = render_site(&of(&names), &Extras::default(), "index.html", "backends");
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    for (file, html) in &site.backends {
        assert!(file.strip_suffix(".html").is_some_and(|stem| stem.chars().all(safe)), "{file}");
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("\"javascript:"),
            "{file}"
        );
    }
    assert_eq!(site.backends.len(), 1 + names.len());
    hold(&site, "hostile");
    let title = |name: &str| {
        let escaped = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        site.backends
            .iter()
            .filter(|(_, html)| html.contains(&format!("<h1>{escaped}</h1>")))
            .count()
    };
    assert!(names.iter().all(|name| title(name) == 1));
}

#[test]
fn names_that_would_give_one_file_have_pages_of_their_own() {
    let long = |end: &str| format!("{}{end}", "n".repeat(100));
    let (one, other) = (long("a"), long("b"));
    let names = ["Hard", "hard", "HARD", "a b", "a-b", "a/b", "Index", &one, &other];
    let site = render_site(&of(&names), &Extras::default(), "index.html", "backends");
    let files: BTreeSet<String> =
        site.backends.iter().map(|(file, _)| file.to_lowercase()).collect();
    assert_eq!((files.len(), site.backends.len()), (1 + names.len(), 1 + names.len()));
    for name in names {
        let own =
            site.backends.iter().filter(|(_, html)| html.contains(&format!("<h1>{name}</h1>")));
        assert_eq!(own.count(), 1, "{name}");
    }
    assert!(
        page(&site, "hard.html").contains("<h1>hard</h1>")
            && page(&site, "a-b.html").contains("<h1>a-b</h1>")
    );
}

#[test]
fn a_folder_below_leads_back_over_all_its_parts() {
    let site = render_site(&of(&["hard"]), &Extras::default(), "run 1.html", "all/of them");
    assert!(site.page.contains("href=\"all/of%20them/hard.html\""));
    assert!(page(&site, "hard.html").contains("href=\"../../run%201.html\""));
}

#[test]
fn pages_keep_their_size_whatever_the_results_hold() {
    let names: Vec<String> = (0..100).map(|i| format!("b{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = render_site(&of(&names), &Extras::default(), "index.html", "backends");
    assert_eq!(many.backends.len(), 65, "the index and as many pages as there may be");
    assert!(page(&many, "index.html").contains("36 of 100 backends are left out here for length."));
    hold(&many, "many backends");

    // Of one backend so many rows that its page has no room, and the words of a hostile suite.
    let mut run = of(&["b"]);
    let long = "\u{202e}&<".repeat(5_000);
    run.results = (1..=2_000)
        .map(|size| {
            let mut row = cell("b");
            (row.size, row.scenario) = (size, format!("s{}", size % 300));
            row
        })
        .collect();
    let cases: Vec<Value> = (0..60)
        .map(|i| json!({"id": format!("c{i}"), "group": format!("g{i}"), "statements": [format!("C{i}")], "verdict": "fail", "detail": long}))
        .collect();
    let sentences: BTreeMap<String, &str> =
        (0..60).map(|i| (format!("C{i}"), long.as_str())).collect();
    let capabilities: BTreeMap<String, bool> =
        (0..5_000).map(|i| (format!("p{i}"), true)).collect();
    let suite = json!({"backends": [{
        "backend": "b", "command": long, "outcome": "unexpected", "capabilities": capabilities, "totals": {},
        "sentences": sentences, "cases": cases,
    }]});
    let mut extras = Extras::default();
    extras.conformance = input::Input::Present(serde_json::from_value(suite).expect("a suite"));
    let site = render_site(&run, &extras, "index.html", "backends");
    let own = page(&site, "b.html");
    assert!(own.len() <= 4 << 20 && own.ends_with("</html>"), "{} bytes", own.len());
    assert!(own.contains("left out here for length") && !own.contains('\u{202e}'));
    hold(&site, "a long page");
    // Only what a page is about is weighed for it: with another backend of many rows it grows no more.
    run.results.truncate(1_000);
    run.results.push(cell("small"));
    let group = |backend: &str| AboutBackend {
        backend: backend.into(),
        group: "g".into(),
        ..AboutBackend::default()
    };
    run.backends = vec![group("b"), group("small")];
    let small = render_site(&run, &Extras::default(), "index.html", "backends");
    assert!(page(&small, "small.html").len() <= (128 << 10) + 50 * 1_000);
}

/// The committed run of the picture is a default one: all backends and all families.
#[test]
fn the_published_page_of_a_default_run_is_at_most_a_mebibyte() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("picture.json");
    let run = switchback_bench::results::read(&path).expect("a committed run");
    let extras = Extras::default();
    let site = render_site(&run, &extras, "index.html", "backends");
    assert!(site.page.len() <= 1 << 20, "{} bytes", site.page.len());
    assert!(site.page.len() > render_html(&run, &extras).len());
    hold(&site, "picture");
    assert!(site.backends.iter().all(|(_, html)| html.len() <= 128 << 10));
    assert!(
        site.backends.len() >= 14
            && site.backends.iter().all(|(_, html)| !html.contains("left out here"))
    );
}
