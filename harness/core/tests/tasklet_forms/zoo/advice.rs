//! Bodies that `#[tasklet]` refuses, each as its message says to write it. The refused ones are in
//! `harness/macros/tests/ui` under the names of the tests here.

// Long ways round are the subject here.
#![allow(clippy::all, unused_qualifications)]

use switchback::{Backend, Channel, Error, Message, message, shape::Shapes, tasklet};

use super::counter;
use crate::{everywhere, reference::Guard};

fn square(n: u64) -> u64 {
    n * n
}

fn adder(n: u64) -> impl Fn(u64) -> u64 {
    move |x| x + n
}

#[tasklet]
async fn an_argument_bound_first<B: Backend>(n: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(n);
    let n: u64 = numbers.receive().await?;
    Ok(adder(3)(n))
}

#[tasklet]
async fn a_binding_in_lower_case<B: Backend>(n: Option<u64>) -> Result<u64, Error> {
    let Some(n) = n else { return Ok(0) };
    B::schedule().await?;
    Ok(n)
}

macro_rules! five {
    () => {
        5u64
    };
}

#[tasklet]
async fn a_macro_of_another_name<B: Backend>() -> Result<u64, Error> {
    let five: u64 = five!();
    B::schedule().await?;
    Ok(five)
}

#[tasklet]
async fn a_channel_each<B: Backend>() -> Result<u64, Error> {
    let (x, y): (B::Channel<u64>, B::Channel<u64>) = (counter::<B>(1), counter::<B>(2));
    let first: u64 = x.receive().await?;
    let second: u64 = y.receive().await?;
    Ok(first + second)
}

#[message]
struct Halves {
    name: String,
    rest: String,
}

#[tasklet]
async fn halves_of_a_pattern<B: Backend>(halves: Halves) -> Result<u64, Error> {
    let Halves { name, rest } = halves;
    let rest: String = rest;
    drop(name);
    B::schedule().await?;
    Ok(rest.len() as u64)
}

#[derive(Debug)]
pub struct OutOfStock;

#[tasklet]
async fn orders_with_its_own_error<B: Backend>(n: u64) -> Result<Result<u64, OutOfStock>, Error> {
    B::schedule().await?;
    Ok(if n > 3 { Err(OutOfStock) } else { Ok(n) })
}

#[tasklet]
async fn an_order<B: Backend>(n: u64) -> Result<u64, Error> {
    let ordered = orders_with_its_own_error(n).await?;
    Ok(ordered.unwrap_or(0))
}

#[tasklet]
async fn a_converted_error<B: Backend>(text: String) -> Result<i64, Error> {
    B::schedule().await?;
    let number: i64 = text.parse::<i64>().map_err(Error::from_error)?;
    Ok(number)
}

#[tasklet]
async fn a_function_for_a_closure<B: Backend>(n: u64) -> Result<u64, Error> {
    fn add(x: u64) -> u64 {
        x + 1
    }
    B::schedule().await?;
    Ok(add(n))
}

#[tasklet]
async fn texts_of_their_own<B: Backend>(n: u64) -> Result<u64, Error> {
    const GREETING: &str = "hello";
    let name: String = "you".to_owned();
    let lowest = -1i64;
    let half = 0.5f64;
    B::schedule().await?;
    assert!(lowest < 0 && half < 1.0);
    Ok(n + GREETING.len() as u64 + name.len() as u64)
}

#[tasklet]
async fn items_of_their_own<B: Backend>(n: u64) -> Result<u64, Error> {
    let words: Vec<String> = vec!["ab".to_owned(), "c".to_owned()];
    let mut total = n;
    for word in words.clone() {
        B::schedule().await?;
        total += word.len() as u64;
    }
    for i in 0..words.len() {
        let word: String = words[i].clone();
        B::schedule().await?;
        total += word.len() as u64;
    }
    Ok(total)
}

/// A foreign type in a newtype.
#[message]
struct Pause(std::time::Duration);

