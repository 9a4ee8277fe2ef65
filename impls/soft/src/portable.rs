//! Pickles and forks of frame chains.

use switchback::{
    Error, Kind,
    frame::FrameType,
    kernel::{FrameNumbers, PortableDriver},
    pickle::{Reader, Writer},
};

use crate::{
    Soft,
    frame::{Entry, FramePtr},
};

impl PortableDriver for Soft {
    unsafe fn dump(
        body: usize,
        types: &mut FrameNumbers<'_>,
        out: &mut Writer,
    ) -> Result<(), Error> {
        // SAFETY: promised by the caller.
        let chain = chain(unsafe { FramePtr::of_body(body) });
        let new = chain.first().is_some_and(|frame| frame.is_new());
        out.leaf(&(new, chain.len() as u64))?;
        for frame in chain.into_iter().rev() {
            let table = frame.table();
            out.leaf(&types.number(table.id, table.name)?)?;
            frame.dump(out)?;
        }
        Ok(())
    }

    fn load(types: &[FrameType], input: &mut Reader<'_>) -> Result<usize, Error> {
        let new: bool = input.leaf()?;
        let count = input.length()?;
        if count == 0 || new && count > 1 {
            return Err(input.error("a tasklet with a wrong number of frames"));
        }
        let mut top: Option<FramePtr> = None;
        for _ in 0..count {
            match load_frame(types, input, new) {
                Ok(frame) => {
                    if let Some(caller) = top {
                        frame.set_parent(caller);
                    }
                    top = Some(frame);
                }
                Err(error) => {
                    if let Some(top) = top {
                        top.drop_chain();
                    }
                    return Err(error);
                }
            }
        }
        top.map(FramePtr::body).ok_or_else(|| Kind::BadPickle.into())
    }

    unsafe fn fork(body: usize) -> usize {
        // SAFETY: promised by the caller.
        let chain = chain(unsafe { FramePtr::of_body(body) });
        let mut copy: Option<FramePtr> = None;
        for frame in chain.into_iter().rev() {
            let frame = frame.fork();
            if let Some(caller) = copy {
                frame.set_parent(caller);
            }
            copy = Some(frame);
        }
        copy.map_or(0, FramePtr::body)
    }
}

/// The frames of a tasklet, innermost first.
fn chain(top: Option<FramePtr>) -> Vec<FramePtr> {
    std::iter::successors(top, |frame| frame.parent()).collect()
}

fn load_frame(types: &[FrameType], input: &mut Reader<'_>, new: bool) -> Result<FramePtr, Error> {
    let number = input.leaf::<u32>()? as usize;
    let Some(entry) = types.get(number).and_then(|t| t.entry.downcast_ref::<Entry>()) else {
        return Err(input.error("a frame type beyond the table"));
    };
    if new { (entry.first)(input) } else { (entry.load)(input) }
}
