//! Figures as lines for people and as one JSON object for programs, and the disk's own speed that they are read against.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// The figures of one library on one database.
pub struct Figures {
    peer: &'static str,
    version: &'static str,
    database: &'static str,
    settings: String,
    taken: Map<String, Value>,
}

impl Figures {
    pub fn new(peer: &'static str, version: &'static str, database: &'static str) -> Self {
        Self {
            peer,
            version,
            database,
            settings: String::new(),
            taken: Map::new(),
        }
    }

    fn line(&self, what: &str, about: &str) {
        println!(
            "peer {} {} {} {what}  ({about})",
            self.peer, self.version, self.database
        );
    }

    pub fn settings(&mut self, settings: String) {
        self.line("settings", &settings);
        self.settings = settings;
    }

    pub fn rate(&mut self, name: &str, per_second: f64, about: &str) {
        self.line(&format!("{name} {per_second:.0}/s"), about);
        self.taken.insert(
            name.to_owned(),
            json!({ "per_second": round(per_second), "about": about }),
        );
    }

    pub fn none(&mut self, name: &str, why: &str) {
        self.line(&format!("{name} -"), why);
        self.taken
            .insert(name.to_owned(), json!({ "per_second": null, "about": why }));
    }

    pub fn wait(&mut self, name: &str, waits: &[Duration], about: &str) {
        let (median, p99) = (percentile(waits, 50), percentile(waits, 99));
        self.line(&format!("{name} p50 {median:.2} ms p99 {p99:.2} ms"), about);
        self.taken.insert(
            name.to_owned(),
            json!({ "p50_ms": round(median), "p99_ms": round(p99), "count": waits.len(), "about": about }),
        );
    }

    pub fn into_json(self) -> Value {
        json!({
            "peer": self.peer,
            "version": self.version,
            "database": self.database,
            "settings": self.settings,
            "figures": self.taken,
        })
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// In milliseconds; zero of none.
pub fn percentile(waits: &[Duration], percent: usize) -> f64 {
    let mut sorted = waits.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
}

/// The median time of writing 4 KiB and having them on the disk, in milliseconds.
pub fn fdatasync(dir: &Path) -> std::io::Result<f64> {
    let path = dir.join("peers-fdatasync");
    let mut file = File::create(&path)?;
    let mut waits = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 4096])?;
        let begin = Instant::now();
        file.sync_data()?;
        waits.push(begin.elapsed());
    }
    std::fs::remove_file(&path)?;
    Ok(percentile(&waits, 50))
}
