//! Why a cursor stands where it stands: the types are the domain's, which decides it.

pub use crate::domain::diagnosis::{
    Action, Condition, Diagnosis, DiagnosisFinding, Evidence, EvidenceLink,
};
