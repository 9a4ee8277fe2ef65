//! What a suite consists of: everything that is tried on one backend, and how it is run again.

use std::fmt;
use std::sync::Arc;

use switchback::{Backend, Capabilities};

use super::files::{self, Pick};
use super::{claims, random, smoke, stated};
use crate::variables::{
    CASES, CHAOS, SEED, VECTORS, files_from_outside, keep_going, number, scale, variable,
};
use crate::{Case, Subject, chaos, free, group, vector};

/// The test target that runs the suite, for commands that replay a failure.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the package.
    pub package: &'static str,
    /// Name of the test target.
    pub test: &'static str,
}

/// How a suite is run again.
#[derive(Clone, Debug)]
pub struct Place {
    /// What results name: the package of a test target, or another home of the suite.
    pub package: String,
    /// The command that runs the whole suite.
    pub command: String,
    /// The command that runs one case, in front of its name.
    pub exact: String,
    /// The command that names all cases.
    pub list: String,
}

impl From<Target> for Place {
    fn from(Target { package, test }: Target) -> Self {
        let command = format!("cargo test -p {package} --test {test}");
        Self {
            package: package.to_owned(),
            exact: format!("{command} -- --exact"),
            list: format!("{command} -- --list"),
            command,
        }
    }
}

impl Place {
    /// The command that runs one case, with what has to be set for it.
    pub(crate) fn replay(&self, id: &str, variables: &[(String, String)]) -> String {
        let set: String =
            variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        format!("{set}{} {id}", self.exact)
    }
}

/// Everything that is tried on one backend.
#[derive(Clone)]
pub struct Suite {
    name: String,
    capabilities: Capabilities,
    place: Place,
    known_failures: Vec<(String, String)>,
    own: Arc<dyn Fn(Pick<'_>) -> Vec<Case> + Send + Sync>,
    further: fn() -> Vec<Case>,
}

impl Suite {
    /// The suite of backend `B`. [`suite!`](crate::suite!) adds the cases about capabilities that
    /// are traits.
    #[must_use]
    pub fn of<B: Backend>(target: Target) -> Self {
        Self {
            name: B::NAME.to_owned(),
            capabilities: B::CAPABILITIES,
            place: target.into(),
            known_failures: Vec::new(),
            own: Arc::new(own::<B>),
            further: Vec::new,
        }
    }

    /// The suite of something that runs programs of the scenario language, and nothing else.
    #[must_use]
    pub fn of_programs(name: &str, place: Place, subject: Subject) -> Self {
        Self {
            name: name.to_owned(),
            capabilities: subject.capabilities,
            place,
            known_failures: Vec::new(),
            own: Arc::new(move |pick| programs(&subject, pick)),
            further: Vec::new,
        }
    }

    /// Adds cases.
    #[must_use]
    pub fn with(self, further: fn() -> Vec<Case>) -> Self {
        Self { further, ..self }
    }

    /// Declares cases that fail, by name, each with the reason. They are run nevertheless.
    #[must_use]
    pub fn known_failures<'a>(
        mut self,
        known: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let known = known.into_iter().map(|(id, why)| (id.to_owned(), why.to_owned()));
        self.known_failures.extend(known);
        self
    }

    /// Name of the backend.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the backend declares.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// How it is run again.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Every case, the smoke tier first.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        self.picked(None)
    }

    /// The case with that name, without the work of making the others.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<Case> {
        self.picked(Some(id)).into_iter().find(|case| case.id() == id)
    }

    /// Why a case may fail, as declared.
    #[must_use]
    pub fn known_failure(&self, id: &str) -> Option<&str> {
        let known = self.known_failures.iter().find(|(known, _)| known == id);
        known.map(|(_, why)| why.as_str())
    }

    fn picked(&self, pick: Pick<'_>) -> Vec<Case> {
        let mut cases = (self.own)(pick);
        cases.extend((self.further)());
        cases
    }

    /// The smoke tier.
    pub(super) fn smoke(&self) -> Vec<Case> {
        let mut cases = self.picked(Some(group::SMOKE));
        cases.retain(|case| case.group() == group::SMOKE);
        cases
    }

    /// Why it cannot be run: known failures of no case, variables that make no sense, files that
    /// cannot be read.
    pub(super) fn check(&self, cases: &[Case]) -> Result<(), String> {
        scale()?;
        keep_going()?;
        match variable(CHAOS)?.as_deref() {
            None | Some("" | "all") => {}
            Some(text) => return Err(format!("{CHAOS} is `{text}`; it must be `all`")),
        }
        if self.name().is_empty() || self.name().contains(['/', '\\']) {
            return Err(format!(
                "the name of the backend is {:?}; expected one that a file of results can have, \
                 without `/` and `\\`",
                self.name()
            ));
        }
        number(CASES)?;
        number(SEED)?;
        for (id, _) in &self.known_failures {
            if !cases.iter().any(|case| case.id() == id) {
                return Err(format!(
                    "`known_failures` names `{id}`, but there is no such case; `{}` names all",
                    self.place.list
                ));
            }
        }
        for path in files_from_outside() {
            let shown = path.display();
            let text = std::fs::read_to_string(&path).map_err(|error| {
                format!("{VECTORS} names {shown}, which cannot be read: {error}")
            })?;
            vector::parse(&shown.to_string(), &text)
                .map_err(|malformed| format!("{VECTORS}: {malformed}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The cases of backend `B` that need no further traits.
fn own<B: Backend>(pick: Pick<'_>) -> Vec<Case> {
    let subject = Subject::of::<B>();
    let mut cases = smoke::cases::<B>();
    cases.extend(claims::cases::<B>());
    cases.extend(recordings(&subject, pick));
    cases.extend(stated::cases::<B>(pick));
    cases.extend(chaos::cases::<B>());
    cases.push(random::programs(&subject));
    if !B::CAPABILITIES.order_exact {
        cases.extend(free::cases::<B>());
    }
    cases
}

/// The cases of something that runs programs and nothing else.
fn programs(subject: &Subject, pick: Pick<'_>) -> Vec<Case> {
    let mut cases = smoke::programs(subject);
    if !subject.capabilities.order_exact {
        cases.extend(free::programs(subject));
    }
    cases.extend(recordings(subject, pick));
    cases.push(random::programs(subject));
    cases
}

/// The recordings that are built in, and those of the files that [`VECTORS`] names.
fn recordings(subject: &Subject, pick: Pick<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, text) in [("core", vector::CORE), ("fuzz", vector::FUZZ)] {
        cases.extend(files::recordings(subject, name, text, pick));
    }
    cases.extend(files_from_outside().into_iter().map(|path| files::file(subject, path)));
    cases
}

#[cfg(test)]
mod tests {
    use switchback_hard::Hard;

    use super::*;

    #[test]
    fn a_name_that_no_file_of_results_can_have_is_refused() {
        let suite = Suite::of::<Hard>(Target { package: "a", test: "b" });
        assert_eq!(suite.check(&[]), Ok(()));
        for name in ["", "mine/fast", r"mine\fast", "/"] {
            let refused = Suite { name: name.to_owned(), ..suite.clone() }
                .check(&[])
                .expect_err("no file name");
            assert!(
                refused.contains(&format!("is {name:?}; expected one that a file")),
                "{refused}"
            );
        }
    }
}
