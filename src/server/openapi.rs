//! The OpenAPI document, made from the endpoint table.

use std::collections::BTreeMap;

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr,
    Required, ResponseBuilder, SecurityRequirement, ServerBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::endpoint::{Access, Endpoint};
use crate::api::Problem;

/// The document of the table.
pub fn document(table: &[Endpoint]) -> OpenApi {
    let mut named: Vec<(String, RefOr<Schema>)> = Vec::new();
    Problem::schemas(&mut named);
    named.push((Problem::name().to_string(), Problem::schema()));
    let mut paths = Paths::new();
    for endpoint in table.iter().filter(|e| !e.path.starts_with("//")) {
        let operation = operation(endpoint, &mut named);
        paths.add_path_operation(endpoint.path, vec![method(endpoint)], operation);
    }
    let schemas: BTreeMap<String, RefOr<Schema>> = named.into_iter().collect();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("jolli")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("Sources, bindings, cursors, webhooks and jobs.")),
        )
        .servers(Some([ServerBuilder::new().url("/api").build()]))
        .paths(paths)
        .components(Some(
            ComponentsBuilder::new()
                .schemas_from_iter(schemas)
                .security_scheme("token", bearer)
                .build(),
        ))
        .build()
}

fn method(endpoint: &Endpoint) -> HttpMethod {
    match endpoint.method.as_str() {
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(endpoint: &Endpoint, named: &mut Vec<(String, RefOr<Schema>)>) -> OperationBuilder {
    let area = endpoint.path.split('/').nth(1).unwrap_or("api");
    let mut operation = OperationBuilder::new()
        .tag(area)
        .operation_id(Some(operation_id(endpoint)))
        .summary(Some(endpoint.summary))
        .description(Some(format!("Takes {}.", endpoint.access.words())));
    for name in endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    {
        operation = operation.parameter(parameter(name, ParameterIn::Path, Required::True, ""));
    }
    for (name, sentence) in endpoint.query {
        operation = operation.parameter(parameter(
            name,
            ParameterIn::Query,
            Required::False,
            sentence,
        ));
    }
    if endpoint.mutates() && endpoint.access != Access::Public {
        let own = [
            (
                "Idempotency-Key",
                "The same key gets the same outcome.",
                true,
            ),
            (
                "If-Match",
                "The version expected, as ETag gave it.",
                endpoint.versioned,
            ),
        ];
        for (name, sentence, _) in own.into_iter().filter(|(_, _, offered)| *offered) {
            operation = operation.parameter(parameter(
                name,
                ParameterIn::Header,
                Required::False,
                sentence,
            ));
        }
        operation = operation.parameter(
            parameter(
                "dryRun",
                ParameterIn::Query,
                Required::False,
                "`true` answers what it would do, and writes nothing.",
            )
            .schema(Some(
                ObjectBuilder::new().schema_type(Type::Boolean).build(),
            )),
        );
    }
    if let Some(schema) = endpoint.request {
        let content = ContentBuilder::new().schema(Some(schema(named))).build();
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .content("application/json", content)
                .build(),
        ));
    }
    let (status, schema) = endpoint.success;
    let mut success = ResponseBuilder::new().description("Done.");
    if let Some(schema) = schema {
        success = success.content(
            "application/json",
            ContentBuilder::new().schema(Some(schema(named))).build(),
        );
    }
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name().to_string())))
        .build();
    operation = operation
        .response(status.to_string(), success.build())
        .response(
            "default",
            ResponseBuilder::new()
                .description("Refused: a problem document says why.")
                .content("application/problem+json", problem)
                .build(),
        );
    if endpoint.access != Access::Public {
        operation = operation.security(SecurityRequirement::new::<_, [String; 0], String>(
            "token",
            [],
        ));
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let words: Vec<&str> = endpoint
        .path
        .split(['/', '{', '}', '-', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    format!(
        "{}-{}",
        endpoint.method.as_str().to_ascii_lowercase(),
        words.join("-")
    )
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: Required,
    sentence: &str,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description((!sentence.is_empty()).then_some(sentence))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
}
