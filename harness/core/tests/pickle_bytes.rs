//! The reader of pickles: what postcard writes is read back, and nothing else does harm.

use std::{collections::BTreeMap, fmt::Debug};

use serde::{Deserialize, Serialize};
use switchback::{
    Error, Kind,
    pickle::{Reader, RowReader, RowWriter, Writer},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(i16),
    Tuple(u8, String),
    Struct { wide: i128, bits: u128 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    small: (i8, u16, i32, i64, u64, usize, isize),
    floats: (f32, f64),
    text: (char, String, Option<String>),
    shapes: Vec<Shape>,
    map: BTreeMap<String, Vec<Option<bool>>>,
    nothing: ((), [u8; 3]),
}

fn everything() -> Everything {
    Everything {
        small: (-1, 300, i32::MIN, i64::MAX, u64::MAX, usize::MAX, isize::MIN),
        floats: (1.5, -0.0),
        text: ('ß', "ä€".into(), None),
        shapes: vec![
            Shape::Unit,
            Shape::New(-129),
            Shape::Tuple(255, String::new()),
            Shape::Struct { wide: i128::MIN, bits: u128::MAX },
        ],
        map: [("a".to_owned(), vec![None, Some(true)]), (String::new(), vec![])].into(),
        nothing: ((), [0, 1, 255]),
    }
}

fn written<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Writer::default();
    out.leaf(value).expect("plain data");
    out.into_bytes()
}

fn read<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Error> {
    let mut input = Reader::new(bytes);
    let value = input.leaf()?;
    if input.is_empty() { Ok(value) } else { Err(input.error("bytes left over")) }
}

#[test]
fn all_kinds_of_data_are_read_as_postcard_writes_them() {
    let bytes = written(&everything());
    assert_eq!(bytes, postcard::to_stdvec(&everything()).expect("plain data"));
    assert_eq!(read::<Everything>(&bytes), Ok(everything()));
}

#[test]
fn an_error_is_what_postcard_writes_of_its_parts_and_reads() {
    let error = Error::new("E1", "no such account");
    let bytes = written(&error);
    let parts = (Kind::User, "E1", "no such account");
    assert_eq!(bytes, postcard::to_stdvec(&parts).expect("plain data"));
    assert_eq!(read::<Error>(&bytes), Ok(error.clone()));
    assert_eq!(postcard::from_bytes::<Error>(&bytes), Ok(error));
}

#[test]
fn what_postcard_reads_of_damaged_bytes_is_what_is_read() {
    let bytes = written(&everything());
    for length in 0..bytes.len() {
        assert!(read::<Everything>(&bytes[..length]).is_err(), "{length} bytes");
    }
    let mut accepted = 0;
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let ours = read::<Everything>(&damaged).ok().map(|value| written(&value));
        let theirs = postcard::take_from_bytes::<Everything>(&damaged).ok();
        let theirs = theirs.filter(|(_, rest)| rest.is_empty()).map(|(value, _)| written(&value));
        accepted += u32::from(ours.is_some());
        assert_eq!(ours, theirs, "bit {bit}");
    }
    assert!(accepted > 100, "{accepted} damages are other values");
}

#[track_caller]
fn refused<T: for<'de> Deserialize<'de> + Debug>(bytes: &[u8], cause: &str) {
    let error = read::<T>(bytes).expect_err("a refusal");
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().contains(cause), "{error}");
}

#[test]
fn numbers_of_too_many_bits_are_refused() {
    refused::<u16>(&[0xff, 0xff, 0x07], "a number of too many bits");
    refused::<u64>(&[0xff; 11], "a number of too many bits");
    refused::<u128>(&[0xff; 20], "a number of too many bits");
    refused::<i32>(&written(&i64::MAX), "a number of too many bits");
}

