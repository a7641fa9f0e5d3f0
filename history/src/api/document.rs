//! The OpenAPI document.

use {
    crate::decode::kinds,
    serde_json::{json, Map, Value},
};

/// A query of the API.
pub struct Route {
    pub path: &'static str,
    pub summary: &'static str,
    /// Names of its parameters.
    pub parameters: &'static [&'static str],
    /// Name of the schema of its answer.
    pub answer: &'static str,
}

/// All queries.
pub const ROUTES: [Route; 16] = [
    Route {
        path: "/v1/status",
        summary: "How far the ledger has come, and the fund's balances",
        parameters: &[],
        answer: "Status",
    },
    Route {
        path: "/v1/events",
        summary: "Events in order, by kind, member and slot",
        parameters: &["kind", "member", "after", "order", "limit", "fromSlot", "toSlot", "format"],
        answer: "Events",
    },
    Route {
        path: "/v1/events/stream",
        summary: "Events as they happen, as server-sent events named `event`; `withdrawn` tells that \
                     provisional ones have vanished",
        parameters: &["after"],
        answer: "Stream",
    },
    Route {
        path: "/v1/transactions/{signature}",
        summary: "A transaction with its events",
        parameters: &["signature"],
        answer: "Transaction",
    },
    Route { path: "/v1/defaults", summary: "All defaults: who paid", parameters: &[], answer: "Defaults" },
    Route {
        path: "/v1/defaults/{seq}",
        summary: "One default, with the events of its story",
        parameters: &["seq"],
        answer: "Default",
    },
    Route {
        path: "/v1/series",
        summary: "The fund's books over time, at most one point a minute",
        parameters: &["from", "to", "points"],
        answer: "Series",
    },
    Route {
        path: "/v1/risk/series",
        summary: "Figures of risk over time, as read from the accounts",
        parameters: &["from", "to", "points"],
        answer: "RiskSeries",
    },
    Route {
        path: "/v1/members/{member}",
        summary: "A contributor's ledger: deposits with their profit or loss, payments",
        parameters: &["member"],
        answer: "Member",
    },
    Route { path: "/v1/report", summary: "The risk report", parameters: &[], answer: "Report" },
    Route {
        path: "/v1/report.csv",
        summary: "The figures of the risk report as CSV",
        parameters: &[],
        answer: "Csv",
    },
    Route {
        path: "/v1/audit",
        summary: "The audit from events alone, at most a minute old",
        parameters: &[],
        answer: "Audit",
    },
    Route {
        path: "/docs/{page}",
        summary: "A page that a figure of the report names as its formula, without its folder",
        parameters: &["page"],
        answer: "Text",
    },
    Route { path: "/openapi.json", summary: "This document", parameters: &[], answer: "Any" },
    Route {
        path: "/metrics",
        summary: "Metrics in Prometheus' text format",
        parameters: &[],
        answer: "Text",
    },
    Route {
        path: "/healthz",
        summary: "200 if the ledger is complete and up to date, 503 with the reason if not",
        parameters: &[],
        answer: "Text",
    },
];

/// The document.
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for Route { path, summary, parameters, answer } in ROUTES {
        let parameters: Vec<Value> = parameters.iter().map(|name| parameter(name, path)).collect();
        let (kind, schema) = match answer {
            "Csv" => ("text/csv", json!({ "type": "string" })),
            "Text" => ("text/plain", json!({ "type": "string" })),
            "Stream" => ("text/event-stream", json!({ "type": "string" })),
            "Any" => ("application/json", json!({ "type": "object" })),
            name => ("application/json", json!({ "$ref": format!("#/components/schemas/{name}") })),
        };
        let error = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        let refused = |what: &str| json!({ "description": what, "content": error });
        let get = json!({
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": { "description": summary, "content": { kind: { "schema": schema } } },
                "400": refused("The request cannot be understood"),
                "404": refused("There is no such thing"),
                "503": refused("Busy, or not healthy: repeat later"),
            },
        });
        paths.insert(path.into(), json!({ "get": get }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bulkhead ledger",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every event of a fund. Amounts are decimal strings of base units of the \
                            settlement token, prices those of their market, times unix seconds.",
        },
        "paths": paths,
        "components": { "schemas": schemas() },
    })
}

