use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn moves_twice<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let text: String = String::new();
    numbers.send(1).await?;
    drop(text);
    Ok(text.len() as u64)
}

#[tasklet]
async fn changes<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let fixed: u64 = 0;
    let got = numbers.receive().await?;
    fixed += got;
    let mut list: Vec<u64> = vec![1];
    let first = &list[0];
    list.push(got);
    Ok(*first)
}

fn main() {}
