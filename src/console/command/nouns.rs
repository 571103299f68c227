//! What the rows of a command are called, one and many.

use super::CommandId as C;

impl C {
    /// So many of its rows: `3 bindings`.
    pub fn counted(self, count: usize) -> String {
        match self.nouns().0 {
            "binding" => tr_n!(count, "{count} binding", "{count} bindings"),
            "run" => tr_n!(count, "{count} run", "{count} runs"),
            "delivery" => tr_n!(count, "{count} delivery", "{count} deliveries"),
            "integration" => tr_n!(count, "{count} integration", "{count} integrations"),
            _ => tr_n!(count, "{count} source", "{count} sources"),
        }
    }

    /// What its rows are called, one and many.
    pub const fn nouns(self) -> (&'static str, &'static str) {
        match self {
            C::BindingToggle | C::Unbind => ("binding", "bindings"),
            C::RunRetry | C::RunAgain | C::RunCancel => ("run", "runs"),
            C::Redeliver => ("delivery", "deliveries"),
            C::IntegrationCheck => ("integration", "integrations"),
            _ => ("source", "sources"),
        }
    }
}
