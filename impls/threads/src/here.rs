//! What a thread knows of the run it belongs to.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use switchback::Error;
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
        HERE.with_borrow_mut(Vec::pop);
    }
}

impl Here {
    pub(crate) fn enter_main(main: &Member) -> Entered {
        let started = Started { threads: Vec::new(), sweep_at: FIRST_SWEEP };
        Self::enter(main, Arc::new(Crew(Mutex::new(started))))
    }

    fn enter(member: &Member, crew: Arc<Crew>) -> Entered {
        let (ring, bell) = bounded(1);
        let door = Arc::new(Door { bell: ring, monitor: Mutex::new(None) });
        let here = Rc::new(Self { member: member.clone(), door, bell, crew });
        here.member.listen(&here.waker());
        HERE.with_borrow_mut(|all| all.push(Rc::clone(&here)));
        Entered(here)
    }

    pub(crate) fn current() -> Option<Rc<Self>> {
        HERE.with_borrow(|all| all.last().cloned())
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
        body: impl FnOnce() -> Result<(), Error> + Send + 'static,
    ) -> Result<(), String> {
        let (member, crew) = (member.clone(), Arc::clone(&self.crew));
        let mut started = self.crew.started();
        started.join_ended();
        let thread = thread::Builder::new().spawn(move || {
            let _here = Self::enter(&member, crew);
            member.live(body);
        });
        started.threads.push(thread.map_err(|error| error.to_string())?);
        Ok(())
    }
}

impl Entered {
    /// Joins all threads of the run; nobody starts any more.
    pub(crate) fn join_all(&self) {
        let threads = mem::take(&mut self.0.crew.started().threads);
        threads.into_iter().for_each(join);
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
