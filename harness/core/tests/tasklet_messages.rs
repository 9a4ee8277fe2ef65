//! Types under `#[message]`: sent, written and read back.

use std::collections::HashMap;

use switchback::{
    Error, Message, message,
    pickle::{Reader, Writer},
};

fn again<T: Message>(value: &T) -> Result<T, Error> {
    let mut out = Writer::default();
    out.leaf(&value.clone())?;
    let bytes = out.into_bytes();
    let mut input = Reader::new(&bytes);
    let read = input.leaf()?;
    assert!(input.is_empty());
    Ok(read)
}

#[message]
#[derive(Debug, PartialEq)]
struct Plain {
    name: String,
    counts: HashMap<u8, Vec<u64>>,
}

#[message]
#[derive(Clone, Debug, PartialEq)]
enum Either<L, R: Message> {
    Left(L),
    Right { value: R, plain: Vec<Plain> },
    Neither,
}

#[test]
fn a_struct_reads_back_as_it_was_written() -> Result<(), Error> {
    let plain = Plain { name: "p".to_owned(), counts: HashMap::from([(1, vec![2, 3])]) };
    assert_eq!(again(&plain)?, plain);
    Ok(())
}

#[test]
fn a_generic_enum_reads_back_as_it_was_written() -> Result<(), Error> {
    let plain = vec![Plain { name: String::new(), counts: HashMap::new() }];
    for either in [Either::Left(7u64), Either::Right { value: 'r', plain }, Either::Neither] {
        assert_eq!(again(&either)?, either);
    }
    Ok(())
}
