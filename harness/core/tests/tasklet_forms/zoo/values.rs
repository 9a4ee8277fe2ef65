//! Values of control flow, orders of evaluation, and ways out.

use switchback::{Backend, Channel, Error, message, tasklet};

use super::counter;
use crate::everywhere;

#[tasklet]
async fn shapes<B: Backend>(choice: u64) -> Result<(u64, u64, u64, u64), Error> {
    let numbers: B::Channel<u64> = counter::<B>(10);
    let a: u64 = if choice.is_multiple_of(2) {
        numbers.receive().await?
    } else if numbers.receive().await? > 10 {
        1
    } else {
        numbers.receive().await? * 100
    };
    let b: u64 = match choice {
        0 => numbers.receive().await?,
        1 | 2 => {
            let first = numbers.receive().await?;
            let second = numbers.receive().await?;
            first * second
        }
        n if n > 100 => return Err(Error::new("big", n.to_string())),
        _ => 7,
    };
    let c: u64 = loop {
        let n = numbers.receive().await?;
        if n % 5 == choice % 5 {
            break n;
        }
    };
    let d: u64 = 'block: {
        if choice == 3 {
            break 'block 3;
        }
        let n = numbers.receive().await?;
        if n > 14 {
            break 'block n;
        }
        n * 1000
    };
    Ok((a, b, c, d))
}

/// The same without tasklets.
fn plain_shapes(choice: u64) -> Result<(u64, u64, u64, u64), Error> {
    let mut numbers = 10..;
    let mut next = || numbers.next().unwrap_or_default();
    let a = if choice.is_multiple_of(2) {
        next()
    } else if next() > 10 {
        1
    } else {
        next() * 100
    };
    let b = match choice {
        0 => next(),
        1 | 2 => next() * next(),
        n if n > 100 => return Err(Error::new("big", n.to_string())),
        _ => 7,
    };
    let c = loop {
        let n = next();
        if n % 5 == choice % 5 {
            break n;
        }
    };
    let d = match choice {
        3 => 3,
        _ => match next() {
            n if n > 14 => n,
            n => n * 1000,
        },
    };
    Ok((a, b, c, d))
}

#[test]
fn control_flow_has_values() {
    for choice in [0, 1, 2, 3, 4, 101] {
        assert_eq!(everywhere!(shapes(choice)), plain_shapes(choice), "choice {choice}");
    }
}

#[tasklet]
async fn halves<B: Backend>(n: u64) -> Result<(u64, (u64, Option<String>)), Error> {
    B::schedule().await?;
    Ok((n / 2, (n - n / 2, (n > 9).then(|| n.to_string()))))
}

#[tasklet]
async fn rejoined<B: Backend>(n: u64) -> Result<String, Error> {
    let (low, (mut high, name)) = halves(n).await?;
    B::schedule().await?;
    high += low;
    B::schedule().await?;
    if let Some(name) = name {
        B::schedule().await?;
        return Ok(name);
    }
    Ok(format!("{high}"))
}

#[test]
fn a_tuple_of_a_call_is_kept_in_parts() {
    assert_eq!(everywhere!(rejoined(7)), Ok("7".to_owned()));
    assert_eq!(everywhere!(rejoined(11)), Ok("11".to_owned()));
}

fn note(log: &mut Vec<u64>, n: u64) -> u64 {
    log.push(n);
    n
}

#[tasklet]
async fn order<B: Backend>() -> Result<(Vec<u64>, [u64; 3], (u64, u64)), Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let mut log: Vec<u64> = Vec::new();
    let early: u64 = note(&mut log, 50);
    let array: [u64; 3] = [early, numbers.receive().await?, numbers.receive().await? * 10];
    let pair = (numbers.receive().await? - early.min(1), numbers.receive().await?);
    log.push(numbers.receive().await? + numbers.receive().await? * 2);
    log[0] += numbers.receive().await?;
    let ninth: u64 = note(&mut log, numbers.receive().await?);
    let sum = ninth + numbers.receive().await?;
    log.push(sum);
    let grown = (log.len(), fails(note(&mut log, 60)).await?, log.len());
    log.push((grown.2 - grown.0) as u64);
    Ok((log, array, pair))
}

#[test]
fn operands_are_evaluated_from_left_to_right() {
    let expected = (vec![57, 5 + 12, 8, 8 + 9, 60, 1], [50, 1, 20], (2, 4));
    assert_eq!(everywhere!(order()), Ok(expected));
}

/// What a shop may be asked.
#[message]
enum Order {
    Buy { item: String, count: u64 },
    Pay(u64),
    Leave,
}

