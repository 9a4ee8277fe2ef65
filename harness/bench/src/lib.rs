//! Witness gate, paired sampler and results file.
