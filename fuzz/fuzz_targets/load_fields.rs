//! As `load`, but changes fields of pickles: numbers become others, fields are moved, doubled,
//! dropped. Half of the changes are left to the fuzzer.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use switchback_conformance::portable::hostile::attack;
use switchback_conformance::portable::mutate::{Random, Seed};
use switchback_soft::Soft;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = attack::<Soft>(bytes) {
        panic!("{error}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, number: u32| {
    let mut random = Random(u64::from(number));
    if random.below(2) == 0 {
        return fuzzer_mutate(data, size, most);
    }
    let mut seed = Seed::new(&data[..size]);
    let other = seed.clone();
    seed.change(&mut random, &other);
    let length = seed.bytes().len().min(most);
    data[..length].copy_from_slice(&seed.bytes()[..length]);
    length
});
