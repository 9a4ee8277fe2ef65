use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn wrong<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let text: String = String::new();
    drop(text);
    let got = numbers.receive().await?;
    let size: usize = text.len();
    let wrong: u64 = "a text";
    numbers.send(unknown).await?;
    numbers.send("another text").await?;
    let fixed: u64 = 0;
    for n in 0..3u64 {
        fixed += n;
        numbers.no_such_method(n);
    }
    match got {
        0 => {}
    }
    Ok(size)
}

fn main() {}
