#![allow(unused)]

use switchback::{Backend, Error, tasklet};
use switchback_soft::Soft;

/// One type for each place, as rustc says once what it has to say of a type.
struct Handle<const PLACE: u8>(u64);

impl<const PLACE: u8> Drop for Handle<PLACE> {
    fn drop(&mut self) {}
}

impl<const PLACE: u8> PartialEq for Handle<PLACE> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn open<const PLACE: u8>(n: u64) -> Result<Handle<PLACE>, Error> {
    Ok(Handle(n))
}

fn number<const PLACE: u8>(handle: &Handle<PLACE>) -> u64 {
    handle.0
}

#[tasklet]
async fn op<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

#[tasklet]
async fn holds<B: Backend>(n: u64) -> Result<u64, Error> {
    let mut sum: u64 = 0;
    sum += number(&open::<1>(n)?) + op::<B>(n).await?;
    sum += number(&{ open::<2>(n)? }) + op::<B>(n).await?;
    sum += number(&if n > 1 { open::<3>(n)? } else { open::<3>(2)? }) + op::<B>(n).await?;
    sum += u64::from(open::<4>(n)? == open::<4>(n)?) + op::<B>(n).await?;
    sum += (*Box::new(open::<5>(n)?)).0 + op::<B>(n).await?;
    sum += u64::from(match open::<6>(n)? {
        _ => true,
    }) + op::<B>(n).await?;
    sum += u64::from(matches!(open::<7>(n)?, Handle(1))) + op::<B>(n).await?;
    sum += u64::from((open::<8>(n)?, 1).0.0 > 0) + op::<B>(n).await?;
    Ok(sum)
}

fn main() {
    let _ = Soft::run(holds::<Soft>(1));
}
