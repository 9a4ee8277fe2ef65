//! The short form: a verdict line, the matrix and the failures, folded. Made for the step summary of a CI service, which refuses texts
//! above a limit as a whole, so that a cut text is worth more than a complete one.

use std::fmt::Write;

use switchback_bench::results::{self, Capacity, CellResult, Run};

use crate::baseline::{Baseline, Changes, Nature};
use crate::extras::Extras;
use crate::fit::safe;
use crate::input::Verdict;
use crate::numbers::{Dimension, count, figure, quantity};
use crate::view::{Block, Group, View, is_reference};
use crate::words::{self, VerdictLine, reproduce, reproduce_probe};

/// Most bytes a summary has: 1 MiB, less a margin for what a step writes beside it.
pub const MARKDOWN_LIMIT: usize = 1_000_000;

/// Renders a run as a Markdown summary of at most [`MARKDOWN_LIMIT`] bytes. What had to be left out is said at the end.
#[must_use]
pub fn render_markdown(run: &Run, extras: &Extras) -> String {
    let view = View::of(run);
    let mut summary = Summary { text: String::new(), left_out: 0 };
    summary.add(&format!("## switchback: {}\n\n", VerdictLine::of(&view)));
    if let Some(part) = words::part(run) {
        summary.add(&format!(
            "**This is {} of a run.** `switchback-report merge` joins the results of its parts.\n\n",
            inline(&part)
        ));
    }
    if let Some(why) = words::incomplete(run) {
        let why =
            if run.missing.is_empty() { String::new() } else { format!(" {}.", inline(&why)) };
        summary.add(&format!(
            "**This run is incomplete.**{why} What is missing does not count above.\n\n"
        ));
    }
    matrix(&view, &mut summary);
    capacity(&run.capacity, &mut summary);
    failures(&view, &mut summary);
    conformance(extras, &mut summary);
    changes(run, extras, &mut summary);
    let e = &run.environment;
    summary.add(&format!(
        "{}, {} cores, {}, {}, commit {}\n",
        inline(&e.cpu),
        e.cores,
        inline(&e.kernel),
        inline(&e.rustc),
        inline(&e.commit)
    ));
    summary.finish()
}

/// Text that stops growing at the limit and remembers how much it turned away.
struct Summary {
    text: String,
    left_out: usize,
}

impl Summary {
    /// Adds a part, whole or not at all.
    fn add(&mut self, part: &str) {
        const CLOSING: usize = 120;
        let part = safe(part.to_owned());
        if self.text.len() + part.len() + CLOSING <= MARKDOWN_LIMIT {
            self.text.push_str(&part);
        } else {
            self.left_out += 1;
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let _ = writeln!(
                self.text,
                "\n{} parts left out for length; the HTML report has them.",
                count(self.left_out as u64)
            );
        }
        self.text
    }
}

fn matrix(view: &View<'_>, summary: &mut Summary) {
    if view.groups.is_empty() {
        return;
    }
    let mut head = "| scenario | size | reference |".to_owned();
    for backend in &view.columns {
        let _ = write!(head, " {} |", inline(backend));
    }
    if view.beside {
        head.push_str(" beside |");
    }
    head.push_str("\n|---|--:|---|");
    head.push_str(&"---|".repeat(view.columns.len() + usize::from(view.beside)));
    head.push('\n');
    summary.add(&head);
    for (family, groups) in view.families() {
        if let Some(family) = family {
            let rest = " |".repeat(2 + view.columns.len() + usize::from(view.beside));
            summary.add(&format!("| **{}** |{rest}\n", inline(&family)));
        }
        for (group, block) in groups.iter().flat_map(blocks) {
            let mut line = format!(
                "| {} | {} | {} |",
                inline(group.scenario),
                count(block.size),
                reference(block)
            );
            for backend in &view.columns {
                let cell = match block.row(backend) {
                    Some(row) if is_reference(row) => "reference".to_owned(),
                    Some(row) => content(row),
                    None => String::new(),
                };
                let _ = write!(line, " {cell} |");
            }
            if view.beside {
                let named = |row: &CellResult| format!("{} {}", inline(&row.backend), content(row));
                let beside: Vec<String> = block.beside(&view.columns).map(named).collect();
                let _ = write!(line, " {} |", beside.join(", "));
            }
            line.push('\n');
            summary.add(&line);
        }
    }
    summary.add("\n");
}

