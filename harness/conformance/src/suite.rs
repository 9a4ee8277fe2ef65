//! The suite: cases of a backend, judged in processes of their own, as a test target.
//!
//! ```text
//!   main!(B)  ->  Suite  --list-->  cases          this process: filters, limits, verdicts, results
//!                   |                 |
//!                   |              Session  --id--> Pool  --stdin-->  worker process: runs cases
//!                   +---- serve: the same program, started again ----------^
//! ```
//!
//! A case that aborts, hangs or corrupts memory takes its worker with it and nothing else.

mod claims;
mod contents;
mod expectation;
mod face;
mod files;
mod judge;
mod leaks;
mod pool;
mod probe;
mod protocol;
mod random;
mod repeats;
mod session;
mod sleep;
mod smoke;
mod stated;
mod worker;

pub use crate::variables::{CASES, KEEP_GOING, RESULTS, SEED, TIMEOUT_SCALE, VECTORS};
pub use contents::{Place, Suite, Target};
pub use face::{main, trials};
pub use judge::judge;
pub use probe::{Blocks, BlocksNot, NoPickles, Pickles, Probe};
pub use session::Options;
pub use worker::serve;

/// The suite of a backend, as a value, for programs that judge several.
///
/// Takes what [`main!`](crate::main!) takes.
#[macro_export]
macro_rules! suite {
    ($backend:ty $(, known_failures = { $($id:literal : $why:literal),* $(,)? })? $(,)?) => {{
        // Of each pair of traits one is not used for any one backend.
        #[allow(unused_imports)]
        use $crate::suite::{Blocks as _, BlocksNot as _, NoPickles as _, Pickles as _};
        let target = $crate::suite::Target {
            package: env!("CARGO_PKG_NAME"),
            test: env!("CARGO_CRATE_NAME"),
        };
        $crate::suite::Suite::of::<$backend>(target)
            .with(|| {
                let probe = $crate::suite::Probe::<$backend>::default();
                let mut cases = (&probe).pickles();
                cases.extend((&probe).blocking());
                cases
            })
            .known_failures([$($(($id, $why)),*)?] as [(&str, &str); _])
    }};
}

/// The whole suite as the `main` of a test target with `harness = false`.
///
/// ```no_run
/// # mod a { struct NotRun; }
/// // In tests/conformance.rs, for a backend of your own:
/// // switchback_conformance::main!(MyBackend);
/// //
/// // and with cases that are known to fail:
/// // switchback_conformance::main!(MyBackend, known_failures = {
/// //     "statements::C123": "block traps are not done yet",
/// // });
/// ```
#[macro_export]
macro_rules! main {
    ($($arguments:tt)*) => {
        // With the usual harness `main` is never called: that harness runs this instead.
        #[test]
        fn this_target_needs_harness_false() {
            ::core::panic!(
                "nothing was tried: the suite has a `main` of its own. Write `harness = false` below \
                 the `name` of this target in Cargo.toml"
            );
        }

        fn main() -> ::std::process::ExitCode {
            $crate::suite::main(&$crate::suite!($($arguments)*))
        }
    };
}
