//! Changes of pickles.
