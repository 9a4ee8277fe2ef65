//! The scenarios' way to write tasklets, on this backend.

use switchback::{Backend, Blocking, Channel, Error, tasklet};
use switchback_threads::Threads;

#[tasklet]
async fn divider<B: Backend>(
    requests: B::Channel<(i64, i64, B::Channel<i64>)>,
) -> Result<(), Error> {
    loop {
        let (x, y, reply) = requests.receive().await?;
        match x.checked_div(y) {
            Some(quotient) => reply.send(quotient).await?,
            None => reply.send_error(Error::new("ZeroDivisionError", "")).await?,
        }
    }
}

#[tasklet]
async fn asker<B: Backend>(x: i64, y: i64) -> Result<i64, Error> {
    let requests: B::Channel<(i64, i64, B::Channel<i64>)> = B::channel();
    let reply: B::Channel<i64> = B::channel();
    B::spawn(divider(requests.clone()));
    requests.send((x, y, reply.clone())).await?;
    reply.receive().await
}

#[test]
fn a_server_answers_on_the_channel_it_is_sent() {
    assert_eq!(Threads::run(asker(8, 4)), Ok(2));
}

#[test]
fn an_error_forwarded_to_the_asker_is_the_result_of_the_asker() {
    assert_eq!(Threads::run(asker(8, 0)).unwrap_err().name(), "ZeroDivisionError");
}

#[tasklet]
async fn sorter<B: Blocking>(compared: B::Channel<u32>) -> Result<(), Error> {
    let mut numbers = [3_u32, 1, 2];
    numbers.sort_by(|a, b| {
        // The error has nowhere to go inside a comparison; the reader counts what arrives.
        let _ = B::wait(compared.send(*a));
        a.cmp(b)
    });
    compared.send_error(switchback::Kind::StopIteration.into()).await
}

#[tasklet]
async fn listener<B: Blocking>() -> Result<u32, Error> {
    let compared: B::Channel<u32> = B::channel();
    B::spawn(sorter(compared.clone()));
    let mut count: u32 = 0;
    while let Some(_number) = switchback::Iteration::item(compared.next().await)? {
        count += 1;
    }
    Ok(count)
}

#[test]
fn a_callback_of_plain_code_sends_in_the_middle_of_a_sort() {
    assert!(Threads::run(listener()).is_ok_and(|count| (2..=3).contains(&count)));
}