/// The sizes of a scenario.
fn blocks<'g, 'a>(group: &'g Group<'a>) -> impl Iterator<Item = (&'g Group<'a>, &'g Block<'a>)> {
    group.series.iter().flat_map(|series| &series.blocks).map(move |block| (group, block))
}

fn capacity(found: &[Capacity], summary: &mut Summary) {
    if found.is_empty() {
        return;
    }
    summary.add("| capacity | reached | each | ended by |\n|---|--:|--:|---|\n");
    for one in found {
        let reached = match one.reached {
            Some(reached) => format!("{} {}", count(reached), inline(&one.unit)),
            None => format!("**{}**", one.verdict),
        };
        let each = one.memory.last().map(|m| quantity(m.resident, Dimension::Bytes));
        let end = one.ended.as_ref().or(one.why.as_ref()).map(|why| inline(why));
        let (each, end) = (each.unwrap_or_default(), end.unwrap_or_default());
        let id = format!("{} {}", inline(&one.backend), inline(&one.probe));
        summary.add(&format!("| {id} | {reached} | {each} | {end} |\n"));
    }
    summary.add("\n");
}

fn reference(block: &Block<'_>) -> String {
    match block.reference_row() {
        Some(row) => format!("{} {}", inline(&row.backend), content(row)),
        None => block.reference().map(inline).unwrap_or_default(),
    }
}

fn content(row: &CellResult) -> String {
    let Some(median) = row.median.filter(|_| row.verdict == results::Verdict::Ok) else {
        return if row.verdict.is_failure() {
            format!("**{}**", row.verdict)
        } else {
            row.verdict.to_string()
        };
    };
    let mut text = quantity(median, Dimension::of(&row.unit));
    if let Some(ratio) = row.ratio.filter(|_| !is_reference(row)) {
        let _ = write!(text, " (\u{d7}{})", figure(ratio));
    }
    text
}

fn failures(view: &View<'_>, summary: &mut Summary) {
    let cells = view.failures().into_iter();
    let cells = cells.map(|row| (row.id(), row.verdict, &row.why, reproduce(row)));
    let probes = view.run.capacity.iter().filter(|found| found.verdict.is_failure());
    let probes = probes.map(|one| (one.id(), one.verdict, &one.why, reproduce_probe(one)));
    let failures: Vec<_> = cells.chain(probes).collect();
    if failures.is_empty() {
        return;
    }
    summary.add(&format!("### Failures ({})\n\n", failures.len()));
    for (id, verdict, why, command) in failures {
        // HTML inside, because a code fence could be closed by the text itself.
        summary.add(&format!(
            "<details><summary>{}: {verdict}</summary>\n<pre>{}</pre>\n<p>Again: <code>{}</code></p>\n</details>\n\n",
            html(&id),
            html(why.as_deref().unwrap_or("no reason recorded")),
            html(&command),
        ));
    }
}

fn conformance(extras: &Extras, summary: &mut Summary) {
    let Some(conformance) = extras.conformance.present() else { return };
    summary.add("### Conformance\n\n");
    for backend in &conformance.backends {
        let counts = backend.counts();
        let (passed, asked) = (counts.get(Verdict::Pass), counts.asked());
        let mut line = format!("- {}: ", inline(&backend.backend));
        if backend.why.is_none() {
            let _ = write!(line, "{passed} of {asked} cases hold");
        }
        for (verdict, number) in counts.others() {
            let words = verdict.words();
            let _ = if verdict.is_unexpected() {
                write!(line, "; **{number} {words}**")
            } else {
                write!(line, "; {number} {words}")
            };
        }
        if let Some(why) = &backend.why {
            let _ = write!(line, "**could not run**: {}", inline(why));
        }
        line.push('\n');
        summary.add(&line);
    }
    summary.add("\n");
}

