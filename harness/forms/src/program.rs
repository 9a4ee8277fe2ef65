//! A run: functions of many seeds in batches, what became of each, and the small ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    path::Path,
    slice::Chunks,
    sync::Mutex,
    thread,
    time::Instant,
};

use crate::{
    advice::advised,
    compile::{Complaint, Tools, explain},
    construct::Construct,
    generate::Function,
    record::{Advice, Difference, Record},
    reduce::reduce,
    runner::{FORMS, Seen},
    tree::Mode,
};

/// Functions in one program. rustc says what is wrong in stages, and after each the rest of the
/// program is compiled again: with many functions every stage has something to say.
pub const BATCH: usize = 24;

/// Functions after which a line says how far the run is.
const ROUND: usize = 480;

/// Functions from which on it is worth while to build the macros with optimization.
const LONG: usize = 500;

/// Rounds in which advice is followed: a refusal may hide the next one.
const ADVICE: usize = 6;

/// What became of a function.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No plain Rust; the generator's fault.
    Invalid(Vec<Complaint>),
    /// The macro refuses it in its own words.
    Refused(Vec<Complaint>),
    /// rustc refuses what the macro made of it.
    Broken(Vec<Complaint>),
    /// All forms give what the plain function gives.
    Agrees,
    /// Some do not: what each gave.
    Differs(Vec<Seen>),
}

/// Differences of one kind have one cause, as far as can be told from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// rustc refuses it with this code.
    Broken(Option<String>),
    /// What differs, and in which forms.
    Differs(&'static str, Vec<&'static str>),
}

impl Verdict {
    /// The kind of the difference, if it is one.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Broken(complaints) => {
                let foreign = complaints.iter().find(|c| !c.is_ours())?;
                Some(Kind::Broken(foreign.code.clone()))
            }
            Self::Differs(seen) => Some(Kind::Differs(what(seen), differing(seen))),
            _ => None,
        }
    }
}

/// Names of the forms that do not give what the first one gives.
pub fn differing(seen: &[Seen]) -> Vec<&'static str> {
    let Some(plain) = seen.first() else { return Vec::new() };
    let differs = |form: usize, seen: &Seen| {
        // A reloaded function leaves its value in the log only.
        let result = if form == 3 && seen.result.is_empty() && !plain.result.starts_with("error") {
            &plain.result
        } else {
            &seen.result
        };
        // Where a panic does not go on, it is an error.
        let panicked = plain.result.strip_prefix("panicked: ");
        let told = panicked.is_some_and(|text| {
            form >= 3 && result.starts_with("error : ") && result.ends_with(&format!(": {text}"))
        });
        if told {
            return seen.log != plain.log;
        }
        *result != plain.result || seen.log != plain.log
    };
    let all = seen.iter().enumerate().skip(1).filter(|(form, seen)| differs(*form, seen));
    all.filter_map(|(form, _)| FORMS.get(form).copied()).collect()
}

/// What differs: the most that any form has wrong.
fn what(all: &[Seen]) -> &'static str {
    let Some(plain) = all.first() else { return "nothing ran" };
    let lost = |seen: &Seen| seen.result.starts_with("the program");
    let value = |seen: &Seen| seen.result != plain.result && !seen.result.is_empty();
    let effects = |seen: &Seen| {
        let kept = |line: &&String| !line.starts_with("drop ");
        !seen.log.iter().filter(kept).eq(plain.log.iter().filter(kept))
    };
    match () {
        () if all.iter().any(lost) => "abort or hang",
        () if all.iter().any(value) => "value",
        () if all.iter().any(effects) => "effects",
        () => "destructors",
    }
}

/// What becomes of each function.
///
/// # Errors
/// If rustc or a program cannot be run.
pub fn judge(tools: &Tools, functions: &[Function]) -> Result<Vec<Verdict>, String> {
    let plain = tools.plain(functions)?;
    let invalid: BTreeSet<usize> = plain.refused.keys().copied().collect();
    let forms = tools.forms(functions, &invalid)?;
    let seen = match &forms.program {
        Some(program) => tools.run(program)?,
        None => BTreeMap::new(),
    };
    let verdict = |number: usize| {
        if let Some(complaints) = plain.refused.get(&number) {
            return Verdict::Invalid(complaints.clone());
        }
        if let Some(complaints) = forms.refused.get(&number) {
            let mut complaints = complaints.clone();
            explain(&functions[number], &mut complaints);
            return if complaints.iter().all(Complaint::is_ours) {
                Verdict::Refused(complaints)
            } else {
                Verdict::Broken(complaints)
            };
        }
        match seen.get(&number) {
            Some(seen) if seen.len() == FORMS.len() && differing(seen).is_empty() => {
                Verdict::Agrees
            }
            Some(seen) => Verdict::Differs(seen.clone()),
            None => Verdict::Differs(Vec::new()),
        }
    };
    Ok((0..functions.len()).map(verdict).collect())
}

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Functions.
    pub count: usize,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// Differences that are made small.
    pub reduced: usize,
    /// The folder of the programs.
    pub name: String,
}

