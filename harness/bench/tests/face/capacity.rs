//! How far backends go: toys with a limit at 20,000.

use libtest_mimic::Failed;

use crate::{Folder, text};

pub fn comes_back() -> Result<(), Failed> {
    let folder = Folder::new("limits");
    let bench = |arguments: &[&str]| {
        folder.command("limits", arguments).env("SWITCHBACK_CAPACITY", "100000").output().unwrap()
    };
    let output = bench(&["--bench"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let run = folder.run();
    assert!(run.complete);
    let said = text(&output.stdout);
    let found = |backend: &str| {
        let found = run.capacity.iter().find(|found| found.backend == backend).unwrap();
        assert_eq!(found.asked, 100_000);
        assert!(said.contains(&format!("\ncapacity/{backend}/blocked  ")), "{said}");
        (found.reached, found.ended.clone().or_else(|| found.why.clone()).unwrap_or_default())
    };
    let is = |reached, text: &str| (reached, text.to_owned());
    assert_eq!(found("sound"), is(Some(100_000), ""));
    assert_eq!(found("refuses"), is(Some(20_000), "refused: 20000 are enough"));
    assert_eq!(found("mark"), is(Some(10_000), "refused: 10000 are enough"));
    assert_eq!(found("fails"), is(Some(20_000), "a call went wrong"));
    let (reached, ended) = found("dies");
    assert_eq!(reached, Some(20_000), "the number of a process that came back");
    assert!(
        ended.starts_with("the process ended: ")
            && ended.ends_with(": toy.rs:3: no room for another")
            && !ended.contains('/'),
        "{ended}"
    );
    assert_eq!(found("lies"), is(None, "what came back from 100000 does not add up"));
    assert_eq!(found("never"), is(None, "0 are enough"));
    assert!(said.contains("\n2 failed:\n  capacity/lies/blocked: failed: "), "{said}");

    if cfg!(target_os = "linux") {
        let memory = &run.capacity[0].memory;
        assert_eq!(memory.iter().map(|m| m.count).collect::<Vec<_>>(), [10_000, 100_000]);
        // 64 words and what the allocator adds; vectors double.
        let mark = run.capacity.iter().find(|found| found.backend == "mark").unwrap();
        assert_eq!(mark.memory.iter().map(|m| m.count).collect::<Vec<_>>(), [10_000]);
        assert!(memory.iter().all(|m| (500.0..700.0).contains(&m.resident)), "{memory:?}");
    }

    let before = run;
    let output = bench(&["--bench", "--exact", "capacity/refuses/blocked"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("kept 7 earlier results"), "{output:?}");
    assert_eq!(folder.run().capacity.len(), before.capacity.len());
    Ok(())
}

pub fn of_few() -> Result<(), Failed> {
    let folder = Folder::new("few");
    let mut command = folder.command("limits", &["--bench", "capacity/(sound|dies)"]);
    let output = command.env("SWITCHBACK_CAPACITY", "0").output()?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(folder.run().capacity, []);

    let output = folder.bench("limits", &["--bench", "--test", "capacity/(sound|dies|lies)"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    assert!(said.contains("capacity/dies/blocked     1000 things at once  ok\n"), "{said}");
    assert!(said.contains("what came back from 1000 does not add up"), "{said}");
    let listed = folder.bench("limits", &["--list", "lies"]);
    assert_eq!(text(&listed.stdout), "capacity/lies/blocked: benchmark\n");
    Ok(())
}
