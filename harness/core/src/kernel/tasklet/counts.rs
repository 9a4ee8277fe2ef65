//! Counts of handles hold what no program can make; these put them near the ends of 32 bits.

use crate::kernel::driver::alone::{Alone, Main};
use crate::{Backend, Channel, Control};

type One = Alone<1>;

const ALL: u64 = u32::MAX as u64;

#[test]
fn a_channel_outlives_more_forgotten_clones_than_32_bits_count() {
    let result = <One as Backend>::run(Main(|| {
        let numbers = One::channel::<u64>();
        let (kernel, block) = numbers.find()?;
        let in_use = kernel.channels.in_use();
        // As many clones as 32 bits count were forgotten.
        block.refs.set(ALL);
        std::mem::forget(numbers.clone());
        std::mem::forget(numbers.clone());
        drop(numbers.clone());
        assert_eq!(kernel.channels.in_use(), in_use);
        assert_ne!(One::channel::<u64>(), numbers);
        numbers.close()
    }));
    assert_eq!(result, Ok(()));
}

#[test]
fn a_tasklet_outlives_more_forgotten_clones_than_32_bits_count() {
    let result = <One as Backend>::run(Main(|| {
        let paused = One::spawn_paused(Main(|| Ok(())))?;
        let (kernel, t) = paused.find()?;
        let in_use = kernel.tasklets.in_use();
        t.cold().set_handles(ALL);
        std::mem::forget(paused.clone());
        std::mem::forget(paused.clone());
        drop(paused.clone());
        assert_eq!(kernel.tasklets.in_use(), in_use);
        let status = paused.status()?;
        assert!(status.alive && !status.main, "the flags lie beside the count");
        // Main's is never given back; a paused tasklet's is, once the last handle is gone.
        t.cold().set_handles(1);
        drop(paused);
        assert_eq!(kernel.tasklets.in_use(), in_use - 1);
        Ok(())
    }));
    assert_eq!(result, Ok(()));
}
