//! Pickles and forks of frame chains.

use switchback::{
    Error, Kind,
    frame::Waits,
    kernel::{FrameNumbers, FrameTypes, PortableDriver},
    pickle::{Reader, Writer},
};

use crate::{
    Soft,
    frame::{Entry, FramePtr},
};

// SAFETY: both make chains of frames of the functions that their tables name, each of which waits
// for the one above it.
unsafe impl PortableDriver for Soft {
    /// The number of frames, with the lowest bit set if the tasklet has not started, and a row
    /// for each: the number of its function and its state.
    unsafe fn dump(
        body: usize,
        types: &mut FrameNumbers<'_>,
        out: &mut Writer,
    ) -> Result<(), Error> {
        // SAFETY: promised by the caller.
        let chain = chain(unsafe { FramePtr::of_body(body) });
        let new = chain.first().is_some_and(|frame| frame.is_new());
        out.number((chain.len() as u64) << 1 | u64::from(new));
        for frame in chain.into_iter().rev() {
            let table = frame.table();
            let number = types.number(table.id, table.name)?;
            types.rows.row.number(u64::from(number));
            frame.dump(&mut types.rows.row)?;
            types.rows.end_row(out);
        }
        types.rows.end_rows(out);
        Ok(())
    }

    fn load(types: &mut FrameTypes, input: &mut Reader<'_>) -> Result<usize, Error> {
        let at = input.position();
        let head = input.number()?;
        let (count, new) = (head >> 1, head & 1 != 0);
        // A frame takes a byte at least.
        if count == 0 || new && count > 1 || count > input.rest().len() as u64 {
            return Err(input.error("a tasklet with a wrong number of frames"));
        }
        let mut chain = Chain(None);
        let mut last = None;
        for _ in 0..count {
            let frame = load_frame(types, input, new, &mut last)?;
            match chain.0 {
                Some(caller) if !caller.waits_for(frame) => {
                    let (caller, name) = (caller.table().name, frame.table().name);
                    let _ = frame.drop_chain();
                    let cause = format!("{name} is on top of {caller}, which did not call it");
                    return Err(input.error(&cause));
                }
                Some(caller) => frame.set_parent(caller),
                None => {}
            }
            chain.0 = Some(frame);
        }
        if types.rows.is_open() {
            return Err(input.error("more frames than their tasklet has"));
        }
        match chain.0 {
            Some(top) if new != matches!(top.waits(), Waits::Start) => {
                let (name, is) = (top.table().name, if new { "has" } else { "has not" });
                let cause = format!("the start of {name}, at byte {at}, {is} been left already");
                Err(input.error(&cause))
            }
            top => {
                chain.0 = None;
                top.map(FramePtr::body).ok_or_else(|| Kind::BadPickle.into())
            }
        }
    }

    unsafe fn fork(body: usize) -> usize {
        // SAFETY: promised by the caller.
        let chain = chain(unsafe { FramePtr::of_body(body) });
        // Dropped if a clone panics.
        let mut copy = Chain(None);
        for frame in chain.into_iter().rev() {
            let frame = frame.fork();
            if let Some(caller) = copy.0 {
                frame.set_parent(caller);
            }
            copy.0 = Some(frame);
        }
        copy.0.take().map_or(0, FramePtr::body)
    }

    unsafe fn waits(body: usize) -> Waits {
        // SAFETY: promised by the caller.
        unsafe { FramePtr::of_body(body) }.map_or(Waits::Nothing, FramePtr::waits)
    }

    unsafe fn name(body: usize) -> &'static str {
        // SAFETY: promised by the caller.
        let top = unsafe { FramePtr::of_body(body) };
        let outermost = std::iter::successors(top, |frame| frame.parent()).last();
        outermost.map_or("a tasklet without frames", |frame| frame.table().name)
    }
}

/// The frames of a tasklet, innermost first.
fn chain(top: Option<FramePtr>) -> Vec<FramePtr> {
    std::iter::successors(top, |frame| frame.parent()).collect()
}

/// Frames that have been read, innermost first; dropped if something behind them is refused.
struct Chain(Option<FramePtr>);

impl Drop for Chain {
    fn drop(&mut self) {
        if let Some(top) = self.0.take() {
            // What is refused is refused, whatever its destructors do.
            let _ = top.drop_chain();
        }
    }
}

fn load_frame(
    types: &mut FrameTypes,
    input: &mut Reader<'_>,
    new: bool,
    last: &mut Option<(usize, &'static Entry)>,
) -> Result<FramePtr, Error> {
    let FrameTypes { list, rows } = types;
    let mut read = rows.row(input, |row| {
        let number = usize::try_from(row.number()?).unwrap_or(usize::MAX);
        let entry = match *last {
            // Most frames are of the function of the one before.
            Some((same, entry)) if same == number => entry,
            _ => match list.get(number).and_then(|t| t.entry.downcast_ref::<Entry>()) {
                Some(entry) => entry,
                None => return Err(row.error("a frame type beyond the table")),
            },
        };
        *last = Some((number, entry));
        let frame = if new { (entry.first)(row) } else { (entry.load)(row) }?;
        // Owned until the row has been checked to its end.
        Ok(Chain(Some(frame)))
    })?;
    read.0.take().ok_or_else(|| Kind::BadPickle.into())
}
