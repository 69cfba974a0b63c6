//! The page for developers, made from the description that programs read.

use super::document::DOCUMENT;
use app::api::tokens::{ApiGuide, Operation, Part};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// What the page shows.
pub static GUIDE: LazyLock<Arc<ApiGuide>> =
    LazyLock::new(|| Arc::new(guide(&serde_json::from_str(&DOCUMENT).unwrap_or_default())));

fn guide(document: &Value) -> ApiGuide {
    let methods = |(path, item): (&String, &Value)| -> Vec<Operation> {
        let item = item.as_object().into_iter().flatten();
        item.map(|(method, operation)| read(document, path, &method.to_uppercase(), operation)).collect()
    };
    let paths = document["paths"].as_object().into_iter().flatten();
    ApiGuide { about: text(&document["info"]["description"]), operations: paths.flat_map(methods).collect() }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|p| Part {
        name: text(&p["name"]),
        place: text(&p["in"]),
        kind: kind(document, &p["schema"]),
        required: p["required"] == true,
        about: about(document, p),
    });
    let content = &operation["requestBody"]["content"]["application/json"];
    let examples: Vec<(String, String)> = content["examples"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, example)| (text(&example["summary"]), format!("{:#}", example["value"])))
        .collect();
    let responses = || operation["responses"].as_object().into_iter().flatten();
    let good = responses().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
    let answer = good.map_or(&Value::Null, |response| &response["content"]["application/json"]["schema"]);
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: text(&operation["summary"]).trim_end_matches('.').to_owned(),
        description: text(&operation["description"]),
        scope: text(&operation["security"][0]["token"][0]),
        parameters: parameters.collect(),
        body: fields(document, &content["schema"], ""),
        curl: curl(method, path, examples.first().map(|(_, body)| body.as_str())),
        examples,
        answers: responses().map(|(status, r)| (status.clone(), text(&r["description"]))).collect(),
        answer: fields(document, answer, ""),
    }
}

/// The description of a parameter or field; where it has none, its type's.
fn about(document: &Value, value: &Value) -> String {
    let own = text(&value["description"]);
    if own.is_empty() { text(&resolved(document, &value["schema"])["description"]) } else { own }
}

/// A schema itself, where it is the name of one.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    name.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// Fields of a schema, with those of the objects within it.
fn fields(document: &Value, schema: &Value, before: &str) -> Vec<Part> {
    let schema = resolved(document, schema);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let mut all: Vec<Part> = parts.flat_map(|part| fields(document, part, before)).collect();
    let required = schema["required"].as_array();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let inner = resolved(document, field);
        let own = text(&field["description"]);
        all.push(Part {
            name: format!("{before}{name}"),
            place: String::new(),
            kind: kind(document, field),
            required: required.is_some_and(|names| names.iter().any(|n| n == name)),
            about: if own.is_empty() { text(&inner["description"]) } else { own },
        });
        all.extend(fields(document, &inner["items"], &format!("{before}{name}[].")));
    }
    all
}

/// A schema's type in words: `string (date)`, `list of object`, `one of “a”, “b”`.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(names) = schema["enum"].as_array() {
        let names: Vec<String> = names.iter().filter_map(|n| Some(format!("“{}”", n.as_str()?))).collect();
        return format!("one of {}", names.join(", "));
    }
    let mut name = match &schema["type"] {
        Value::Array(names) => names.iter().map(text).collect::<Vec<_>>().join(" or "),
        name => text(name),
    };
    if let Some(format) = schema["format"].as_str().filter(|format| !["int32", "double"].contains(format)) {
        name = name.replacen("string", &format!("string ({format})"), 1);
    }
    if schema["items"].is_object() {
        name = name.replacen("array", &format!("list of {}", kind(document, &schema["items"])), 1);
    }
    if schema["additionalProperties"].is_object() {
        name = name.replacen(
            "object",
            &format!("object of {}", kind(document, &schema["additionalProperties"])),
            1,
        );
    }
    name
}

/// A command line that asks; the shell puts address and token in.
fn curl(method: &str, path: &str, body: Option<&str>) -> String {
    let path = path.replace("{id}", "$ID");
    let query = if method == "GET" && !path.contains("$ID") { "?facility=cedar" } else { "" };
    let mut line = format!("curl \"$GAINSHARE{path}{query}\" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    if let Some(body) = body {
        line.push_str(" \\\n  -H \"Idempotency-Key: order-4711\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '");
        line.push_str(body);
        line.push('\'');
    }
    line
}
