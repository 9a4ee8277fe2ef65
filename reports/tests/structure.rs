//! What must hold for every page, whatever the results.

mod support;

use std::collections::BTreeSet;

use support::{RUNS, page, tags};
use switchback_bench::results::Verdict;
use switchback_report::{Extras, input, render_html};

#[test]
fn every_plot_is_followed_by_a_table_before_anything_else_is_drawn() {
    let mut plots = 0;
    for name in RUNS {
        let html = page(name);
        for (i, _) in html.match_indices("<svg class=\"plot narrow\"") {
            let after = &html[i + 1..];
            let table = after.find("<table class=\"numbers\"").expect("a table follows");
            for other in ["<svg", "<figure", "<h2", "<h3", "<p>"] {
                assert!(after.find(other).is_none_or(|at| at > table), "{name}: {other} between");
            }
            plots += 1;
        }
    }
    assert!(plots >= 10, "{plots}");
}

#[test]
fn memory_and_energy_are_shown_where_the_system_told_and_not_a_word_elsewhere() {
    let (with, without) = (page("full"), page("small"));
    for words in ["Peak memory", "clocks and memory of", "<dt>Energy</dt>"] {
        assert!(with.contains(words), "{words}");
        assert!(!without.contains(words), "{words}");
    }
    for text in [
        "Peak memory: under 262\u{a0}kB each.",
        "Peak memory: threads 1.07\u{a0}MB, hard 705\u{a0}kB, 2 others under 262\u{a0}kB.",
        "41,251 J in 1,512 s, 27.3 W, in 1 processor package, by all that ran there",
    ] {
        assert!(with.contains(text), "{text}");
    }
}

/// A page may become longer by what it says, but not out of proportion.
#[test]
fn memory_makes_a_page_longer_by_a_fiftieth_at_most() {
    let mut run = support::run("realistic");
    let without = render_html(&run, &Extras::default()).len();
    for (index, row) in run.results.iter_mut().enumerate() {
        row.peak_memory = (row.verdict == Verdict::Ok).then_some(1_234_567 * (index as u64 % 3));
    }
    let with = render_html(&run, &Extras::default()).len();
    assert!((with - without) * 50 <= without, "{without} bytes, then {with}");
}

#[test]
fn headings_descend_one_level_at_a_time_from_a_single_first() {
    for name in RUNS {
        let levels: Vec<u8> = tags(&page(name))
            .iter()
            .filter(|tag| tag.name.len() == 2 && tag.name.starts_with('h'))
            .filter_map(|tag| tag.name[1..].parse().ok())
            .collect();
        assert_eq!(levels[0], 1, "{name}");
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    }
}

#[test]
fn ids_are_unique_and_every_reference_to_one_holds() {
    for name in RUNS {
        let tags = tags(&page(name));
        let mut ids = BTreeSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(ids.insert(id), "{name}: {id} twice");
        }
        for tag in &tags {
            // All others lead to files beside the page.
            let link = tag.get("href").and_then(|href| {
                let beside = !href.contains([':', '#']) && !href.starts_with('/');
                let local = href.strip_prefix('#');
                assert!(local.is_some() || beside, "{name}: {href}");
                local
            });
            let named = tag.get("aria-labelledby").unwrap_or("").split_whitespace();
            for id in named.chain(link) {
                assert!(ids.contains(id), "{name}: nothing has the id {id}");
            }
        }
    }
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let known = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "nav",
        "main",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "dl",
        "div",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "code",
        "span",
        "strong",
        "svg",
        "desc",
        "path",
        "circle",
        "rect",
        "text",
    ];
    for name in RUNS {
        let html = page(name);
        for tag in tags(&html) {
            assert!(known.contains(&tag.name.as_str()), "{name}: <{}>", tag.name);
            for (key, value) in &tag.attributes {
                assert!(!key.starts_with("on") && key != "src" && key != "style", "{name}: {key}");
                assert!(!value.contains("//"), "{name}: {key}={value}");
            }
        }
        for loader in ["url(", "@import", "@font-face"] {
            assert!(!html.contains(loader), "{name}: {loader}");
        }
    }
}

