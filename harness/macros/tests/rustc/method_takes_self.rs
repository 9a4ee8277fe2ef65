use switchback::{Backend, Error, message, tasklet};

#[message]
struct Ticket(String);

impl Ticket {
    fn redeemed(self) -> u64 {
        self.0.len() as u64
    }
}

#[tasklet]
async fn redeems<B: Backend>(ticket: Ticket) -> Result<u64, Error> {
    let value: u64 = ticket.redeemed();
    B::schedule().await?;
    Ok(value)
}

fn main() {
    let _ = redeems::<switchback_soft::Soft>;
}
