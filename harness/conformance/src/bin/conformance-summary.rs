//! Shows results of the suite as Markdown: `conformance-summary conformance.json`.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use switchback_bench::{results::visible, text};
use switchback_conformance::report::{LIMIT, Results};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        return refused("usage: conformance-summary conformance.json");
    };
    let shown = std::path::Path::new(&path).display();
    let text = text::read(std::path::Path::new(&path)).map_err(|error| error.to_string());
    match text.and_then(|text| Results::read(&text)) {
        Ok(results) => {
            let text = results.markdown(LIMIT);
            let mut out = io::stdout();
            match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                // The reader has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
                Err(error) => refused(format_args!("the summary cannot be printed: {error}")),
            }
        }
        Err(why) => refused(format_args!("{shown}: {why}")),
    }
}

fn refused(why: impl Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "conformance-summary: {}", visible(&why.to_string()));
    ExitCode::from(2)
}