#[test]
fn names_from_outside_stay_text() {
    let html = page("outside");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("&lt;/pre&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"));
}

/// Each word is looked for in a report of one build as well, where the opposite must hold.
#[test]
fn differences_between_builds_are_told_and_not_called_changes() {
    let section = |html: &str| {
        let (_, rest) = html.split_once("<h2 id=\"changes\">").expect("the section");
        rest.split_once("<h2").expect("the next section").0.to_owned()
    };
    let (rebuilt, same) = (section(&page("rebuilt")), section(&page("full")));
    let told = [
        "The two runs are different builds.",
        "<li>Built with LTO fat, the earlier run with LTO off.</li>",
        "<li>Built without the target feature avx2, unlike the earlier run.</li>",
        "the compiler flags --cfg &lt;/li&gt;quiet.</li>",
        "cells that differ",
        ">Difference</th>",
    ];
    for text in told {
        assert!(rebuilt.contains(text) && !same.contains(text), "{text}");
    }
    for text in ["cells that have changed", ">Change</th>", "Changes since the baseline"] {
        assert!(same.contains(text) && !rebuilt.contains(text), "{text}");
    }
    let summary = |name: &str| {
        switchback_report::render_markdown(&support::run(name), &support::extras(name))
    };
    let (rebuilt, same) = (summary("rebuilt"), summary("full"));
    assert!(rebuilt.contains("### Differences from another build") && !rebuilt.contains("Changes"));
    assert!(rebuilt.contains("- Built with LTO fat, the earlier run with LTO off."));
    assert!(same.contains("### Changes since") && !same.contains("another build"));
}

#[test]
fn the_environment_tells_the_build_or_that_it_is_not_known() {
    let html = page("rebuilt");
    for fact in [
        "<dt>Cargo profile</dt><dd>bench</dd>",
        "<dt>LTO</dt><dd>fat</dd>",
        "<dt>Codegen units</dt><dd>1</dd>",
        "<dt>Target features</dt><dd>fxsr, sse, sse2, x87</dd>",
        "<dt>Other compiler flags</dt><dd>none</dd>",
    ] {
        assert!(html.contains(fact), "{fact}");
    }
    let older = page("small");
    assert!(older.contains("<dt>Build</dt><dd>not known beyond the profile</dd>"));
    assert!(!older.contains("<dt>LTO</dt>"));
}

/// What the author of a scenario says is shown, escaped; what is missing is left out.
#[test]
fn words_come_from_the_results_alone() {
    let html = page("full");
    assert!(html.contains(">Ping-pong</h3>") && html.contains("Tasklets hand a value back and"));
    let family = "<tr class=\"family\"><th scope=\"rowgroup\"";
    assert_eq!(html.matches(family).count(), 2, "switching and recursion");
    assert!(html.contains("talk, 2007<span class=\"under\">hardware of that year</span>"));

    let older = page("small");
    assert!(older.contains(">pingpong</h3>") && !older.contains("Tasklets hand"));
    assert!(!older.contains("<dt>Shows</dt>") && !older.contains(family));

    let outside = page("outside");
    assert!(outside.contains("&lt;b&gt;odd &amp; &quot;even&quot;&lt;/b&gt;</th>"));
    assert!(outside.contains("Matrix &lt;/h3&gt;&lt;script&gt;alert(3)&lt;/script&gt;</h3>"));
    let drawn = |html: &str| -> String {
        let parts = html.split("<svg").skip(1).map(|part| part.split("</svg>").next());
        parts.flatten().collect()
    };
    assert!(outside.contains("one's &quot;book&quot;, 1999"));
    assert!(!drawn(&outside).contains("book"), "figures from elsewhere stand on no axis");
    let shows = "<dl class=\"prose\"><div><dt>Shows</dt><dd>No heading of its own, no family.</dd></div></dl>";
    assert!(outside.contains(shows), "only what is said");
    assert!(!outside.contains("Of no result"), "words of a scenario without results");
}

