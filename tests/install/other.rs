//! Another Rust library, with its own standard library, in the program that links seerflow.

/// Starts a thread and catches a panic, which would fail if the two Rust runtimes interfered.
#[unsafe(no_mangle)]
pub extern "C" fn other_rust() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::thread::spawn(|| std::panic::catch_unwind(|| panic!("on purpose")).is_err());
    if caught.join().unwrap_or(false) { 42 } else { 0 }
}
