//! Runs in parts: toys with nine blocks and three probes.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use switchback_bench::results::Shard;

use crate::{ALL, Folder, ids, text};

pub fn are_listed() -> Result<(), Failed> {
    let folder = Folder::new("shard-list");
    let list = |arguments: &[&str]| {
        let output = folder.bench("many", &[&["--list"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = list(&[]);
    assert_eq!(all.len(), 9 * 2 + 3);
    let parts = [list(&["--shard", "1/3"]), list(&["--shard=2/3"]), list(&["--shard", "3/3"])];
    assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), all.len(), "{parts:?}");
    let union: BTreeSet<&String> = parts.iter().flatten().collect();
    assert_eq!(union, all.iter().collect());
    for part in &parts {
        assert_eq!(part.iter().filter(|id| id.starts_with("capacity/")).count(), 1, "{part:?}");
        // The reference and the other cell of a block stay together.
        let of = |backend: &str| part.iter().filter(|id| id.contains(backend)).count();
        assert_eq!((of("/corosensei/"), of("/plain/")), (3, 3), "{part:?}");
    }
    let variable = folder.command("many", &["--list"]).env("SWITCHBACK_SHARD", "2/3").output()?;
    assert_eq!(text(&variable.stdout).lines().collect::<Vec<_>>(), parts[1]);
    let filtered = [list(&["--shard", "1/2", "/[12]$"]), list(&["--shard", "2/2", "/[12]$"])];
    assert_eq!(filtered.map(|part| part.len()), [2, 2], "what is asked for is shared out");
    Ok(())
}

pub fn are_recorded() -> Result<(), Failed> {
    let folder = Folder::new("shard");
    let bench = |arguments: &[&str]| {
        let output = folder.bench("sound", arguments);
        assert!(output.status.success(), "{output:?}");
        folder.run()
    };
    let (one, two) = (bench(&["--bench", "--shard", "1/2"]), bench(&["--bench", "--shard", "2/2"]));
    // The larger size takes longer, and the longest block is the first to be shared out.
    let expected = [&ALL[2..], &ALL[..2]].map(|ids| ids.join(" "));
    assert_eq!([ids(&one).join(" "), ids(&two).join(" ")], expected);
    let shard = |part: Option<Shard>| {
        let part = part.expect("a part");
        assert_eq!(part.settings["budget"], "0.05 s");
        assert_eq!(part.settings["filter"], "all");
        assert_eq!(
            (&part.scenarios[..], &part.backends[..]),
            (&["count".to_owned()][..], &["corosensei", "plain"].map(str::to_owned)[..])
        );
        (part.parts.clone(), part.of, part.settings)
    };
    let ((first, of, settings), (second, ..)) =
        (shard(one.shard.clone()), shard(two.shard.clone()));
    assert_eq!((first, second, of), (vec![1], vec![2], 2));
    assert_eq!(Some(settings), two.shard.map(|shard| shard.settings), "the same run");
    assert!(one.complete && two.complete);
    assert_eq!(bench(&["--bench"]).shard, None);
    Ok(())
}

pub fn without_cells() -> Result<(), Failed> {
    let folder = Folder::new("shard-empty");
    let output = folder.bench("sound", &["--bench", "--shard", "3/3"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).starts_with("part 3 of 3 has no cell"), "{output:?}");
    let run = folder.run();
    assert!(run.complete && run.results.is_empty());
    assert_eq!(run.shard.map(|shard| shard.parts), Some(vec![3]));
    // A filter that selects nothing in any part is a mistake still.
    let output = folder.bench("sound", &["--bench", "--shard", "3/3", "nosuch"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Ok(())
}

pub fn are_refused() -> Result<(), Failed> {
    let folder = Folder::new("shard-refused");
    for part in ["0/3", "4/3", "x/y", "1/0", ""] {
        let output = folder.bench("many", &["--bench", "--shard", part]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert_eq!(
            text(&output.stderr),
            format!(
                "--shard: expected K/N with K from 1 to N and N up to 1000, such as 2/3; found \
                 {part:?}\n"
            )
        );
    }
    assert!(!folder.0.join("run.json").exists());
    Ok(())
}
