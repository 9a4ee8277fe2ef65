//! The conformance suite on this backend.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
switchback_conformance::main!(switchback_direct::Direct);

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn main() {
    println!("direct: for Linux on x86_64 and aarch64");
}
