//! Writes the seed corpus: a pickle of every state of the small program.
//!
//!   corpus DIR

use std::io::{self, Write};
use std::process::ExitCode;
use std::{env, fs, path::Path};

use switchback_conformance::portable::hostile::specimens;
use switchback_soft::Soft;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        let _ = writeln!(io::stderr(), "usage: corpus DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "corpus: {}: {why}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let specimens = specimens::<Soft>().map_err(|error| error.to_string())?;
    for (state, bytes) in specimens.iter().enumerate() {
        let file = folder.join(format!("state-{state}.pickle"));
        fs::write(file, bytes).map_err(|error| error.to_string())?;
    }
    Ok(())
}