#[test]
fn tables_can_be_read_aloud_and_scrolled_by_keyboard() {
    for name in RUNS {
        let html = page(name);
        let tags = tags(&html);
        assert_eq!(tags[0].get("lang"), Some("en"));
        assert!(tags.iter().any(|tag| tag.get("name") == Some("viewport")));
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        assert_eq!(count("table"), count("caption"), "{name}");
        assert!(tags.iter().filter(|t| t.name == "th").all(|t| t.get("scope").is_some()), "{name}");
        for (i, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "table") {
            let around = &tags[i - 1];
            assert_eq!(around.get("class"), Some("scroll"), "{name}: {tag:?}");
            assert_eq!(around.get("tabindex"), Some("0"), "{name}: {tag:?}");
            assert!(around.get("aria-label").is_some(), "{name}: {tag:?}");
        }
        let images: Vec<_> = tags.iter().filter(|tag| tag.name == "svg").collect();
        assert!(images.iter().all(|svg| svg.get("role") == Some("img")), "{name}");
        assert_eq!(count("desc"), images.len(), "{name}");
        let skip = tags.iter().find(|tag| tag.name == "a").and_then(|tag| tag.get("href"));
        assert_eq!(skip, Some("#main"), "the first link skips to the results");
    }
}

#[test]
fn the_conformance_matrix_counts_what_was_asked_and_nothing_else() {
    let html = page("full");
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("id=\"matrix\"") < at("id=\"conformance\""));
    assert!(at("id=\"conformance\"") < at("id=\"scenarios\""));
    // soft: 6 pass, 1 fails, 1 unsupported.
    assert!(html.contains("<strong>6 of 7</strong>"));
    assert!(html.contains("<span class=\"badge unsupported\">1 unsupported</span>"));
    assert!(html.contains("check: served first: &quot;b&quot; instead of &quot;a&quot;"));
    assert!(html.contains("poll could not run"));
}

/// As many groups as the suite has need narrow columns; the browser's test sees that they fit.
#[test]
fn a_conformance_matrix_of_many_groups_is_dense() {
    let mut extras = support::extras("full");
    assert!(!page("full").contains("matrix dense") && !page("full").contains(" unsup."));
    let input::Input::Present(suites) = &mut extras.conformance else { panic!("it is there") };
    let untried = suites.backends[0].cases.iter().find(|case| case.detail.is_some()).cloned();
    let untried = untried.expect("a case with a text");
    for group in 0..20 {
        let (id, group) = (format!("many::{group}"), format!("group{group}"));
        let verdict = input::Verdict::Unsupported;
        suites.backends[0].cases.push(input::Case { id, group, verdict, ..untried.clone() });
    }
    let html = render_html(&support::run("full"), &extras);
    assert!(html.contains("<table class=\"matrix dense\">"));
    assert!(
        html.contains("<span class=\"badge unsupported\">21 unsup.</span>"),
        "those of all groups"
    );
}

#[test]
fn the_kill_matrix_shows_what_nobody_saw() {
    let html = page("full");
    assert!(html.contains("3 of 4 faults are seen; 4 of 5 cases see a fault"));
    assert!(html.contains("<span class=\"badge failed\">not seen</span>"));
    assert!(html.contains("Cases that see none of the faults: 1"));
}