#[tasklet]
async fn a_newtype<B: Backend>(n: u64) -> Result<u64, Error> {
    let pause: Pause = Pause(std::time::Duration::from_millis(n));
    B::schedule().await?;
    Ok(pause.0.as_millis() as u64)
}

#[message]
struct Shelf {
    items: Vec<u64>,
    room: u64,
}

#[tasklet]
async fn borrows_of_fields<B: Backend>(shelf: Shelf) -> Result<u64, Error> {
    let mut shelf = shelf;
    let room = &shelf.room;
    B::schedule().await?;
    let last: u64 = *room;
    let items: &mut Vec<u64> = &mut shelf.items;
    B::schedule().await?;
    items.push(last);
    Ok(items.iter().sum())
}

/// A test that a tasklet gives a value in all forms.
macro_rules! gives {
    ($($test:ident: $tasklet:ident($($argument:expr),*) == $value:expr;)*) => {$(
        #[test]
        fn $test() {
            assert_eq!(everywhere!($tasklet($($argument),*)), Ok($value));
        }
    )*};
}

gives! {
    await_in_closure: outside_of_a_closure() == vec![1, 2, 3];
    await_in_async_block: a_second_tasklet() == 1;
    await_in_guard: a_test_in_the_arm(0) == 1;
    await_in_unsafe: outside_of_unsafe() == 1;
    await_in_const_block: outside_of_a_const_block() == 1;
    await_in_odd_macro: a_value_for_a_macro() == 1;
    await_in_lazy_macro: values_for_lazy_macros(5) == true;
    exit_in_odd_macro: an_exit_outside_of_a_macro(9) == 0;
    bare_number: numbers_with_types() == 20;
    bare_range: ranges_with_types(4) == 4 + 10 + 2 + 3;
    kept_borrow: an_index_and_a_clone(vec!["ab".to_owned()]) == 4;
    missing_type: a_local_with_a_type(3) == 9;
    pattern_without_type: a_name_of_a_pattern() == 7;
    pattern_value_before_await: a_value_bound_first() == 11;
    part_moved: all_parts_named((Guard(1), Guard(2))) == 1;
    copied_out_of_a_guard: fields_read_where_they_are((Guard(3), Guard(4))) == 7;
    moved_on_one_way: taken_or_ended_on_both_ways(5) == true;
    static_in_block: a_static_at_the_top(5) == 5;
    place_of_assignment: an_index_bound_first() == vec![0, 1, 0];
    item_named_call: an_item_moved_out(5) == 5;
    stored_operation: an_operation_awaited_at_once() == 1;
    borrowed_argument: an_argument_by_value("ab".to_owned()) == 2;
    impl_argument: a_type_for_a_parameter(3) == 3;
    self_argument: arguments_for_self(2) == 4;
    self_type: the_name_of_a_type_for_self() == 3;
    mutual_recursion: one_of_two_is_recursive(4) == true;
    no_backend: generic_over_its_backend(1) == 1;
    other_error: an_error_of_ours(1) == 1;
    own_error: an_order(3) == 3;
    own_error_by_alias: a_converted_error("7".to_owned()) == 7;
    refused_callee: texts_of_their_own(1) == 9;
    kept_closure: a_function_for_a_closure(1) == 2;
    kept_trait_object: a_function_for_a_closure(2) == 3;
    kept_literals: texts_of_their_own(2) == 10;
    loop_over_borrowed_items: items_of_their_own(0) == 6;
    generate_without_type: a_generator_with_its_type(0) == 0;
    not_a_tasklet: generic_over_its_backend(5) == 5;
    a_foreign_type: a_newtype(4) == 4;
    fields_are_borrowed: borrows_of_fields(Shelf { items: vec![1, 2], room: 3 }) == 6;
    callee_before_await: an_argument_bound_first(1) == 4;
    own_index_before_await: an_argument_bound_first(2) == 5;
    own_deref_before_await: an_argument_bound_first(3) == 6;
    upper_case_binding: a_binding_in_lower_case(Some(3)) == 3;
    macro_of_a_std_name: a_macro_of_another_name() == 5;
    borrow_of_another: a_channel_each() == 3;
    type_not_written: a_result_with_a_type(1) == 2;
    part_moved_by_field: halves_of_a_pattern(Halves { name: "a".into(), rest: "bc".into() }) == 2;
    hidden_in_macro: a_value_of_a_hidden_let() == 3;
    argument_not_message: a_message_as_argument(Own(4)) == 4;
    lifetime_parameter: an_argument_by_value("abc".to_owned()) == 3;
    foreign_future: its_result_on_a_channel() == 1;
    local_not_message: a_message_as_local(4) == 4;
    no_result: generic_over_its_backend(2) == 2;
    not_async: generic_over_its_backend(3) == 3;
    not_a_function: generic_over_its_backend(4) == 4;
    unsafe_tasklet: outside_of_unsafe() == 1;
    unknown_argument: recursive(3) == 3;
    wrong_type: a_text_of_a_number() == "1".to_owned();
    message_arguments: a_message_as_argument(Own(5)) == 5;
    message_of_function: a_message_as_argument(Own(6)) == 6;
    message_borrows: a_text_of_its_own(Name { text: "ab".to_owned() }) == 2;
    message_in_itself: a_list_of_indices(List { items: vec![(7, Some(1)), (8, None)] }) == 15;
    message_union: either_of_two(Bits::Number(9)) == 9;
    message_serde_attributes: a_text_of_its_own(Name { text: "abc".to_owned() }) == 3;
    method_takes_self: a_method_by_its_path(Ticket("abc".to_owned())) == 3;
    message_serde_conversion: a_conversion_of_one_type(Signed { x: -3 }) == -3;
    message_clone_elsewhere: a_clone_by_hand(ByHand { x: 5 }, Below { x: 4 }) == 9;
    no_message_by_type: chosen_by_value(Operation::Next) == 2;
    loop_over_borrow: a_loop_over_indices(vec!["ab".to_owned(), "c".to_owned()]) == 3;
}

