use std::fmt;

use super::{Reached, Watch};

/// Asks one backend for at most so much of one thing, and has every single one come to its end.
pub type Run = dyn Fn(u64, Watch) -> Result<Reached, String>;

/// One backend, asked for more and more of one thing.
pub struct Probe {
    pub(crate) backend: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) run: Box<Run>,
}

impl Probe {
    /// A probe. Its id is `capacity/backend/name`; `unit` says in words what is counted
    /// ("tasklets blocked at once").
    #[must_use]
    pub fn new(
        backend: impl Into<String>,
        name: impl Into<String>,
        unit: impl Into<String>,
        run: impl Fn(u64, Watch) -> Result<Reached, String> + 'static,
    ) -> Self {
        Self { backend: backend.into(), name: name.into(), unit: unit.into(), run: Box::new(run) }
    }

    /// Asks in this process.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn ask(&self, most: u64, watch: Watch) -> Result<Reached, String> {
        (self.run)(most, watch)
    }

    /// What filters go by.
    #[must_use]
    pub fn id(&self) -> String {
        format!("capacity/{}/{}", self.backend, self.name)
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}
