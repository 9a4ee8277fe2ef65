//! A driver promises what the kernel relies on.

use switchback::{
    Capabilities, Error, Tasklet,
    kernel::{Driver, Kernel},
};

#[derive(Clone, Copy, Debug, Default)]
struct Mine;

impl Driver for Mine {
    const NAME: &'static str = "mine";
    const CAPABILITIES: Capabilities = Capabilities::NONE;

    fn create<K: Tasklet<Self>>(_: &Kernel, _: K) -> Result<usize, Error> {
        Ok(8)
    }

    fn run<K: Tasklet<Self>>(_: &Kernel, main: K) -> Result<K::Return, Error> {
        main.wait()
    }

    fn settle(_: &Kernel) {}

    unsafe fn abandon(_: usize) -> bool {
        true
    }
}

fn main() {}