#[tasklet]
async fn outside_of_a_closure<B: Backend>() -> Result<Vec<u64>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let mut all: Vec<u64> = Vec::new();
    for _ in 0..3u64 {
        all.push(numbers.receive().await?);
    }
    Ok(all)
}

#[tasklet]
async fn later<B: Backend>(from: B::Channel<u64>, to: B::Channel<u64>) -> Result<(), Error> {
    to.send(from.receive().await?).await
}

#[tasklet]
async fn a_second_tasklet<B: Backend>() -> Result<u64, Error> {
    let to: B::Channel<u64> = B::channel();
    B::spawn(later(counter::<B>(1), to.clone()));
    to.receive().await
}

#[tasklet]
async fn a_test_in_the_arm<B: Backend>(n: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(4);
    match n {
        0 => {
            if numbers.receive().await? > 3 {
                return Ok(1);
            }
            Ok(0)
        }
        _ => Ok(0),
    }
}

#[tasklet]
async fn outside_of_unsafe<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let n = numbers.receive().await?;
    // SAFETY: nothing in it is unsafe.
    #[allow(unused_unsafe)]
    let n: u64 = unsafe { n };
    Ok(n)
}

#[tasklet]
async fn outside_of_a_const_block<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let n = numbers.receive().await?;
    Ok(n + const { 0 })
}

macro_rules! odd {
    (from $e:expr) => {
        $e
    };
}

#[tasklet]
async fn a_value_for_a_macro<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let n = numbers.receive().await?;
    Ok(odd!(from n))
}

#[tasklet]
async fn values_for_lazy_macros<B: Backend>(n: u64) -> Result<bool, Error> {
    let numbers: B::Channel<u64> = counter::<B>(4);
    let (first, second, third) =
        (numbers.receive().await?, numbers.receive().await?, numbers.receive().await?);
    debug_assert!(first > 3);
    assert!(n > 3, "{}", second);
    Ok(matches!(n + 2, x if x > third))
}

