//! Whether a peer can be started here, after it was built if it has to be.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use crate::{Manifest, process};

/// A command that looks for something takes no longer.
const FIND: Duration = Duration::from_secs(60);
/// Nor a command that builds a peer: compilers of small programs take seconds.
const BUILD: Duration = Duration::from_secs(600);

/// A peer, and whether it can be started.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub manifest: Manifest,
    /// Whether it can be started.
    pub state: State,
}

/// Whether a peer can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// By this program and these arguments.
    Ready(Vec<String>),
    /// Something it needs is not there; how to get it.
    Missing(String),
    /// All is there, but it cannot be built; why.
    Broken(String),
}

impl Found {
    /// Looks for a peer and builds it if that is needed. `out` is a folder for what is built, of all
    /// peers.
    #[must_use]
    pub fn look(manifest: Manifest, out: &Path) -> Self {
        let state = Here::of(&manifest, out).map_or_else(State::Missing, |here| here.state());
        Self { manifest, state }
    }

    /// As [`look`](Self::look) found it in another process: nothing is tried or built again.
    #[must_use]
    pub fn trusted(manifest: Manifest, out: &Path) -> Self {
        let state = Here::of(&manifest, out)
            .map_or_else(State::Missing, |here| State::Ready(here.all(&manifest.command)));
        Self { manifest, state }
    }
}

/// The folder for what is built and for inputs: in the target folder of this program.
#[must_use]
pub fn out_folder() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.unwrap_or(Path::new("target")).join("switchback/peers")
}

/// A manifest on this machine.
struct Here<'a> {
    manifest: &'a Manifest,
    /// What is built for this peer alone.
    out: PathBuf,
}

impl<'a> Here<'a> {
    /// The way to get what is not there, if the programs themselves are not.
    fn of(manifest: &'a Manifest, out: &Path) -> Result<Self, String> {
        // Two peers of one name in two folders do not share what is built.
        let key = manifest.path.to_string_lossy();
        let key = key.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31) ^ u32::from(byte));
        let here = Self { manifest, out: out.join(format!("{}-{key:08x}", manifest.name)) };
        let built = |program: &String| program.starts_with("{out}");
        let programs = manifest.build.iter().chain([&manifest.command, &manifest.find]);
        for program in programs.filter_map(|command| command.first()) {
            if !built(program) && here.program(program).is_none() {
                // As written: it may be a slip of the pen.
                return Err(format!("no program `{program}`: {}", manifest.install));
            }
        }
        Ok(here)
    }

    fn state(&self) -> State {
        let find = &self.manifest.find;
        if !find.is_empty() {
            match self.run(find, FIND) {
                Ok(Ok(())) => {}
                // It looked, and what it looked for is not there.
                Ok(Err(_)) => return State::Missing(self.manifest.install.clone()),
                Err(why) => {
                    let (find, install) = (find.join(" "), &self.manifest.install);
                    return State::Missing(format!("`{find}`: {why}: {install}"));
                }
            }
        }
        match self.build() {
            Ok(()) => State::Ready(self.all(&self.manifest.command)),
            Err(why) => State::Broken(why),
        }
    }

    /// Builds it unless what was built is newer than every file beside the manifest.
    fn build(&self) -> Result<(), String> {
        if self.manifest.build.is_empty() {
            return Ok(());
        }
        let stamp = self.out.join("built");
        let wrong = |error: io::Error| format!("{}: {error}", self.out.display());
        let newest = newest(self.manifest.folder()).map_err(wrong)?;
        let built = fs::metadata(&stamp).and_then(|data| data.modified()).ok();
        if built.is_some_and(|built| built > newest) {
            return Ok(());
        }
        fs::create_dir_all(&self.out).map_err(wrong)?;
        for command in &self.manifest.build {
            let built = self.run(command, BUILD).and_then(|built| built);
            built.map_err(|why| format!("`{}`: {why}", command.join(" ")))?;
        }
        fs::write(stamp, "").map_err(wrong)
    }

    /// Runs a command to its end, at most so long: whether it succeeded, and else what it said.
    ///
    /// # Errors
    /// It does not start, or does not end.
    fn run(&self, command: &[String], limit: Duration) -> Result<Result<(), String>, String> {
        let command = self.all(command);
        let (program, arguments) = command.split_first().ok_or("no program")?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.manifest.folder());
        let (status, text) = process::to_its_end(&mut command, limit)?;
        Ok(if status.success() { Ok(()) } else { Err(format!("{status}: {text}")) })
    }

    /// A command with everything put in.
    fn all(&self, command: &[String]) -> Vec<String> {
        let word = |(at, word): (usize, &String)| {
            let variable = word.strip_prefix('$').and_then(|name| env::var(name).ok());
            let word = variable.unwrap_or_else(|| word.clone());
            let word = word.replace("{out}", &self.out.to_string_lossy());
            // A program beside the manifest is not looked for in the folder of this process.
            if at == 0 { self.program(&word).unwrap_or(word) } else { word }
        };
        command.iter().enumerate().map(word).collect()
    }

    /// Where a program is.
    fn program(&self, name: &str) -> Option<String> {
        let name = match name.strip_prefix('$') {
            Some(variable) => env::var(variable).ok().filter(|value| !value.is_empty())?,
            None => name.to_owned(),
        };
        let beside = |path: &Path| self.manifest.folder().join(path);
        if name.contains('/') {
            let path = beside(Path::new(&name));
            return path.is_file().then(|| path.to_string_lossy().into_owned());
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&folders).any(|folder| {
            folder.join(&name).is_file() || folder.join(format!("{name}.exe")).is_file()
        });
        found.then_some(name)
    }
}

/// When the newest file of a folder was changed.
fn newest(folder: &Path) -> io::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let data = entry?.metadata()?;
        if data.is_file() {
            newest = newest.max(data.modified()?);
        }
    }
    Ok(newest)
}
