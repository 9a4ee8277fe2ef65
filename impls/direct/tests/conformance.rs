//! The conformance suite on this backend.

switchback_conformance::main!(switchback_direct::Direct);