macro_rules! either {
    ($left:expr => $right:expr) => {
        if $left > 3 { $left } else { $right }
    };
}

#[tasklet]
async fn an_exit_outside_of_a_macro<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    let more: Option<u64> = either!(Some(n).filter(|n| *n < 4).unwrap_or(9) => 0).checked_sub(10);
    let Some(more) = more else { return Ok(0) };
    B::schedule().await?;
    Ok(more)
}

#[tasklet]
async fn numbers_with_types<B: Backend>() -> Result<u64, Error> {
    let mut total = 0u64;
    let mut other: u64 = 0;
    for _ in 0..10u64 {
        B::schedule().await?;
        total += 1;
        other += 1;
    }
    Ok(total + other)
}

#[tasklet]
async fn ranges_with_types<B: Backend>(n: u64) -> Result<u64, Error> {
    let mut total = 0u64;
    for _ in 0..n {
        B::schedule().await?;
        total += 1;
    }
    for _ in 0..10u64 {
        B::schedule().await?;
        total += 1;
    }
    let all: Vec<u64> = vec![1, 1];
    for one in all {
        B::schedule().await?;
        total += one;
    }
    let mut index: u64 = 0;
    while index < 3 {
        B::schedule().await?;
        index += 1;
        total += 1;
    }
    Ok(total)
}

#[tasklet]
async fn an_index_and_a_clone<B: Backend>(words: Vec<String>) -> Result<usize, Error> {
    let first: usize = 0;
    let copy: String = words[0].clone();
    let all = &words;
    B::schedule().await?;
    Ok(words[first].len() + copy.len() * all.len())
}

#[tasklet]
async fn a_local_with_a_type<B: Backend>(n: u64) -> Result<u64, Error> {
    let found: u64 = square(n);
    B::schedule().await?;
    Ok(found)
}

#[tasklet]
async fn one<B: Backend>(values: B::Channel<u64>) -> Result<(), Error> {
    values.send(1).await
}

/// Compiled here: the backends of these tests have no end of an iteration. The tests of the
/// scenarios run generators on all others.
#[tasklet]
async fn a_generator_with_its_type<B: Backend>(asked: u64) -> Result<u64, Error> {
    if asked == 0 {
        return Ok(0);
    }
    let numbers = B::generate::<u64, _>(|values| one(values));
    Ok(numbers.next().await?.unwrap_or(asked))
}

#[message]
enum Order {
    Buy(u64),
    Leave,
}

#[tasklet]
async fn orders<B: Backend>(to: B::Channel<Order>) -> Result<(), Error> {
    to.send(Order::Buy(7)).await?;
    to.send(Order::Leave).await
}

#[tasklet]
async fn a_name_of_a_pattern<B: Backend>() -> Result<u64, Error> {
    let from: B::Channel<Order> = B::channel();
    B::spawn(orders(from.clone()));
    match from.receive().await? {
        Order::Buy(count) => {
            let count: u64 = count;
            B::schedule().await?;
            Ok(count)
        }
        Order::Leave => Ok(0),
    }
}

#[tasklet]
async fn a_value_bound_first<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    match Some(3u64).map(square) {
        Some(left) => {
            let found: u64 = left;
            Ok(found + numbers.receive().await? + numbers.receive().await? - 1)
        }
        None => Ok(0),
    }
}

#[tasklet]
async fn all_parts_named<B: Backend>(pair: (Guard, Guard)) -> Result<i64, Error> {
    let (first, _second): (Guard, Guard) = pair;
    B::schedule().await?;
    Ok(first.0)
}

#[tasklet]
async fn fields_read_where_they_are<B: Backend>(pair: (Guard, Guard)) -> Result<i64, Error> {
    let (first, second): (Guard, Guard) = pair;
    let number: i64 = second.0;
    B::schedule().await?;
    Ok(first.0 + number)
}

#[tasklet]
async fn taken_or_ended_on_both_ways<B: Backend>(n: u64) -> Result<bool, Error> {
    let mut guard: Option<Guard> = Some(Guard(1));
    let other: Guard = Guard(2);
    let gone: bool = n > 3 && {
        drop(guard.take());
        true
    };
    drop(other);
    B::schedule().await?;
    Ok(gone)
}