#[tasklet]
async fn shop<B: Backend>(orders: B::Channel<Order>, total: B::Channel<u64>) -> Result<(), Error> {
    let mut due = 0u64;
    loop {
        match orders.receive().await? {
            Order::Buy { item, count } => {
                let item: String = item;
                let count: u64 = count;
                B::schedule().await?;
                due += item.len() as u64 * count;
            }
            Order::Pay(money) if money > due => due = 0,
            Order::Pay(money) => due -= money,
            Order::Leave => {
                total.send(due).await?;
                return Ok(());
            }
        }
    }
}

#[tasklet]
async fn customer<B: Backend>(paid: u64) -> Result<u64, Error> {
    let (orders, total) = (B::channel::<Order>(), B::channel::<u64>());
    B::spawn(shop(orders.clone(), total.clone()));
    orders.send(Order::Buy { item: "bread".to_owned(), count: 3 }).await?;
    orders.send(Order::Pay(paid)).await?;
    orders.send(Order::Leave).await?;
    total.receive().await
}

#[test]
fn arms_await_and_leave() {
    assert_eq!(everywhere!(customer(4)), Ok(11));
    assert_eq!(everywhere!(customer(99)), Ok(0));
}

#[tasklet]
async fn maybe<B: Backend>(n: u64) -> Result<Option<(u64, String)>, Error> {
    B::schedule().await?;
    Ok(if n > 2 { Some((n, format!("<{n}>"))) } else { None })
}

#[tasklet]
async fn unpack<B: Backend>(n: u64) -> Result<String, Error> {
    let Some((size, mut name)): Option<(u64, String)> = maybe(n).await? else {
        B::schedule().await?;
        return Ok("nothing".to_owned());
    };
    B::schedule().await?;
    if let Some((other, _)) = maybe(size - 1).await?
        && other > 3
    {
        name.push('!');
    }
    B::schedule().await?;
    name += &size.to_string();
    Ok(name)
}

#[test]
fn let_else_and_if_let_take_results_apart() {
    assert_eq!(everywhere!(unpack(1)), Ok("nothing".to_owned()));
    assert_eq!(everywhere!(unpack(4)), Ok("<4>4".to_owned()));
    assert_eq!(everywhere!(unpack(5)), Ok("<5>!5".to_owned()));
}

#[tasklet]
async fn fails<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    if n == 0 { Err(Error::new("zero", "")) } else { Ok(n) }
}

#[tasklet]
async fn handles<B: Backend>(n: u64) -> Result<u64, Error> {
    match fails(n).await {
        Ok(n) => Ok(n + fails(1).await?),
        Err(error) if error.name() == "zero" => fails(1000).await,
        Err(error) => Err(error),
    }
}

#[test]
fn an_error_is_a_value_until_it_is_passed_on() {
    assert_eq!(everywhere!(handles(0)), Ok(1000));
    assert_eq!(everywhere!(handles(5)), Ok(6));
    assert_eq!(everywhere!(fails(0)).map_err(|e| e.name().to_owned()), Err("zero".to_owned()));
}

#[tasklet]
async fn nested<B: Backend>(n: u64) -> Result<u64, Error> {
    let echo = B::channel::<u64>();
    B::spawn(forward(counter::<B>(n), echo.clone()));
    let mut total = 0u64;
    total += if n > 1 { fails(fails(echo.receive().await?).await?).await? } else { 0 };
    total = match total {
        0 => 5,
        t => t + echo.receive().await?,
    };
    Ok(match total {
        t if t > 5 => t + fails(echo.receive().await? * 2).await?,
        t => t,
    })
}

#[tasklet]
async fn forward<B: Backend>(from: B::Channel<u64>, to: B::Channel<u64>) -> Result<(), Error> {
    loop {
        to.send(from.receive().await?).await?;
    }
}

#[test]
fn awaits_nest_in_arguments_and_assignments() {
    assert_eq!(everywhere!(nested(1)), Ok(5));
    assert_eq!(everywhere!(nested(2)), Ok(2 + 3));
    assert_eq!(everywhere!(nested(3)), Ok(3 + 4 + 5 * 2));
}

#[message]
struct Sizes {
    width: u64,
    height: u64,
}

#[tasklet]
async fn of_a_literal<B: Backend>(n: u64) -> Result<u64, Error> {
    let area: u64 = match (Sizes { width: fails(n).await?, height: 2 }) {
        Sizes { width: 0, height } => height,
        Sizes { width, height } => {
            let (width, height): (u64, u64) = (width, height);
            fails(width).await? * height
        }
    };
    Ok(area)
}

#[test]
fn a_literal_of_a_struct_is_matched() {
    assert_eq!(everywhere!(of_a_literal(4)), Ok(8));
}
