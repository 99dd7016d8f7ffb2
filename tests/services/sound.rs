//! The check of a store's integrity, for tests of every back end.

use seerflow::Engine;
use seerflow::record::Control;

/// Asserts that neither the tables nor the text index of a store have a fault.
pub fn assert_sound(engine: &Engine) {
    let (maintenance, control) = (engine.maintenance().unwrap(), Control::unbounded());
    let mut findings = maintenance.check(&control).unwrap();
    findings.extend(maintenance.check_text(&control).unwrap());
    assert_eq!(findings, [] as [String; 0]);
}
