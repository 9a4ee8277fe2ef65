//! What a pickle says of functions and message types, against what the program has.

use crate::kernel::{
    pickle::dump::{describe, no_cycle},
    pickle::portable::FrameTypes,
};
use crate::{
    Error, Message,
    frame::{FrameList, FrameType},
    pickle::{Reader, RowReader, bad},
    shape::{Shape, Shapes},
};

/// Reads the tables of functions and messages, and finds each in `program`. Roots are an `R`.
pub(super) fn read_types<R: Message>(
    input: &mut Reader<'_>,
    program: &FrameList,
) -> Result<FrameTypes, Error> {
    let mut shapes = Shapes::default();
    let roots = shapes.unnamed(R::describe);
    let count = input.length()?;
    let mut list = Vec::with_capacity(count.min(program.types().len()));
    for _ in 0..count {
        // With what a list has while it grows.
        input.charge(3 * size_of::<FrameType>(), "a function")?;
        list.push(read_function(input, program, &mut shapes)?);
    }
    let at = input.position();
    no_cycle(&shapes).map_err(|cause| bad(at, &cause))?;
    read_messages(input, program, shapes.list())?;
    let at = input.position();
    if input.raw(size_of::<u64>())? != roots.to_le_bytes() && !program.accepts_changed(ROOTS) {
        let cause = "the roots are of another type than those asked for: the type given to load \
                     must be the one given to dump";
        return Err(bad(at, cause));
    }
    Ok(FrameTypes { list, rows: RowReader::default() })
}

/// Stands for the roots in `accept_changed`.
const ROOTS: &str = "roots";

fn read_entry(input: &mut Reader<'_>) -> Result<(String, u64), Error> {
    let name: String = input.leaf()?;
    let bytes = input.raw(size_of::<u64>())?;
    Ok((name, bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))))
}

fn read_function(
    input: &mut Reader<'_>,
    program: &FrameList,
    shapes: &mut Shapes,
) -> Result<FrameType, Error> {
    let at = input.position();
    let (name, fingerprint) = read_entry(input)?;
    let known: Vec<&FrameType> = program.types().iter().filter(|t| t.name == name).collect();
    let Some(first) = known.first() else {
        let cause =
            format!("{name} is unknown: it is in the pickle, but not in the program given to load");
        return Err(bad(at, &cause));
    };
    let same = |t: &&&FrameType| {
        // What is described to look at it is not part of the graph.
        let mut apart = Shapes::default();
        describe(&mut apart, t.describe, t.fingerprint) == fingerprint
    };
    let found = match known.iter().find(same) {
        Some(found) => found,
        None if program.accepts_changed(&name) => match known.len() {
            1 => first,
            count => {
                let cause = format!(
                    "{name} has changed since the pickle was made, which the program accepts, but \
                     it has {count} instances of it, and none is known to be the one in the \
                     pickle: give load a program with one"
                );
                return Err(bad(at, &cause));
            }
        },
        None => {
            let cause = format!(
                "{name} has changed since the pickle was made: its code, its type arguments or \
                 constants, or the types of what it keeps over an await are others in this program"
            );
            return Err(bad(at, &cause));
        }
    };
    program.told_apart(found).map_err(|cause| bad(at, &cause))?;
    shapes.unnamed(found.describe);
    Ok(**found)
}

fn read_messages(
    input: &mut Reader<'_>,
    program: &FrameList,
    known: &[Shape],
) -> Result<(), Error> {
    let mut missing: Vec<&Shape> = known.iter().collect();
    for _ in 0..input.length()? {
        let at = input.position();
        let (name, fingerprint) = read_entry(input)?;
        if let Some(found) =
            missing.iter().position(|s| s.fingerprint == fingerprint && s.name == name)
        {
            missing.swap_remove(found);
            continue;
        }
        if program.accepts_changed(&name) {
            missing.retain(|shape| shape.name != name);
            continue;
        }
        let cause = if known.iter().any(|shape| shape.name == name) {
            format!(
                "message type {name} has changed since the pickle was made: the fields or \
                 variants in the pickle are others than those in this program"
            )
        } else {
            format!(
                "message type {name} is in the pickle, but neither in the roots asked for nor in \
                 the functions of this program"
            )
        };
        return Err(bad(at, &cause));
    }
    match missing.iter().find(|shape| !program.accepts_changed(shape.name)) {
        Some(shape) => {
            let name = shape.name;
            let cause = format!("message type {name} is in this program, but not in the pickle");
            Err(input.error(&cause))
        }
        None => Ok(()),
    }
}