/// How this run differs from the baseline, in numbers, and the cells in question. Differences of another build are not called changes.
fn changes(run: &Run, extras: &Extras, summary: &mut Summary) {
    let Some(Baseline(then)) = extras.baseline.present() else { return };
    let changes = Changes::between(then, run);
    let (less, more) = changes.directions();
    let heading = match changes.nature() {
        Nature::Changes => "Changes since",
        Nature::Builds => "Differences from another build,",
    };
    summary.add(&format!("### {heading} {}\n\n", inline(&then.environment.commit)));
    if changes.nature() == Nature::Builds {
        summary.add("What differs may come from the build:\n\n");
        for sentence in &changes.builds {
            summary.add(&format!("- {}\n", inline(sentence)));
        }
        summary.add("\n");
    }
    summary
        .add(&format!("{} figures compared: {less} lower, {more} higher\n\n", changes.compared()));
    for moved in &changes.moved {
        let phrase = moved.comparison.phrase(Dimension::of(&moved.now.unit));
        summary.add(&format!("- {}: {}\n", inline(&moved.now.id()), phrase));
    }
    for (row, before) in &changes.verdicts {
        summary.add(&format!("- {}: **{}**, was {before}\n", inline(&row.id()), row.verdict));
    }
    summary.add("\n");
}

/// Text on one line whose characters mean nothing to Markdown or HTML.
pub(crate) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' | '\\' | '!' | '@' => {
                let _ = write!(out, "&#{};", c as u32);
            }
            // What else is no letter is made visible with the whole part.
            '\t' | '\n' | '\r' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// Text for HTML. Blank lines would end the HTML block around it, so they get an invisible word.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = escaped.lines().map(|line| if line.trim().is_empty() { "&nbsp;" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};

    #[test]
    fn a_name_cannot_break_the_table_or_call_anyone() {
        let run = run_of(vec![measured("a|b", "<script>@me\n|x", 1, 1.5)]);
        let text = render_markdown(&run, &Extras::default());
        assert!(text.contains("&#124;b"), "{text}");
        assert!(text.contains(" &lt;script&gt;&#64;me &#124;x |"), "{text}");
        let widths: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with('|'))
            .map(|line| line.matches('|').count())
            .collect();
        assert_eq!(widths, [5, 5, 5]);
    }

    #[test]
    fn a_failure_keeps_its_text_whatever_is_in_it() {
        let mut run = run_of(vec![measured("a", "hard", 1, 1.0)]);
        run.results[0].verdict = results::Verdict::Failed;
        run.results[0].why = Some("```\n\n</pre> expected 3".to_owned());
        let text = render_markdown(&run, &Extras::default());
        assert!(text.contains("<pre>```\n&nbsp;\n&lt;/pre&gt; expected 3</pre>"), "{text}");
        assert!(text.contains("| **failed** |"), "{text}");
    }

    #[test]
    fn a_summary_stays_under_the_limit_and_says_what_is_missing() {
        let rows = (0..40).map(|size| {
            let mut row = measured("a", "hard", size, 1.0);
            row.verdict = results::Verdict::Failed;
            row.why = Some("x".repeat(50_000));
            row
        });
        let text = render_markdown(&run_of(rows.collect()), &Extras::default());
        assert!(text.len() <= MARKDOWN_LIMIT, "{}", text.len());
        assert!(text.len() > MARKDOWN_LIMIT * 9 / 10, "{}", text.len());
        assert!(text.ends_with("parts left out for length; the HTML report has them.\n"));
    }
}