/// Generates, compiles, runs and compares.
///
/// # Errors
/// If rustc or a program cannot be run.
pub fn run(workspace: &Path, options: &Options) -> Result<Record, String> {
    let tools = Tools::find(workspace, &options.name, options.count >= LONG)?;
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = (0..workers).map(|n| tools.worker(n)).collect::<Result<Vec<_>, _>>()?;
    let begin = Instant::now();
    let mut record = Record::new(options.count, options.seed);
    let mut next = options.seed;
    while record.functions < options.count {
        let round = ROUND.min(options.count - record.functions);
        let seeds: Vec<u64> = (next..).take(round).collect();
        next += seeds.len() as u64;
        let size = BATCH.min(seeds.len().div_ceil(workers.len())).max(1);
        let queue = Mutex::new(seeds.chunks(size));
        let done: Vec<Result<Vec<Batch>, String>> = thread::scope(|scope| {
            let running: Vec<_> =
                workers.iter().map(|worker| scope.spawn(|| batches(worker, &queue))).collect();
            let join = |handle: thread::ScopedJoinHandle<'_, _>| {
                handle.join().unwrap_or_else(|_| Err("a batch has panicked".into()))
            };
            running.into_iter().map(join).collect()
        });
        let mut all = Vec::new();
        for batches in done {
            all.extend(batches?);
        }
        all.sort_by_key(|batch| batch.first);
        all.into_iter().for_each(|batch| add(batch, &mut record));
        record.seconds = begin.elapsed().as_secs_f64();
        eprintln!("{}", record.line());
    }
    record.check();
    while let Some(at) = record.unreduced(options.reduced) {
        let (function, kind) = record.function(at);
        let small = reduce(&tools, &function, &kind)?;
        let verdict = judge(&tools, std::slice::from_ref(&small))?.pop();
        record.reduced(at, &small, verdict.as_ref());
        eprintln!("seed {}: {} bytes left", function.seed, small.body.text(Mode::Plain).len());
    }
    Ok(record)
}

/// Functions with what became of them.
struct Batch {
    first: u64,
    functions: Vec<Function>,
    verdicts: Vec<Verdict>,
    advice: Advice,
}

/// What becomes of the functions of the queue, until it is empty.
fn batches(tools: &Tools, queue: &Mutex<Chunks<'_, u64>>) -> Result<Vec<Batch>, String> {
    let mut done = Vec::new();
    loop {
        let seeds = queue.lock().map_err(|_| "another worker has panicked")?.next();
        let Some(seeds) = seeds else { return Ok(done) };
        done.push(batch(tools, seeds)?);
    }
}

fn batch(tools: &Tools, seeds: &[u64]) -> Result<Batch, String> {
    let functions: Vec<Function> = seeds.iter().copied().map(Function::new).collect();
    let verdicts = judge(tools, &functions)?;
    let again = functions.iter().zip(&verdicts).filter_map(|(function, verdict)| match verdict {
        Verdict::Refused(complaints) => advised(function, complaints),
        _ => None,
    });
    let advice = advise(tools, again.collect())?;
    Ok(Batch { first: seeds.first().copied().unwrap_or(0), functions, verdicts, advice })
}

fn add(batch: Batch, record: &mut Record) {
    record.advice.add(&batch.advice);
    batch.advice.differences.into_iter().for_each(|difference| record.differ(difference));
    for (function, verdict) in batch.functions.iter().zip(&batch.verdicts) {
        if let Verdict::Invalid(complaints) = verdict {
            record.invalid(function.seed, complaints);
            continue;
        }
        record.functions += 1;
        for construct in function.constructs() {
            *record.constructs.entry(construct.name()).or_default() += 1;
        }
        match verdict {
            Verdict::Refused(complaints) => record.refuse(function.seed, complaints),
            Verdict::Broken(_) | Verdict::Differs(_) => {
                record.differ(Difference::new(function, verdict));
            }
            Verdict::Agrees | Verdict::Invalid(_) => {}
        }
    }
}

