//! Which role of the theme a state has.

use super::theme::Role;
use crate::api::{DeliveryStatus, IntegrationStatus};

/// What became of a delivery.
pub const fn delivery(status: DeliveryStatus) -> Role {
    match status {
        DeliveryStatus::Queued => Role::Good,
        DeliveryStatus::Ignored | DeliveryStatus::Duplicate => Role::Dim,
        DeliveryStatus::Rejected => Role::Bad,
        DeliveryStatus::Quarantined => Role::Warn,
    }
}

/// Whether an integration can do its work.
pub const fn integration(status: IntegrationStatus) -> Role {
    match status {
        IntegrationStatus::Active => Role::Good,
        IntegrationStatus::NeedsAccess | IntegrationStatus::Suspended => Role::Warn,
        IntegrationStatus::Error => Role::Bad,
        IntegrationStatus::Removed => Role::Dim,
    }
}