#[tasklet]
async fn a_static_at_the_top<B: Backend>(n: u64) -> Result<u64, Error> {
    static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    if n > 3 {
        B::schedule().await?;
        CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        B::schedule().await?;
        assert!(CALLS.load(std::sync::atomic::Ordering::Relaxed) > 0);
    }
    Ok(n)
}

fn next(at: &mut usize) -> usize {
    *at += 1;
    *at
}

#[tasklet]
async fn an_index_bound_first<B: Backend>() -> Result<Vec<u64>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let mut sums: Vec<u64> = vec![0, 0, 0];
    let mut at: usize = 0;
    let index: usize = next(&mut at);
    sums[index] += numbers.receive().await?;
    Ok(sums)
}

struct Call(u64);

#[tasklet]
async fn an_item_moved_out<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    let call = Call(n);
    Ok(call.0)
}

#[tasklet]
async fn an_operation_awaited_at_once<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    numbers.receive().await
}

#[tasklet]
async fn an_argument_by_value<B: Backend>(name: String) -> Result<usize, Error> {
    B::schedule().await?;
    Ok(name.len())
}

#[tasklet]
async fn a_type_parameter<B: Backend, T: Message + IntoIterator<Item = u64>>(
    items: T,
) -> Result<u64, Error> {
    B::schedule().await?;
    Ok(items.into_iter().sum())
}

#[tasklet]
async fn a_type_for_a_parameter<B: Backend>(n: u64) -> Result<u64, Error> {
    a_type_parameter::<B, Option<u64>>(Some(n)).await
}

#[tasklet]
async fn arguments_for_self<B: Backend>(size: u64) -> Result<u64, Error> {
    B::schedule().await?;
    Ok(square(size))
}

#[tasklet]
async fn generic_over_its_backend<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

#[tasklet]
async fn an_error_of_ours<B: Backend>(n: u64) -> Result<u64, Error> {
    "1".parse::<u64>().map_err(|e| Error::new("parse", e.to_string())).map(|one| one * n)
}

#[tasklet]
async fn same<B: Backend, T: Message>(value: T) -> Result<T, Error> {
    B::schedule().await?;
    Ok(value)
}

#[tasklet]
async fn a_result_with_a_type<B: Backend>(n: u64) -> Result<u64, Error> {
    let text: String = same(String::from("x")).await?;
    let more = same::<B, String>(String::new()).await?;
    B::schedule().await?;
    Ok(n + (text + &more).len() as u64)
}

macro_rules! declare {
    ($name:ident) => {
        let $name: u64 = 3;
    };
}

#[tasklet]
async fn a_value_of_a_hidden_let<B: Backend>() -> Result<u64, Error> {
    declare!(hidden);
    let n: u64 = hidden;
    B::schedule().await?;
    Ok(n)
}

#[message]
pub struct Own(pub u64);

#[tasklet]
async fn a_message_as_argument<B: Backend>(own: Own) -> Result<u64, Error> {
    B::schedule().await?;
    Ok(own.0)
}

#[tasklet]
async fn its_result_on_a_channel<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    numbers.receive().await
}

#[tasklet]
async fn a_message_as_local<B: Backend>(n: u64) -> Result<u64, Error> {
    let own: Own = Own(n);
    B::schedule().await?;
    Ok(own.0)
}

struct Shop;

impl Shop {
    const PRICE: u64 = 3;
}

#[tasklet]
async fn the_name_of_a_type_for_self<B: Backend>() -> Result<u64, Error> {
    struct Own(u64);
    impl Own {
        fn new() -> Self {
            Self(Shop::PRICE)
        }
    }
    B::schedule().await?;
    Ok(Own::new().0)
}

#[tasklet(recursive)]
async fn one_of_two_is_recursive<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 { Ok(true) } else { the_other_is_not(n - 1).await }
}

