//! What mutants declare: constants, so that a type says it and no fault of the process.

use switchback::{Backend, Capabilities};

/// What a mutant of `B` declares.
pub trait Claims<B: Backend>: Copy + Default + Send + Sync + 'static {
    /// The declaration.
    const CAPABILITIES: Capabilities;
}

/// What `B` declares.
#[derive(Clone, Copy, Debug, Default)]
pub struct Honest;

impl<B: Backend> Claims<B> for Honest {
    const CAPABILITIES: Capabilities = B::CAPABILITIES;
}

/// Everything that is a matter of yes or no.
#[derive(Clone, Copy, Debug, Default)]
pub struct Boasts;

impl<B: Backend> Claims<B> for Boasts {
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: true,
        blocking: true,
        portable: true,
        control: true,
        throw: true,
        kill: true,
        close: true,
        deadlock: true,
        parallel: true,
        status: true,
        fifo: true,
        ..B::CAPABILITIES
    };
}

/// The order, and nothing that is offered beyond it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modest;

impl<B: Backend> Claims<B> for Modest {
    const CAPABILITIES: Capabilities = Capabilities {
        blocking: false,
        throw: false,
        kill: false,
        close: false,
        deadlock: false,
        ..B::CAPABILITIES
    };
}