fn parameter(name: &str, path: &str) -> Value {
    let number = json!({ "type": "integer", "minimum": 0 });
    let (description, schema) = match name {
        "kind" => (
            "Names of events, separated by commas",
            json!({ "type": "string", "example": kinds().join(",") }),
        ),
        "member" => ("Address of a member account", json!({ "type": "string" })),
        "after" => (
            "Cursor of the last event that is known",
            json!({ "type": "string", "pattern": "^[0-9]+\\.[0-9]+$" }),
        ),
        "order" => (
            "The oldest (asc) or the newest (desc) first",
            json!({ "enum": ["asc", "desc"], "default": "asc" }),
        ),
        "limit" => {
            ("Most events", json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }))
        }
        "points" => {
            ("Most points", json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 200 }))
        }
        "format" => ("The form of the answer", json!({ "enum": ["json", "csv"], "default": "json" })),
        "from" | "to" => ("Unix time in seconds", number),
        "fromSlot" | "toSlot" => ("Slot", number),
        "seq" => ("Number of the default", number),
        "page" => ("Name of the page", json!({ "type": "string", "example": "cover_two.md" })),
        _ => ("Signature of the transaction", json!({ "type": "string" })),
    };
    let is_in_path = path.contains(&format!("{{{name}}}"));
    json!({
        "name": name,
        "in": if is_in_path { "path" } else { "query" },
        "required": is_in_path,
        "description": description,
        "schema": schema,
    })
}

fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let amount = json!({ "type": "string", "pattern": "^-?[0-9]+$" });
    let number = json!({ "type": "integer" });
    let flag = json!({ "type": "boolean" });
    let object = |fields: Value| json!({ "type": "object", "properties": fields });
    let list =
        |of: &str| json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{of}") } });
    json!({
        "Error": object(json!({ "error": text })),
        "Status": object(json!({
            "fund": text, "lastFinal": number, "last": number, "slot": number, "time": number,
            "lagSlots": number, "truncated": number, "healthy": flag,
            "parted": { "type": ["object", "null"] },
            "trouble": { "type": ["string", "null"] }, "balances": { "type": "object" },
        })),
        "Event": object(json!({
            "cursor": text, "kind": { "enum": kinds() }, "slot": number, "time": number, "signature": text,
            "call": number, "final": flag, "fields": { "type": "object", "additionalProperties": true },
        })),
        "Events": object(json!({ "events": list("Event"), "next": { "type": ["string", "null"] } })),
        "Transaction": object(json!({
            "signature": text, "slot": number, "time": number, "final": flag, "truncated": flag,
            "events": list("Event"),
        })),
        "DefaultEntry": object(json!({
            "seq": number, "member": text, "slot": number, "time": number, "signature": text,
            "fromMargin": amount,
            "shortfall": amount, "byDefaulter": amount, "cushion": amount, "byTreasury": amount,
            "bySurvivors": amount, "byCushions": amount, "residual": amount, "repaid": amount,
            "bounties": amount,
            "allocatedBy": text,
        })),
        "Defaults": object(json!({ "defaults": list("DefaultEntry") })),
        "Default": object(json!({
            "default": { "$ref": "#/components/schemas/DefaultEntry" }, "events": list("Event"),
        })),
        "Series": object(json!({ "points": { "type": "array", "items": { "type": "object" } } })),
        "RiskSeries": object(json!({ "points": { "type": "array", "items": { "type": "object" } } })),
        "Member": object(json!({
            "member": text, "now": { "type": ["object", "null"] }, "contributed": amount, "withdrawn": amount,
            "rewardsPaid": amount, "recoveriesPaid": amount, "assessmentsPaid": amount,
            "losses": { "type": "array", "items": object(json!({
                "seq": { "type": ["integer", "null"] }, "signature": text, "slot": number, "time": number,
                "amount": amount,
            })) },
            "deposits": { "type": "array", "items": object(json!({
                "cursor": text, "time": number, "amount": amount, "shares": amount, "sharesLeft": amount,
                "costOfLeft": amount, "worth": amount, "profit": amount,
            })) },
        })),
        "Figure": object(json!({
            "id": text, "title": text, "disclosure": text, "definition": text, "formula": text, "unit": text,
            "slot": number, "value": { "type": ["string", "null"] },
        })),
        "Report": object(json!({
            "slot": number, "figures": list("Figure"), "defaults": list("DefaultEntry"),
            "shock": { "type": "array", "items": { "type": "object" } },
            "exceedances": { "type": "array", "items": object(json!({
                "market": number, "time": number, "movedBps": number, "initialBps": number,
            })) },
        })),
        "Audit": object(json!({ "good": flag, "audit": { "type": "object" } })),
    })
}
