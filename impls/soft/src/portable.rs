//! Pickles and forks of frames.
