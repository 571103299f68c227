//! What can be made to go wrong between the demo's server and those who ask it: as words, so that it can be scripted.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Longer than this nobody waits for anything in a demo.
const LONGEST: Duration = Duration::from_hours(1);
/// How long an outage lasts that says nothing of it.
const OUTAGE: Duration = Duration::from_secs(30);
/// How long somebody is asked to wait, where nothing is said.
const WAIT: Duration = Duration::from_secs(30);

/// One way in which a server fails those who ask it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every answer takes so much longer.
    Latency(Duration),
    /// The tokens that were in use are not accepted any more.
    SignedOut,
    /// Every change comes too late: somebody else was quicker.
    Conflict,
    /// Too much at once: asked to wait so long.
    Busy(Duration),
    /// The server fails.
    Failed,
    /// The server answers, and cannot serve yet.
    Starting,
    /// Changes are carried out, and their answers are lost.
    Lost,
    /// Nobody listens, for so long.
    Outage(Duration),
}

/// The words are those of no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no such fault.
    #[error(
        "the demo knows no fault \"{0}\"; there are: latency 2s, 401, 409, 429 [30s], 500, 503, lost, outage [30s], off"
    )]
    Unknown(String),
    /// It takes no time.
    #[error("{0} takes nothing more")]
    NoTime(String),
    /// A latency without how much.
    #[error("latency takes how long an answer waits, such as `latency 2s`")]
    HowLong,
    /// What was given is no time.
    #[error("\"{0}\" is no time of a demo; write it as 500ms, 2s or 1m, up to 60m")]
    Time(String),
}

impl Fault {
    /// Reads the words of a command line; `off` is no fault.
    pub fn of(words: &str) -> Result<Option<Self>, FaultError> {
        let mut parts = words.split_whitespace();
        let (name, time) = (parts.next().unwrap_or_default(), parts.next());
        if parts.next().is_some() {
            return Err(FaultError::Unknown(words.trim().to_owned()));
        }
        let given = time.map(duration).transpose()?;
        let fault = match name {
            "latency" => return Ok(Some(Self::Latency(given.ok_or(FaultError::HowLong)?))),
            "429" => return Ok(Some(Self::Busy(given.unwrap_or(WAIT)))),
            "outage" => return Ok(Some(Self::Outage(given.unwrap_or(OUTAGE)))),
            "off" => None,
            "401" => Some(Self::SignedOut),
            "409" => Some(Self::Conflict),
            "500" => Some(Self::Failed),
            "503" => Some(Self::Starting),
            "lost" => Some(Self::Lost),
            _ => return Err(FaultError::Unknown(words.trim().to_owned())),
        };
        match time {
            None => Ok(fault),
            Some(_) => Err(FaultError::NoTime(name.to_owned())),
        }
    }

    /// What it does, as a sentence for whoever asked for it.
    pub fn effect(self) -> String {
        match self {
            Self::Latency(by) => format!("Every answer takes {} longer.", words(by)),
            Self::SignedOut => "The tokens in use are refused.".to_owned(),
            Self::Conflict => "Every change is told that somebody else was quicker.".to_owned(),
            Self::Busy(wait) => format!("Whoever asks is told to wait {}.", words(wait)),
            Self::Failed => "Whatever is asked, the server fails.".to_owned(),
            Self::Starting => {
                "Whatever is asked, the server says that its database is starting.".to_owned()
            }
            Self::Lost => "Changes are carried out, and their answers are lost.".to_owned(),
            Self::Outage(time) => format!("Nobody listens for {}.", words(time)),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(by) => write!(f, "latency {}", words(*by)),
            Self::SignedOut => f.write_str("401"),
            Self::Conflict => f.write_str("409"),
            Self::Busy(wait) => write!(f, "429 {}", words(*wait)),
            Self::Failed => f.write_str("500"),
            Self::Starting => f.write_str("503"),
            Self::Lost => f.write_str("lost"),
            Self::Outage(time) => write!(f, "outage {}", words(*time)),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::of(text)?.ok_or_else(|| FaultError::Unknown(text.to_owned()))
    }
}

/// `500ms`, `2s`, `1m`.
fn duration(text: &str) -> Result<Duration, FaultError> {
    let wrong = || FaultError::Time(text.to_owned());
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let millis = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err(wrong()),
    };
    let time = number.checked_mul(millis).map(Duration::from_millis);
    time.filter(|time| !time.is_zero() && *time <= LONGEST)
        .ok_or_else(wrong)
}

/// The shortest way to write it.
fn words(time: Duration) -> String {
    match time.as_millis() {
        millis if millis % 1_000 != 0 => format!("{millis}ms"),
        millis if millis % 60_000 != 0 => format!("{}s", millis / 1_000),
        millis => format!("{}m", millis / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_reads_as_it_is_written() {
        for words in [
            "latency 2s",
            "latency 500ms",
            "401",
            "409",
            "429 30s",
            "500",
            "503",
            "lost",
            "outage 1m",
        ] {
            let fault: Fault = words.parse().unwrap();
            assert_eq!(fault.to_string(), words);
            assert!(!fault.effect().is_empty());
        }
        assert_eq!(Fault::of("off"), Ok(None));
        assert_eq!(Fault::of("outage"), Ok(Some(Fault::Outage(OUTAGE))));
        assert_eq!(
            Fault::of(" 429  5s "),
            Ok(Some(Fault::Busy(Duration::from_secs(5))))
        );
    }

    #[test]
    fn what_is_no_fault_is_told_with_those_that_are() {
        for wrong in [
            "",
            "402",
            "latency",
            "latency fast",
            "latency 0s",
            "401 2s",
            "off 2s",
            "outage 2h",
            "lost 2s 3s",
            "latency é",
        ] {
            let error = Fault::of(wrong).unwrap_err();
            assert!(error.to_string().len() > 15, "{wrong}: {error}");
        }
        assert!(
            Fault::of("402")
                .unwrap_err()
                .to_string()
                .contains("outage [30s]")
        );
        assert!("off".parse::<Fault>().is_err());
    }
}
