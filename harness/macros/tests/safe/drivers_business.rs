//! What drivers do with bodies, safe programs do not.

use switchback::kernel::{Driver, Kernel};

fn suspends<D: Driver>() {
    D::suspend(&std::cell::Cell::new(8), 8);
}

fn abandons<D: Driver>() {
    D::abandon(8);
}

fn takes_the_kernel() {
    let _ = Kernel::with(|kernel| kernel.set_body(8));
}

fn main() {}
