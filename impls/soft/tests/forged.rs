//! Pickles whose frames disagree with each other: they load, and fail when they run.

use switchback::{Backend, Channel, Error, Kind, Portable, tasklet};
use switchback_soft::Soft;

type Out<B> = <B as Backend>::Channel<Result<u64, Error>>;

#[tasklet]
async fn inner_a<B: Backend>(hi: B::Channel<u64>) -> Result<u64, Error> {
    let n = hi.receive().await?;
    Ok(n)
}

#[tasklet]
async fn inner_b<B: Backend>(hi: B::Channel<u64>) -> Result<u64, Error> {
    let n = hi.receive().await?;
    Ok(n + 1)
}

/// Suspended in one of two calls. What comes behind the call needs the frame it runs in.
#[tasklet]
async fn outer<B: Backend>(in_a: bool, hi: B::Channel<u64>, out: Out<B>) -> Result<(), Error> {
    let result: Result<u64, Error> =
        if in_a { inner_a(hi.clone()).await } else { inner_b(hi.clone()).await };
    for n in 10u64..14 {
        B::spawn(neighbour(n, hi.clone(), out.clone()));
    }
    B::schedule().await?;
    out.send(result).await?;
    Ok(())
}

/// As large as a frame of `outer`.
#[tasklet]
async fn neighbour<B: Backend>(n: u64, hi: B::Channel<u64>, out: Out<B>) -> Result<(), Error> {
    B::schedule().await?;
    out.send(Ok(n + hi.balance()? as u64)).await?;
    Ok(())
}

#[tasklet]
async fn freeze<B: Portable>(in_a: bool) -> Result<Vec<u8>, Error> {
    let hi: B::Channel<u64> = B::channel();
    let out: Out<B> = B::channel();
    let t = B::spawn(outer(in_a, hi.clone(), out.clone()));
    B::schedule().await?;
    B::dump(&(t, hi, out), &B::program::<outer::Call<B>>())
}

#[tasklet]
async fn thaw<B: Portable>(bytes: Vec<u8>) -> Result<Vec<Result<u64, Error>>, Error> {
    let (t, hi, out): (B::Handle, B::Channel<u64>, Out<B>) =
        B::load(&bytes, &B::program::<outer::Call<B>>())?;
    hi.send(5).await?;
    let mut got: Vec<Result<u64, Error>> = Vec::new();
    for _ in 0u32..5 {
        let one = out.receive().await?;
        got.push(one);
    }
    drop(t);
    Ok(got)
}

/// What arrives, in an order that does not depend on who was first.
fn arrives(bytes: Vec<u8>) -> Vec<Result<u64, Kind>> {
    let got = Soft::run(thaw(bytes)).unwrap();
    let mut got: Vec<_> = got.into_iter().map(|r| r.map_err(|e| e.kind())).collect();
    got.sort_by_key(|r| r.as_ref().copied().unwrap_or(0));
    got
}

#[test]
fn a_result_of_another_function_is_refused_and_its_caller_goes_on() {
    let a = Soft::run(freeze(true)).unwrap();
    let b = Soft::run(freeze(false)).unwrap();
    let neighbours = (10..14).map(Ok);
    let with = |first| std::iter::once(first).chain(neighbours.clone()).collect::<Vec<_>>();
    assert_eq!(arrives(a.clone()), with(Ok(5)));
    assert_eq!(arrives(b.clone()), with(Ok(6)));
    // The state of `outer` comes behind the table of types: with that of the one pickle in the
    // other, the caller waits for one function and the callee is the other.
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let mut forged = b.clone();
    forged[b.len() - same - 1] = a[a.len() - same - 1];
    assert_eq!(arrives(forged), with(Err(Kind::BadPickle)));
}
