//! Tasklets as free OS threads on crossbeam rendezvous channels.
