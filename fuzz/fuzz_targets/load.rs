//! Bytes as the fuzzer makes them, loaded beside others; what is accepted runs for a while.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchback_conformance::portable::hostile::attack;
use switchback_soft::Soft;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = attack::<Soft>(bytes) {
        panic!("{error}");
    }
});