/// Follows the advice as long as there is some that can be followed without a human.
fn advise(tools: &Tools, functions: Vec<Function>) -> Result<Advice, String> {
    let mut advice = Advice { tried: functions.len(), ..Advice::default() };
    let mut functions = functions;
    for _ in 0..ADVICE {
        if functions.is_empty() {
            break;
        }
        let verdicts = judge(tools, &functions)?;
        let mut again = Vec::new();
        for (function, verdict) in functions.iter().zip(&verdicts) {
            match verdict {
                Verdict::Refused(complaints) => match advised(function, complaints) {
                    Some(changed) => again.push(changed),
                    None => advice.refuse(function.seed, complaints),
                },
                Verdict::Agrees => advice.agrees += 1,
                // The automatic rewriting was too simple here: no plain Rust either.
                Verdict::Invalid(complaints) => advice.refuse(function.seed, complaints),
                Verdict::Broken(_) | Verdict::Differs(_) => {
                    advice.differs += 1;
                    let mut difference = Difference::new(function, verdict);
                    difference.advised = true;
                    advice.differences.push(difference);
                }
            }
        }
        functions = again;
    }
    advice.refused_again += functions.len();
    Ok(advice)
}

const USAGE: &str = "\
usage: forms run COUNT [SEED] [--reduce N] [--output DIR]
       forms show SEED           prints the function as a tasklet
       forms reduce SEED         prints a small function with the same difference";

/// The program. Gives its exit code: 0 if all agree, 1 if not, 2 if it could not be found out.
pub fn main(arguments: &[String]) -> u8 {
    match command(arguments) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(error) => {
            eprintln!("forms: {error}");
            2
        }
    }
}

fn command(arguments: &[String]) -> Result<bool, String> {
    let mut words = Vec::new();
    let mut values = BTreeMap::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--reduce" | "--output" => {
                let value = rest.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
                values.insert(word.as_str(), value.as_str());
            }
            word => words.push(word),
        }
    }
    let number = |text: &str| {
        text.parse::<u64>().map_err(|_| format!("`{text}`: expected a number\n{USAGE}"))
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match words[..] {
        ["show", seed] => {
            let mut text = String::new();
            Function::new(number(seed)?).print("f", Mode::Forms, &mut text);
            print!("{text}");
            Ok(true)
        }
        ["reduce", seed] => {
            let function = Function::new(number(seed)?);
            let tools = Tools::find(&workspace, &format!("reduce-{seed}"), false)?;
            let verdict = judge(&tools, std::slice::from_ref(&function))?.pop();
            let Some(kind) = verdict.and_then(|v| v.kind()) else {
                println!("no difference");
                return Ok(true);
            };
            let small = reduce(&tools, &function, &kind)?;
            let verdict = judge(&tools, std::slice::from_ref(&small))?.pop();
            if let Some(verdict) = verdict {
                print!("{}", Difference::new(&small, &verdict).text());
            }
            Ok(false)
        }
        ["run", count] | ["run", count, _] => {
            let seed = words.get(2).map_or(Ok(1), |seed| number(seed))?;
            let count = usize::try_from(number(count)?).map_err(|error| error.to_string())?;
            let reduced = values.get("--reduce").map_or(Ok(5), |n| number(n))?;
            let options = Options {
                count,
                seed,
                reduced: usize::try_from(reduced).unwrap_or(usize::MAX),
                name: format!("run-{seed}-{count}"),
            };
            let record = run(&workspace, &options)?;
            let folder = values.get("--output").copied().unwrap_or("target/forms/record");
            record.write(&workspace.join(folder))?;
            print!("{}", record.markdown());
            Ok(record.passes())
        }
        _ => Err(format!("expected a command\n{USAGE}")),
    }
}

/// Constructs that stand in less than 5 % of the functions.
pub fn rare(counts: &BTreeMap<&'static str, usize>, functions: usize) -> Vec<&'static str> {
    let all = Construct::ALL.iter().map(|c| c.name());
    all.filter(|name| counts.get(name).copied().unwrap_or(0) * 20 < functions).collect()
}
