//! What is on this machine: the folders and tokens that jolli keeps for a user, and the `.jolli` folder of a docs project.

mod config;
mod credentials;
mod home;
mod profiles;
mod project;
mod replace;
mod settings;
pub mod sources;
mod space;

pub use config::ConfigError;
pub use credentials::{CredentialError, Credentials, Kept};
pub use home::{Home, HomeError};
pub use profiles::{Profile, Profiles, ProfilesError};
pub use project::{FOLDER, Project};
pub use replace::{hold_folder, replace, write_private};
pub use settings::{ConsoleSettings, Features, Settings};
pub use space::{SpaceChoice, SpaceFileError};
