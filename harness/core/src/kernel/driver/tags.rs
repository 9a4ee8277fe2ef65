//! Which driver a kernel is of.
//!
//! Nothing that one driver makes may reach a kernel of another. Short paths have one comparison for
//! that and for all else, so each driver has a number: what the compiler makes of its name. Two of
//! one number cannot both run in a process; the second is refused.

use std::{any::TypeId, sync::OnceLock};

use crate::kernel::Driver;
use crate::{Error, Kind};

/// The number of a driver; 0 is of none.
pub(crate) const fn tag<B: Driver>() -> u32 {
    let name = B::NAME.as_bytes();
    let mut hash: u32 = 0x811c_9dc5;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    if hash == 0 { 1 } else { hash }
}

/// More drivers than a program has.
const MOST: usize = 256;

static DRIVERS: [OnceLock<(u32, TypeId, &'static str)>; MOST] = [const { OnceLock::new() }; MOST];

/// Notes that driver `B` has its number.
///
/// # Errors
/// [`Kind::Exhausted`] if another driver has it.
pub(crate) fn note<B: Driver>() -> Result<(), Error> {
    let mine = (tag::<B>(), TypeId::of::<B>(), B::NAME);
    for place in &DRIVERS {
        let (tag, id, name) = *place.get_or_init(|| mine);
        if id == mine.1 {
            return Ok(());
        }
        if tag == mine.0 {
            return Err(refused(format!(
                "two drivers of one number, {name} and {}: give one of them another name",
                B::NAME
            )));
        }
    }
    Err(refused(format!("{MOST} drivers have run in this process")))
}

#[cold]
fn refused(cause: String) -> Error {
    Error::with_detail(Kind::Exhausted, cause)
}

#[cfg(test)]
mod tests {
    use crate::{
        Backend, Kind,
        kernel::driver::alone::{Alone, Main},
    };

    #[test]
    fn two_drivers_of_one_name_do_not_both_run() {
        assert_eq!(<Alone<1> as Backend>::run(Main(|| Ok(()))), Ok(()));
        let refused = <Alone<2> as Backend>::run(Main(|| unreachable!("it does not begin")));
        assert_eq!(refused.map_err(|error| error.kind()), Err(Kind::Exhausted));
        assert_eq!(<Alone<1> as Backend>::run(Main(|| Ok(()))), Ok(()));
    }
}
