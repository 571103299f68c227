//! What stands beside the figures, and how they are printed.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A figure, and what it is against.
pub fn line(what: &str, rate: f64, ratio: Option<(&str, f64)>) {
    let ratio = ratio
        .map(|(of, r)| format!("   {r:.2} {of}"))
        .unwrap_or_default();
    println!("{what:<62} {rate:>9.0}{ratio}");
}

/// A directory on the disk that is measured.
pub fn tempdir(below: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(below)
        .join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    dir
}

/// How long the disk takes to keep 4 KiB.
pub fn fdatasync(dir: &Path) -> Duration {
    let mut file = std::fs::File::create(dir.join("sync")).expect("a file");
    let block = [7u8; 4096];
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            file.seek(SeekFrom::Start(0)).expect("seek");
            file.write_all(&block).expect("write");
            let began = Instant::now();
            file.sync_data().expect("sync");
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The processor.
pub fn cpu() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            text.lines().find_map(|l| {
                l.strip_prefix("model name")
                    .map(|l| l.trim_start_matches([' ', '\t', ':']).to_owned())
            })
        })
        .unwrap_or_else(|| "unknown processor".to_owned())
}

/// What is measured.
pub fn commit() -> String {
    std::process::Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .ok()
        .and_then(|o| String::from_utf8(o.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |s| s.trim().to_owned())
}

/// A latency at two shares of all.
pub fn latency(what: &str, waits: &mut [Duration]) {
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what:<62} {:>9.1} ms p50, {:.1} ms p99", at(0.5), at(0.99));
}