#[tasklet]
async fn the_other_is_not<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 { Ok(false) } else { one_of_two_is_recursive(n - 1).await }
}

#[tasklet(recursive)]
async fn recursive<B: Backend>(n: u64) -> Result<u64, Error> {
    if n == 0 { Ok(0) } else { Ok(1 + recursive(n - 1).await?) }
}

#[tasklet]
async fn a_text_of_a_number<B: Backend>() -> Result<String, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let text: String = numbers.receive().await?.to_string();
    B::schedule().await?;
    Ok(text)
}

#[message]
pub struct Name {
    pub text: String,
}

#[tasklet]
async fn a_text_of_its_own<B: Backend>(name: Name) -> Result<usize, Error> {
    B::schedule().await?;
    Ok(name.text.len())
}

/// Each item with the index of the next one.
#[message]
pub struct List {
    pub items: Vec<(u64, Option<usize>)>,
}

#[tasklet]
async fn a_list_of_indices<B: Backend>(list: List) -> Result<u64, Error> {
    let mut sum = 0u64;
    let mut at: Option<usize> = Some(0);
    while let Some(index) = at {
        let (item, next): (u64, Option<usize>) = list.items[index];
        at = next;
        B::schedule().await?;
        sum += item;
    }
    Ok(sum)
}

#[message]
pub enum Bits {
    Number(u32),
    Bytes([u8; 4]),
}

#[tasklet]
async fn either_of_two<B: Backend>(bits: Bits) -> Result<u32, Error> {
    B::schedule().await?;
    Ok(match bits {
        Bits::Number(number) => number,
        Bits::Bytes(bytes) => u32::from_le_bytes(bytes),
    })
}

#[tasklet]
async fn a_loop_over_indices<B: Backend>(words: Vec<String>) -> Result<usize, Error> {
    let mut total = 0usize;
    for at in 0..words.len() {
        B::schedule().await?;
        total += words[at].len();
    }
    Ok(total)
}

#[message]
struct Ticket(String);

impl Ticket {
    fn redeemed(self) -> u64 {
        self.0.len() as u64
    }
}

#[tasklet]
async fn a_method_by_its_path<B: Backend>(ticket: Ticket) -> Result<u64, Error> {
    let value: u64 = Ticket::redeemed(ticket);
    B::schedule().await?;
    Ok(value)
}

#[message]
#[serde(into = "i64", from = "i64")]
pub struct Signed {
    pub x: i64,
}

impl From<Signed> for i64 {
    fn from(m: Signed) -> Self {
        m.x
    }
}

impl From<i64> for Signed {
    fn from(x: i64) -> Self {
        Self { x }
    }
}

#[tasklet]
async fn a_conversion_of_one_type<B: Backend>(signed: Signed) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(signed.x)
}

#[message]
#[derive(Clone)]
pub struct Below {
    pub x: i64,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct ByHand {
    pub x: i64,
}

impl Clone for ByHand {
    fn clone(&self) -> Self {
        Self { x: self.x }
    }
}

impl Message for ByHand {
    fn describe(shapes: &mut Shapes) {
        shapes.word("by hand, version 1");
        shapes.part::<i64>();
    }
}

#[tasklet]
async fn a_clone_by_hand<B: Backend>(hand: ByHand, below: Below) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(hand.x + below.x)
}

#[message]
pub enum Operation {
    Next,
}

impl Operation {
    fn apply(&self, x: i64) -> i64 {
        match self {
            Self::Next => x + 1,
        }
    }
}

#[tasklet]
async fn chosen_by_value<B: Backend>(operation: Operation) -> Result<i64, Error> {
    any_length::<B, 3>([1, 2, 3], operation).await
}

#[tasklet]
async fn any_length<B: Backend, const N: usize>(
    numbers: [i64; N],
    operation: Operation,
) -> Result<i64, Error>
where
    [i64; N]: Message,
{
    let long: Vec<u8> = vec![0; 64];
    B::schedule().await?;
    Ok(operation.apply(numbers[0]) + i64::from(long[63]))
}
