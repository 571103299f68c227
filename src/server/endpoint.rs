//! What one endpoint is: the row type of the endpoint table. Router, role check, OpenAPI document and role test all
//! come from these rows, so that none can know an endpoint that the others do not.

use std::future::Future;
use std::pin::Pin;

use axum::http::Method;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::context::Context;
use super::fault::Fault;
use super::reply::Answer;
use crate::api::Role;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; a webhook carries its signature instead of a token.
    Public,
    /// Every token of the org.
    Anyone,
    /// People of this role and above; runners only where the role is theirs.
    Role(Role),
    /// People of this role and above, and the run of a claimed job.
    RoleOrRun(Role),
    /// The run of a claimed job: a runner's token, and its run token in `Jolli-Run`.
    Run,
}

impl Access {
    /// Whether a token of `role` gets in; `run` tells whether a run token came with it.
    pub const fn allows(self, role: Role, run: bool) -> bool {
        match self {
            Self::Public | Self::Anyone => true,
            Self::Role(needed) => role.allows(needed),
            Self::RoleOrRun(needed) => role.allows(needed) || (matches!(role, Role::Runner) && run),
            Self::Run => matches!(role, Role::Runner),
        }
    }

    /// In words, for refusals and the document.
    pub fn words(self) -> String {
        match self {
            Self::Public => "no token".to_owned(),
            Self::Anyone => "any token".to_owned(),
            Self::Role(role) => format!("the role {role}"),
            Self::RoleOrRun(role) => format!("the role {role}, or the run of a claimed job"),
            Self::Run => "the run of a claimed job".to_owned(),
        }
    }
}

/// A handler's pending answer.
pub type Answering = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + Send>>;
/// What answers.
pub type Handler = fn(Context) -> Answering;
/// Collects named schemas, and gives what refers to them.
pub type SchemaOf = fn(&mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema>;

/// One row of the table.
#[derive(Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path below `/api`, with `{parameters}`.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// One sentence.
    pub summary: &'static str,
    /// Query parameters, with a sentence each.
    pub query: &'static [(&'static str, &'static str)],
    /// The JSON it takes.
    pub request: Option<SchemaOf>,
    /// The status of success, and the JSON that comes with it.
    pub success: (u16, Option<SchemaOf>),
    /// Whether it compares `If-Match` with what there is.
    pub versioned: bool,
    /// The largest body it takes, in bytes.
    pub largest_body: usize,
    /// What answers.
    pub handler: Handler,
}

/// Bodies of ordinary mutations.
const SMALL: usize = 1 << 20;

impl Endpoint {
    /// A row; it takes and gives no JSON until told.
    pub const fn new(
        method: Method,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            path,
            access,
            summary,
            query: &[],
            request: None,
            success: (204, None),
            versioned: false,
            largest_body: SMALL,
            handler,
        }
    }

    /// Takes this.
    pub const fn takes<T: ToSchema>(mut self) -> Self {
        self.request = Some(schema_of::<T>);
        self
    }

    /// Gives this.
    pub const fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        self.success = (status, Some(schema_of::<T>));
        self
    }

    /// Gives JSON of another standard's shape.
    pub const fn answers(mut self, status: u16) -> Self {
        self.success = (status, None);
        self
    }

    /// Honours `If-Match`.
    pub const fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// Gives a list of these.
    pub const fn lists<T: ToSchema>(mut self) -> Self {
        self.success = (200, Some(list_of::<T>));
        self
    }

    /// Understands these query parameters.
    pub const fn query(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.query = parameters;
        self
    }

    /// Takes bodies up to so many bytes.
    pub const fn up_to(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// Whether it changes anything.
    pub fn mutates(&self) -> bool {
        self.method != Method::GET
    }
}

fn schema_of<T: ToSchema>(named: &mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema> {
    T::schemas(named);
    let name = T::name().to_string();
    named.push((name.clone(), <T as PartialSchema>::schema()));
    RefOr::Ref(Ref::from_schema_name(name))
}

fn list_of<T: ToSchema>(named: &mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema> {
    let item = schema_of::<T>(named);
    RefOr::T(Schema::Array(ArrayBuilder::new().items(item).build()))
}