#[test]
fn what_has_no_data_has_no_section_and_no_link() {
    let optional = ["conformance", "mutants", "thaw", "changes", "capacity", "failures"];
    let (small, full) = (page("small"), page("full"));
    for id in optional {
        assert!(!small.contains(&format!("<h2 id=\"{id}\">")), "{id}");
        assert!(!small.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert!(full.contains("<h2 id=\"conformance\">") && full.contains("href=\"#thaw\""));
    for name in RUNS {
        assert!(!page(name).contains("Not part of this report"), "{name}");
    }
}

#[test]
fn the_first_screen_says_what_is_compared_and_leads_to_the_data() {
    let html = page("full");
    let (first, _) = html.split_once("<h2 id=\"matrix\">").expect("the matrix follows");
    assert!(first.len() <= 100 << 10, "{} bytes", first.len());
    for text in ["A tasklet is a thread of control", "cells verified", "Imagined Processor"] {
        assert!(first.contains(text), "{text}");
    }
    assert!(first.contains("<svg class=\"plot wide\"") && first.contains("class=\"findings\""));
    for file in ["run.json", "conformance.json", "baseline.json"] {
        assert!(first.contains(&format!("<a href=\"{file}\">{file}</a>")), "{file}");
    }
}

/// The committed run of the picture is a default one: all backends and all families.
#[test]
fn the_page_of_a_default_run_is_at_most_a_mebibyte() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("picture.json");
    let run = switchback_bench::results::read(&path).expect("a committed run");
    let html = render_html(&run, &Extras::default());
    assert!(html.len() <= 1 << 20, "{} bytes", html.len());
    let first = html.find("<h2 id=\"matrix\">").expect("the matrix");
    assert!(first <= 100 << 10, "{first} bytes before the matrix");
    assert!(!html.contains("left out here for length") && !html.contains("This page leaves out"));
}

#[test]
fn what_rests_on_fewer_than_six_samples_shows_no_interval() {
    let html = page("realistic");
    assert!(html.contains("<td class=\"figure\">5 samples</td>"));
    assert!(html.contains("<span class=\"few\">n=5</span>"), "in the matrix as well");
}

/// The suite's own sample: whatever it writes can be read here.
#[test]
fn what_the_suites_write_is_what_the_report_reads() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let conformance = samples.join("harness/conformance/tests/sample.json");
    let found = input::read::<input::Conformance>(&conformance).unwrap_or_else(|e| panic!("{e}"));
    assert!(!found.backends.is_empty());
    let thaw = samples.join("scenarios/programs/tests/freeze_thaw.sample.json");
    let found = input::read::<input::Thaw>(&thaw).unwrap_or_else(|e| panic!("{e}"));
    assert!(!found.cells.is_empty());
}

/// A run beside which suites have left a file for each backend, as `cargo test` does.
#[test]
fn verdicts_that_suites_left_beside_a_run_are_those_of_its_backends() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("left-by-suites");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("conformance")).expect("a folder for the test");
    let (run_json, page) = (folder.join("run.json"), folder.join("report.html"));
    std::fs::copy(support::golden("small.json"), &run_json).expect("a run for the test");
    let sample = support::golden("full/conformance.json");
    let whole: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(sample).expect("a sample")).expect("JSON");
    let backends = whole["backends"].as_array().expect("a list");
    for backend in backends {
        let mut one = whole.clone();
        one["backends"] = serde_json::json!([backend]);
        let name = backend["backend"].as_str().expect("a name");
        let path = folder.join("conformance").join(format!("{name}.json"));
        std::fs::write(path, one.to_string()).expect("results for the test");
    }
    let render = || {
        let run = switchback_report::render_file(&run_json, &page).expect("a page");
        (run, std::fs::read_to_string(&page).expect("the page"))
    };
    let (run, html) = render();
    let section = |html: &str| {
        let (_, rest) = html.split_once("<h2 id=\"conformance\">").expect("a section");
        rest.split_once("<h2").map_or(rest, |(section, _)| section).to_owned()
    };
    let table = section(&html);
    let mut shown = 0;
    for backend in backends {
        let name = backend["backend"].as_str().expect("a name");
        let measured = run.results.iter().any(|cell| cell.backend == name);
        let row = format!("<th scope=\"row\"><span class=\"name\">{name}</span>");
        assert_eq!(table.contains(&row), measured, "{name}");
        shown += usize::from(measured);
    }
    assert!(shown > 0 && shown < backends.len(), "{shown}");
    std::fs::write(folder.join("conformance/broken.json"), "{").expect("a broken file");
    let broken = section(&render().1);
    assert!(broken.contains("broken.json") && broken.contains("Not part of this report"));
}
