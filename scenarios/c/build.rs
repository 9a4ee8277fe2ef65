//! Finds libexpat, if it is asked for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "expat")]
    if let Err(cause) = pkg_config::Config::new().atleast_version("2.2").probe("expat") {
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
