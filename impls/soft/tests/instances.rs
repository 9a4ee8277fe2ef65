//! Instances of one function in pickles: each goes on as itself, or is refused.

use switchback::{Backend, Channel, Control, Error, Kind, Portable, frame::FrameList, tasklet};
use switchback_soft::Soft;

/// Sends what only its constants tell.
#[tasklet]
async fn tells<B: Backend, const N: u64, const LOUD: bool, const END: char>(
    to: B::Channel<String>,
) -> Result<(), Error> {
    B::schedule().await?;
    B::schedule().await?;
    to.send(if LOUD { format!("{N}!{END}") } else { format!("{N}{END}") }).await
}

/// As `tells`, one call deeper.
#[allow(dead_code, reason = "a program names its call, and it is never started")]
#[tasklet]
async fn all<B: Backend, const N: u64>(to: B::Channel<String>) -> Result<(), Error> {
    tells::<B, 1, false, 'a'>(to.clone()).await?;
    tells::<B, 2, false, 'a'>(to.clone()).await?;
    tells::<B, 2, true, 'a'>(to.clone()).await?;
    tells::<B, 2, true, 'b'>(to.clone()).await?;
    tells::<B, N, true, 'c'>(to).await
}

/// A tasklet that dumps `call` with one program, loads it with another, and returns what the
/// original and the copy send.
macro_rules! copied {
    ($name:ident, $call:expr, $dump:ty, [$($load:ty),+] $(, accepting $accepted:literal)?) => {
        #[tasklet]
        async fn $name<B: Portable>() -> Result<Vec<String>, Error> {
            let to: B::Channel<String> = B::channel();
            let t: B::Handle = B::spawn($call(to.clone()));
            B::schedule().await?;
            let bytes: Vec<u8> = B::dump(&(t, to.clone()), &B::program::<$dump>())?;
            let (copy, heard): (B::Handle, B::Channel<String>) = {
                let mut program: FrameList = FrameList::default();
                $(program.add::<B, $load>();)+
                $(program.accept_changed($accepted);)?
                B::load(&bytes, &program)?
            };
            copy.insert()?;
            let original = to.receive().await?;
            let copy = heard.receive().await?;
            Ok(vec![original, copy])
        }
    };
}

copied!(quiet, tells::<B, 2, false, 'a'>, all::Call<B, 3>, [all::Call<B, 3>]);
copied!(loud, tells::<B, 2, true, 'a'>, all::Call<B, 3>, [all::Call<B, 3>]);
copied!(other_end, tells::<B, 2, true, 'b'>, all::Call<B, 3>, [all::Call<B, 3>]);
copied!(by_a_caller, calls_third::<B>, calls_third::Call<B>, [calls_third::Call<B>]);

/// Suspended in its call of the instance that the program lists last.
#[tasklet]
async fn calls_third<B: Backend>(to: B::Channel<String>) -> Result<(), Error> {
    if to.balance()? > 9 {
        tells::<B, 1, true, 'c'>(to.clone()).await?;
        tells::<B, 2, true, 'c'>(to.clone()).await?;
    }
    tells::<B, 3, true, 'c'>(to).await
}

#[test]
fn instances_that_differ_in_a_constant_go_on_as_themselves() {
    assert_eq!(Soft::run(quiet()).unwrap(), ["2a", "2a"]);
    assert_eq!(Soft::run(loud()).unwrap(), ["2!a", "2!a"]);
    assert_eq!(Soft::run(other_end()).unwrap(), ["2!b", "2!b"]);
    assert_eq!(Soft::run(by_a_caller()).unwrap(), ["3!c", "3!c"]);
}

copied!(absent, tells::<B, 4, false, 'a'>, tells::Call<B, 4, false, 'a'>, [all::Call<B, 3>]);
copied!(
    accepted_of_many,
    tells::<B, 4, false, 'a'>,
    tells::Call<B, 4, false, 'a'>,
    [all::Call<B, 3>],
    accepting "instances::tells"
);
copied!(
    accepted_of_one,
    tells::<B, 4, false, 'a'>,
    tells::Call<B, 4, false, 'a'>,
    [tells::Call<B, 5, true, 'a'>],
    accepting "instances::tells"
);