#[test]
fn a_length_beyond_the_bytes_reserves_nothing() {
    for length in [100_000u64, u64::from(u32::MAX), u64::MAX] {
        let bytes = written(&length);
        refused::<Vec<[u64; 32]>>(&bytes, "beyond the end");
        refused::<String>(&bytes, "beyond the end");
        refused::<BTreeMap<u8, u8>>(&bytes, "beyond the end");
        refused::<Vec<()>>(&bytes, "beyond the end");
    }
}

#[test]
fn items_without_bytes_are_counted() {
    assert_eq!(read::<Vec<()>>(&written(&vec![(); 4_000])), Ok(vec![(); 4_000]));
    let many: Vec<Vec<()>> = vec![vec![(); 4_000]; 2];
    refused::<Vec<Vec<()>>>(&written(&many), "the end of the bytes");
    let map: BTreeMap<(), ()> = [((), ())].into();
    assert_eq!(read::<BTreeMap<(), ()>>(&written(&map)), Ok(map));
}

#[derive(Debug, Serialize, Deserialize)]
struct Nested(Option<Box<Nested>>);

#[test]
fn nesting_is_bounded_and_not_by_the_native_stack() {
    assert!(read::<Nested>(&[[1; 40].as_slice(), &[0]].concat()).is_ok());
    refused::<Nested>(&vec![1; 1_000_000], "values nested too deep");
}

#[test]
fn an_error_tells_where() {
    let error = read::<(u8, u16, bool)>(&[7, 1, 2]).expect_err("2 is no bool");
    assert!(error.detail().starts_with("at byte 3: "), "{error}");
    assert!(error.detail().contains("neither true nor false"), "{error}");
}

/// Rows are lines of text here, each with its length in front.
fn rows_of(lines: &[Vec<u8>]) -> Vec<u8> {
    let (mut rows, mut out) = (RowWriter::default(), Writer::default());
    for line in lines {
        rows.row.leaf(line).expect("bytes");
        rows.end_row(&mut out);
    }
    rows.end_rows(&mut out);
    out.into_bytes()
}

fn read_rows(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Error> {
    let (mut rows, mut input) = (RowReader::default(), Reader::new(bytes));
    let lines: Vec<Vec<u8>> =
        (0..count).map(|_| rows.row(&mut input, |row| row.leaf())).collect::<Result<_, _>>()?;
    if rows.is_open() || !input.is_empty() {
        return Err(input.error("more rows"));
    }
    Ok(lines)
}

fn lines() -> Vec<Vec<u8>> {
    let counted = (0..200u8).map(|i| vec![9, 9, i, 9, i / 50]);
    let odd =
        [vec![], vec![1], vec![1], vec![1], vec![2; 63], vec![3; 63], vec![4; 64], vec![4; 64]];
    counted.chain(odd).chain((0..9).map(|i| vec![i; 70])).collect()
}

#[test]
fn rows_come_back_whatever_they_have_in_common() {
    let bytes = rows_of(&lines());
    assert_eq!(read_rows(&bytes, lines().len()), Ok(lines()));
    let counted = rows_of(&lines()[..200]);
    assert!(counted.len() < 240, "{} bytes for 200 rows that differ in one", counted.len());
}

#[test]
fn rows_that_are_none_are_refused() {
    for length in 0..rows_of(&lines()).len() {
        assert!(read_rows(&rows_of(&lines())[..length], lines().len()).is_err(), "{length} bytes");
    }
    let row = [0, 2, 7, 7];
    for (tail, cause) in [
        ([1, 8].as_slice(), "a change of a row that is not there"),
        (&[2, 0], "rows without bytes"),
        (&[1, 1, 1], "bytes left over in a frame"),
        (&[1, 1, 9], "the bytes end early"),
    ] {
        let error = read_rows(&[row.as_slice(), tail].concat(), 2).expect_err("no row");
        assert!(error.detail().contains(cause), "{error}");
        assert!(
            error.detail().starts_with("at byte 4: ") || cause == "the bytes end early",
            "{error}"
        );
    }
    let first = read_rows(&[1, 1, 9], 1).expect_err("there is none before");
    assert!(first.detail().contains("a row that is not there"), "{first}");
}
