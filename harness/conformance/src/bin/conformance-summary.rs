//! Shows results of the suite as Markdown: `conformance-summary conformance.json`.

use std::process::ExitCode;

use switchback_conformance::report::{LIMIT, Results};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: conformance-summary conformance.json");
        return ExitCode::from(2);
    };
    let shown = std::path::Path::new(&path).display();
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    match text.and_then(|text| Results::read(&text)) {
        Ok(results) => {
            print!("{}", results.markdown(LIMIT));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("conformance-summary: {shown}: {why}");
            ExitCode::from(2)
        }
    }
}
