//! Tasklets as heap frames run by a loop: portable, forkable, flat native stack.
