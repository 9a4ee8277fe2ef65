//! What a thread knows of the run it belongs to.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use switchback::{Error, Kind};
use switchback_free::Member;

/// Threads at which ended ones are looked for the first time.
const FIRST_SWEEP: usize = 64;

/// The tasklet of this thread, and how others wake it.
pub struct Here {
    member: Member,
    door: Arc<Door>,
    bell: Receiver<()>,
    crew: Arc<Crew>,
}

/// Wakes a thread, wherever it waits.
struct Door {
    /// Holds at most one ring: those that come before it is heard are one.
    bell: Sender<()>,
    /// The monitor the thread waits in, which no bell reaches.
    monitor: Mutex<Option<Arc<dyn Poke>>>,
}

/// Something threads wait in that can be told to let them look again.
pub(crate) trait Poke: Send + Sync {
    fn poke(&self);
}

/// The threads of one run.
struct Crew(Mutex<Started>);

struct Started {
    /// Those not joined yet. Ended ones are joined in passing, since each keeps its stack until then.
    threads: Vec<JoinHandle<()>>,
    /// Length of `threads` at which ended ones are looked for next.
    sweep_at: usize,
}

thread_local! {
    /// Innermost last: a tasklet may call `run` itself.
    static HERE: RefCell<Vec<Rc<Here>>> = const { RefCell::new(Vec::new()) };
}

/// A thread that is a tasklet for as long as this lives; then it is again what it was before.
pub(crate) struct Entered(Rc<Here>);

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped when the list is not borrowed any more.
        let last = HERE.try_with(|all| all.borrow_mut().pop());
        drop(last);
    }
}

impl Here {
    /// # Errors
    /// [`Kind::Exhausted`] late in the end of a thread.
    pub(crate) fn enter_main(main: &Member) -> Result<Entered, Error> {
        let started = Started { threads: Vec::new(), sweep_at: FIRST_SWEEP };
        Self::enter(main, Arc::new(Crew(Mutex::new(started))))
    }

    fn enter(member: &Member, crew: Arc<Crew>) -> Result<Entered, Error> {
        let (ring, bell) = bounded(1);
        let door = Arc::new(Door { bell: ring, monitor: Mutex::new(None) });
        let here = Rc::new(Self { member: member.clone(), door, bell, crew });
        here.member.listen(&here.waker());
        let entered = HERE.try_with(|all| all.borrow_mut().push(Rc::clone(&here)));
        let gone = |_| Error::with_detail(Kind::Exhausted, "no run: the thread is ending");
        entered.map(|()| Entered(here)).map_err(gone)
    }

    pub(crate) fn current() -> Option<Rc<Self>> {
        HERE.try_with(|all| all.borrow().last().cloned()).ok().flatten()
    }

    pub(crate) fn member(&self) -> &Member {
        &self.member
    }

    /// Rings when the tasklet may be called away; may ring without a reason.
    pub(crate) fn bell(&self) -> &Receiver<()> {
        &self.bell
    }

    /// Waits for the bell.
    pub(crate) fn await_bell(&self) {
        // The sender is in the door, which lives as long as this does.
        let _ = self.bell.recv();
    }

    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.door))
    }

    /// Says where the thread waits, if no bell reaches it there.
    pub(crate) fn waits_in(&self, monitor: Option<Arc<dyn Poke>>) {
        *self.door.monitor.lock().unwrap_or_else(PoisonError::into_inner) = monitor;
    }

    /// Starts a thread of the same run.
    ///
    /// # Errors
    /// Why the operating system refuses.
    pub(crate) fn start(
        &self,
        member: &Member,
        name: &'static str,
        body: impl FnOnce() -> Result<(), Error> + Send + 'static,
    ) -> Result<(), String> {
        let (member, crew) = (member.clone(), Arc::clone(&self.crew));
        self.crew.started().join_ended();
        // Not under the lock: if there is no thread, the arguments of the tasklet are dropped here.
        let thread = thread::Builder::new().spawn(move || {
            // This thread is beginning.
            let _here = Self::enter(&member, crew);
            member.live(name, body);
        });
        let thread = thread.map_err(|error| error.to_string())?;
        self.crew.started().threads.push(thread);
        Ok(())
    }
}

impl Entered {
    /// Joins all threads of the run; no more are started.
    pub(crate) fn join_all(&self) {
        loop {
            // One that is joined may have started another, which is in the list by then.
            let threads = mem::take(&mut self.0.crew.started().threads);
            if threads.is_empty() {
                return;
            }
            threads.into_iter().for_each(join);
        }
    }
}

impl Crew {
    fn started(&self) -> std::sync::MutexGuard<'_, Started> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Started {
    /// Joins what has ended, at a constant cost per spawned thread.
    fn join_ended(&mut self) {
        if self.threads.len() < self.sweep_at {
            return;
        }
        let (ended, running): (Vec<_>, Vec<_>) =
            mem::take(&mut self.threads).into_iter().partition(JoinHandle::is_finished);
        self.sweep_at = running.len() + FIRST_SWEEP.max(running.len() / 4);
        self.threads = running;
        ended.into_iter().for_each(join);
    }
}

fn join(thread: JoinHandle<()>) {
    // The body is contained: there is no panic to pass on.
    let _ = thread.join();
}

impl Wake for Door {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A ring that is already there is enough.
        let _ = self.bell.try_send(());
        let monitor = self.monitor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(monitor) = monitor {
            monitor.poke();
        }
    }
}
