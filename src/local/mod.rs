//! What is on this machine: the folders and tokens that jolli keeps for a user, and the `.jolli` folder.

mod credentials;
mod home;
mod private;

pub use credentials::{CredentialError, Credentials, Kept};
pub use home::{Home, HomeError};
pub use private::write_private;
