//! Finds libexpat, if it is asked for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "expat")]
    if let Err(cause) = find() {
        // One line: what pkg-config says is long, and what helps is known.
        let cause = match cause {
            pkg_config::Error::Command { .. } => "the command pkg-config is missing",
            _ => "pkg-config does not know it",
        };
        eprintln!(
            "switchback-c: libexpat 2.2 or later was not found ({cause}); on Debian and Ubuntu: \
             apt-get install libexpat1-dev pkg-config"
        );
        std::process::exit(1);
    }
}

/// Quietly at first: a script that fails shows all that it has printed.
#[cfg(feature = "expat")]
fn find() -> Result<(), pkg_config::Error> {
    let wanted = |quiet: bool| {
        let mut config = pkg_config::Config::new();
        config.atleast_version("2.2").cargo_metadata(!quiet).env_metadata(!quiet).probe("expat")
    };
    wanted(true)?;
    wanted(false).map(drop)
}
