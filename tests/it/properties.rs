//! What holds for every input, shown on random ones: half of them well-formed, half of them hostile.
//!
//! `PROPTEST_CASES` and `PROPTEST_RNG_SEED` repeat or lengthen a run. A failure prints the smallest input found.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and writes files of its own"
)]

mod inputs;
mod journal;
mod machine;
mod names;
mod planning;
mod registries;
mod rendered;
mod strict;
mod values;
mod whitelist;

use proptest::test_runner::Config;

/// So many cases unless the environment wants another number, and no file written beside the tests where one fails.
fn cases(count: u32) -> Config {
    let asked = Config::default();
    Config {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() {
            asked.cases
        } else {
            count
        },
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..asked
    }
}
