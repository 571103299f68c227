//! `jolli profile`: servers that this user works with, under names of their own.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Global, output};
use crate::local::{CredentialError, Credentials, Home, Profile, Profiles, ProfilesError};

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Lists them; the one in use is marked.
    List(ListArgs),
    /// Makes one, or changes one of that name.
    Add(AddArgs),
    /// From now on this one counts where nothing else names a server.
    Use(NameArgs),
    /// Forgets one, and the token that was kept for its org.
    Remove(NameArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// What to call it.
    name: String,
    /// The slug of the org: tokens are kept for it alone.
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// The slug of the space.
    #[arg(long, value_name = "SLUG")]
    space: Option<String>,
    /// What happens there counts: the console says so on every screen.
    #[arg(long)]
    production: bool,
}

#[derive(Debug, Args)]
pub struct NameArgs {
    /// Its name.
    name: String,
}

pub fn run(global: &Global, command: ProfileCommand) -> color_eyre::Result<ExitCode> {
    let home = global.home()?;
    let mut profiles = Profiles::read(&home)?;
    match command {
        ProfileCommand::List(args) => return list(&profiles, args.json),
        ProfileCommand::Add(args) => {
            let Some(server) = global.server() else {
                return Ok(output::refused(2, "which server? Give --server URL"));
            };
            let profile = Profile {
                server: server.to_owned(),
                org: args.org,
                space: args.space,
                production: args.production,
            };
            let replaced = profiles.profiles.insert(args.name.clone(), profile);
            let what = if replaced.is_some() {
                "changed"
            } else {
                "made"
            };
            profiles.write(&home)?;
            output::line(format_args!("{what} {}", args.name))?;
        }
        ProfileCommand::Use(args) => {
            profiles.get(&args.name)?;
            profiles.current = Some(args.name.clone());
            profiles.write(&home)?;
            output::line(format_args!("{} is in use", args.name))?;
        }
        ProfileCommand::Remove(args) => {
            remove(&home, &global.credentials()?, &args.name)?;
            output::line(format_args!("forgot {}", args.name))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Forgets a profile, and the token that was kept for its org where no other profile has it.
pub fn remove(home: &Home, credentials: &Credentials, name: &str) -> Result<(), RemoveError> {
    let mut profiles = Profiles::read(home)?;
    let profile = profiles.get(name)?.clone();
    profiles.profiles.remove(name);
    let account = profile.account();
    let is_used = profiles.profiles.values().any(|p| p.account() == account);
    if profile.org.is_some() && !is_used {
        credentials.forget(&account)?;
    }
    if profiles.current.as_deref() == Some(name) {
        profiles.current = None;
    }
    profiles.write(home)?;
    Ok(())
}

/// A profile is not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// There is none, or the file cannot be used.
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    /// Its token cannot be forgotten.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
}

fn list(profiles: &Profiles, json: bool) -> color_eyre::Result<ExitCode> {
    let in_use = |name: &str| profiles.current.as_deref() == Some(name);
    if json {
        let rows: Vec<serde_json::Value> = profiles
            .profiles
            .iter()
            .map(|(name, profile)| {
                serde_json::json!({
                    "name": name,
                    "server": profile.server,
                    "org": profile.org,
                    "space": profile.space,
                    "production": profile.production,
                    "inUse": in_use(name),
                })
            })
            .collect();
        output::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if profiles.profiles.is_empty() {
        output::note("no profiles; `jolli profile add NAME --server URL` makes one");
        return Ok(ExitCode::SUCCESS);
    }
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let rows: Vec<[String; 5]> = profiles
        .profiles
        .iter()
        .map(|(name, profile)| {
            let mut marks = Vec::new();
            marks.extend(in_use(name).then_some("in use"));
            marks.extend(profile.production.then_some("production"));
            [
                name.clone(),
                profile.server.clone(),
                or_dash(&profile.org),
                or_dash(&profile.space),
                marks.join(", "),
            ]
        })
        .collect();
    output::table(["NAME", "SERVER", "ORG", "SPACE", ""], &rows)?;
    Ok(ExitCode::SUCCESS)
}

/// Which profile counts for a command.
#[derive(Clone, Debug, Default)]
pub enum Chosen {
    /// None.
    #[default]
    Nothing,
    /// One that was named for this command.
    Named(String, Profile),
    /// The one in use.
    InUse(String, Profile),
}

impl Chosen {
    /// Looks it up.
    pub fn of(profiles: &Profiles, name: Option<&str>) -> Result<Self, ProfilesError> {
        if let Some(name) = name {
            return Ok(Self::Named(name.to_owned(), profiles.get(name)?.clone()));
        }
        let in_use = profiles.in_use()?;
        Ok(in_use.map_or(Self::Nothing, |(name, profile)| {
            Self::InUse(name.to_owned(), profile.clone())
        }))
    }

    /// Its name, and the profile itself.
    pub fn profile(&self) -> Option<(&str, &Profile)> {
        match self {
            Self::Nothing => None,
            Self::Named(name, profile) | Self::InUse(name, profile) => Some((name, profile)),
        }
    }
}
