//! A teller has money moved between accounts, each of which waits for another in the middle of its
//! handler.
//!
//! ```text
//!   teller --debit--> source --credit--> target
//!                     source <--done---- target
//!                     source --confirmed--> desk, which tells main when all are
//! ```
//!
//! Named after the problem of the Savina suite: 1,000 accounts, 50,000 transfers. The source has a
//! smaller number than the target. So of the accounts that wait for one another the one with the
//! greatest number waits for none, and it goes on: nothing deadlocks, though an account that waits
//! takes nothing from its mailbox.
//!
//! Law: the final balance of every account, in their order. Messages: four per transfer, one of the
//! desk, and at the end two for each account.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, draw, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "bank",
    family: Family::Actors,
    words: Words {
        title: "Bank transactions",
        work: "A teller has money moved between 1,000 accounts, a tasklet each: the source asks \
               the target and waits for its reply before it takes another request. The size is \
               the transfers.",
        shows: "A handler that waits in its middle, in straight code: where actors are callbacks, \
                this needs a stash of the messages that must wait.",
        does_not_show: "Transactions that fail, and accounts that wait in a circle, which the \
                        order of their numbers rules out. A run starts and ends 1,000 tasklets, \
                        which is part of the figure.",
        cost: "Four messages per transfer, and a fixed part for the 1,000 accounts.",
        plot: Plot::Ratio,
    },
    operation: "transfer",
    size: "transfers between 1,000 accounts",
    origin: "the Savina actor suite (AGERE 2014), problem \"bank transaction\"",
    sizes: &[5_000],
    large: &[50_000],
    small: &[1, 40],
    operations: |transfers| transfers,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Tasklets that have a balance.
pub const ACCOUNTS: u64 = 1_000;

/// What an account has at first.
pub const START: u64 = 1 << 40;

const SEED: u64 = 1_694;

/// One movement of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Transfer {
    source: u64,
    target: u64,
    amount: u64,
}

/// The transfer with this number: to an account behind its source.
fn transfer(number: u64) -> Transfer {
    let source = draw(SEED, 3 * number, ACCOUNTS - 1);
    let target = source + 1 + draw(SEED, 3 * number + 1, ACCOUNTS - 1 - source);
    Transfer { source, target, amount: 1 + draw(SEED, 3 * number + 2, 1_000) }
}

/// The mailbox of an account.
type Mailbox<B> = <B as Backend>::Channel<Asked<B>>;

/// What an account is asked.
#[message]
pub enum Asked<B: Backend> {
    /// Give an amount to another account.
    Debit {
        /// How much.
        amount: u64,
        /// The mailbox of the account that gets it.
        target: Mailbox<B>,
    },
    /// Take an amount.
    Credit {
        /// How much.
        amount: u64,
        /// Where the account that gives it waits.
        done: B::Channel<()>,
    },
    /// Tell the balance, and end.
    Close,
}

#[tasklet]
async fn account<B: Backend>(
    mailbox: B::Channel<Asked<B>>,
    confirmed: B::Channel<()>,
    balances: B::Channel<u64>,
) -> Result<(), Error> {
    let done: B::Channel<()> = B::channel();
    let mut balance: u64 = START;
    loop {
        match mailbox.receive().await? {
            Asked::Debit { amount, target } => {
                let target: B::Channel<Asked<B>> = target;
                balance -= amount;
                let credit: Asked<B> = Asked::Credit { amount, done: done.clone() };
                target.send(credit).await?;
                done.receive().await?;
                confirmed.send(()).await?;
            }
            Asked::Credit { amount, done: asked } => {
                let asked: B::Channel<()> = asked;
                balance += amount;
                asked.send(()).await?;
            }
            Asked::Close => return balances.send(balance).await,
        }
    }
}

#[tasklet]
async fn teller<B: Backend>(
    transfers: u64,
    accounts: Vec<B::Channel<Asked<B>>>,
) -> Result<(), Error> {
    for number in 0..transfers {
        let Transfer { source, target, amount } = transfer(number);
        let target: B::Channel<Asked<B>> = accounts[target as usize].clone();
        let source: B::Channel<Asked<B>> = accounts[source as usize].clone();
        source.send(Asked::Debit { amount, target }).await?;
    }
    Ok(())
}

/// Tells when so many transfers are confirmed.
#[tasklet]
async fn desk<B: Backend>(
    transfers: u64,
    confirmed: B::Channel<()>,
    all: B::Channel<()>,
) -> Result<(), Error> {
    for _ in 0..transfers {
        confirmed.receive().await?;
    }
    all.send(()).await
}

#[tasklet]
async fn bank<B: Backend>(transfers: u64) -> Result<u64, Error> {
    let confirmed: B::Channel<()> = B::channel();
    let balances: B::Channel<u64> = B::channel();
    let all: B::Channel<()> = B::channel();
    let mut accounts: Vec<B::Channel<Asked<B>>> = Vec::new();
    for _ in 0u64..ACCOUNTS {
        let mailbox: B::Channel<Asked<B>> = B::channel();
        B::spawn(account(mailbox.clone(), confirmed.clone(), balances.clone()));
        accounts.push(mailbox);
    }
    B::spawn(desk(transfers, confirmed, all.clone()));
    B::spawn(teller(transfers, accounts.clone()));
    all.receive().await?;
    let mut state: u64 = 0;
    for number in 0u64..ACCOUNTS {
        let account: B::Channel<Asked<B>> = accounts[number as usize].clone();
        account.send(Asked::Close).await?;
        let balance: u64 = balances.receive().await?;
        state = mix(state, balance);
    }
    // Lets the last one end, which would be killed otherwise.
    B::schedule().await?;
    Ok(state)
}

/// Makes so many transfers.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(transfers: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(bank(transfers), counting)
}

/// The hash of all balances after so many transfers.
fn balances(transfers: u64) -> u64 {
    let mut accounts = vec![START; ACCOUNTS as usize];
    for Transfer { source, target, amount } in (0..transfers).map(transfer) {
        accounts[source as usize] -= amount;
        accounts[target as usize] += amount;
    }
    accounts.into_iter().fold(0, mix)
}

/// The final balances, and what the transfers cost.
#[must_use]
pub fn law(transfers: u64) -> Law {
    Law {
        tasklets: Some(ACCOUNTS + 2),
        messages: Some(4 * transfers + 1 + 2 * ACCOUNTS),
        ..Law::of(balances(transfers))
    }
}

/// The same transfers in one loop over a list of balances.
///
/// # Errors
/// None.
pub fn plain(transfers: u64) -> Result<Witness, String> {
    Ok(Witness::of(balances(transfers)))
}