#[track_caller]
fn refused<T>(result: Result<T, Error>, kind: Kind, words: &str) {
    let error = result.err().expect("which instance is meant is not known");
    assert_eq!(error.kind(), kind);
    assert!(error.detail().contains(words), "{error}");
}

#[test]
fn an_instance_that_the_program_has_not_is_refused_and_no_other_takes_its_place() {
    let changed = "instances::tells has changed since the pickle was made: its code, its type \
                   arguments or constants";
    refused(Soft::run(absent()), Kind::BadPickle, changed);
    let many = "it has 5 instances of it, and none is known to be the one in the pickle: give \
                load a program with one";
    refused(Soft::run(accepted_of_many()), Kind::BadPickle, many);
    // There is nothing to choose from, and the program has said that it knows.
    assert_eq!(Soft::run(accepted_of_one()).unwrap(), ["4a", "5!a"]);
}

/// What only a type argument says, of types that have one name.
trait Step: Send + 'static {
    const STEP: u64;
}

#[tasklet]
async fn steps<B: Backend, S: Step>(to: B::Channel<String>) -> Result<(), Error> {
    B::schedule().await?;
    B::schedule().await?;
    to.send(S::STEP.to_string()).await
}

/// Hands a type of its own to the next one, whose type has the same name.
macro_rules! step {
    ($step:literal) => {{
        struct Own;
        impl Step for Own {
            const STEP: u64 = $step;
        }
        fn lists<B: Backend>(list: &mut FrameList) {
            list.add::<B, steps::Call<B, Own>>();
        }
        fn spawned<B: Backend>(to: B::Channel<String>) -> B::Handle {
            B::spawn(steps::<B, Own>(to))
        }
        (lists::<Soft> as Lists, spawned::<Soft> as Spawned, std::any::type_name::<Own>())
    }};
}

type To = <Soft as Backend>::Channel<String>;
type Lists = fn(&mut FrameList);
type Spawned = fn(To) -> <Soft as Backend>::Handle;

fn twins() -> [(Lists, Spawned, &'static str); 2] {
    [step!(1), step!(2)]
}

fn listed(lists: &[Lists]) -> FrameList {
    let mut list = FrameList::default();
    lists.iter().for_each(|add| add(&mut list));
    list
}

/// Dumps the first twin with the first list and loads it with the second.
fn twin(dumping: &FrameList, loading: &FrameList) -> Result<(), Error> {
    let to: To = Soft::channel();
    let bytes = Soft::dump(&(twins()[0].1(to.clone()), to), dumping)?;
    Soft::load::<(<Soft as Backend>::Handle, To)>(&bytes, loading).map(drop)
}

#[tasklet]
async fn tries<B: Backend>(both_dump: bool, both_load: bool) -> Result<(), Error> {
    let programs: [Vec<usize>; 2] = [both_dump, both_load].map(|both| match both {
        true => vec![0, 1],
        false => vec![0],
    });
    let [dumping, loading] =
        programs.map(|which| listed(&which.iter().map(|at| twins()[*at].0).collect::<Vec<_>>()));
    twin(&dumping, &loading)
}

#[test]
fn instances_that_bytes_cannot_tell_apart_are_refused_when_written_and_when_read() {
    let [(.., one), (.., two)] = twins();
    assert_eq!(one, two, "the test wants two types of one name");
    assert_eq!(Soft::run(tries(false, false)).map_err(|e| e.to_string()), Ok(()));
    let words = "instances::steps is in the program given more than once, and all of it that a \
                 pickle has is the same";
    refused(Soft::run(tries(true, false)), Kind::NotPicklable, words);
    refused(Soft::run(tries(false, true)), Kind::BadPickle, words);
}
