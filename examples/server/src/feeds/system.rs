//! The machine's real figures.

use serde_json::json;
use sysinfo::System;

use super::Events;

/// Reads processor and memory at each step. The first reading of the processor has nothing to
/// compare with and says little.
pub fn steps() -> impl FnMut() -> Events {
    let mut system = System::new();
    move || {
        system.refresh_cpu_usage();
        system.refresh_memory();
        let cores: Vec<_> = system.cpus().iter().map(|core| core.cpu_usage().round()).collect();
        vec![
            ("cpuUpdate", json!({ "usage": system.global_cpu_usage().round(), "cores": cores })),
            (
                "memoryUpdate",
                json!({ "used": system.used_memory(), "total": system.total_memory() }),
            ),
        ]
    }
}
