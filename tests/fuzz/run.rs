//! Running one target: its stored inputs as they are, then what the generator makes of them until the time is up. The input
//! that breaks a rule is kept as a file.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::mutate::Generator;
pub use super::targets::Target;

/// How long, and with which of all sequences of inputs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub time: Duration,
    pub number: u64,
}

impl Plan {
    /// `JOLLI_FUZZ_SECONDS`, else one second; `JOLLI_FUZZ_SEED`, else by the clock.
    pub fn from_env() -> Self {
        let variable = |name: &str| {
            let text = std::env::var_os(name)?;
            Some(whole_number(name, &text).unwrap_or_else(|why| panic!("{why}")))
        };
        let since = || SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            time: Duration::from_secs(variable("JOLLI_FUZZ_SECONDS").unwrap_or(1)),
            number: variable("JOLLI_FUZZ_SEED")
                .unwrap_or_else(|| since().expect("it is after 1970").as_nanos() as u64),
        }
    }
}

/// What a variable says; or why that is nothing to go by.
pub fn whole_number(name: &str, text: &OsStr) -> Result<u64, String> {
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("{name}={}: give a whole number", text.display()))
}

/// An input that broke a rule.
#[derive(Debug)]
pub struct Failure {
    /// Where it is kept.
    pub file: PathBuf,
    name: String,
    plan: Plan,
    said: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            name,
            plan,
            said,
        } = self;
        let (number, seconds) = (plan.number, plan.time.as_secs());
        writeln!(f, "{name}: {said}")?;
        writeln!(f, "The input is kept: {}", file.display())?;
        writeln!(
            f,
            "To try it first from now on, copy it to fuzz/seeds/{name}"
        )?;
        write!(
            f,
            "The same inputs again: JOLLI_FUZZ_SEED={number} JOLLI_FUZZ_SECONDS={seconds} cargo test --test suite -- --exact fuzz::{name}"
        )
    }
}

/// Runs a target with the inputs of its folder, as the environment says.
pub fn check(name: &str, target: Target) {
    let plan = Plan::from_env();
    println!("{name}: JOLLI_FUZZ_SEED={}", plan.number);
    match run(name, target, &stored(name), plan) {
        Ok(inputs) => println!("{name}: {inputs} inputs"),
        Err(failure) => panic!("{failure}"),
    }
}

/// Runs a target; how many inputs it had.
pub fn run(name: &str, target: Target, stored: &[Vec<u8>], plan: Plan) -> Result<u64, Failure> {
    let mut running = Running::new(name);
    let mut inputs = 0;
    let mut one = |input: &[u8]| {
        inputs += 1;
        running.note(input).unwrap();
        attempt(target, input).map_err(|said| Failure {
            file: keep(name, input),
            name: name.to_owned(),
            plan,
            said,
        })
    };
    for input in stored {
        one(input)?;
    }
    let parents = stored.iter().map(Vec::as_slice).collect();
    let mut generator = Generator::new(parents, plan.number);
    let began = Instant::now();
    while began.elapsed() < plan.time {
        one(&generator.input())?;
    }
    Ok(inputs)
}

/// What the target says against an input.
fn attempt(target: Target, input: &[u8]) -> Result<(), String> {
    std::panic::catch_unwind(|| target(input)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        text.unwrap_or("it panicked").to_owned()
    })
}

/// The stored inputs of a target, by name.
pub fn stored(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(name);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn keep(name: &str, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let file = folder().join(format!("{name}-{:016x}", hasher.finish()));
    std::fs::write(&file, input).unwrap();
    file
}

/// The input that is being tried, in `TARGET-running`: what ends the whole process, or never ends, leaves it there.
struct Running {
    path: PathBuf,
    file: File,
}

impl Running {
    fn new(name: &str) -> Self {
        let path = folder().join(format!("{name}-running"));
        let file = File::create(&path).unwrap();
        Self { path, file }
    }

    fn note(&mut self, input: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(input)?;
        self.file.set_len(input.len() as u64)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is of use after a crash alone.
        let _ = std::fs::remove_file(&self.path);
    }
}
