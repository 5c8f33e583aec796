//! The JSON Schema of the file format, generated from its types.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value};

use super::settings::{Factors, Settings};
use super::sweep;

/// JSON Schema (draft 2020-12) of a configuration file; editors complete and check by it.
pub fn schema() -> Value {
    generate::<Settings>(false)
}

/// The schema of `[sweep]`: every key of the factors and of their tables, each with an array of its values.
pub(super) fn sweep() -> Schema {
    let mut properties: Map<String, Value> = entries()
        .into_iter()
        .map(|entry| {
            let axis = if entry.is_table {
                // A key without quotes makes tables, as in `schedule.stop_after = [...]`.
                json_schema!({ "type": ["array", "object"] })
            } else {
                json_schema!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": entry.schema })
            };
            (entry.key, axis.to_value())
        })
        .collect();
    let own = [(sweep::WHERE, restriction()), (sweep::TOGETHER, together())];
    properties.extend(own.map(|(key, schema)| (key.to_owned(), schema.to_value())));
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn restriction() -> Schema {
    json_schema!({
        "type": "string",
        "description": "Which points of the product are experiments: comparisons of factors by their dotted keys, or \
                        of `variant`, with ==, !=, <, <=, >, >=, `in [...]`, `and`, `or`, `not` and parentheses, as in \
                        \"problem.height >= 14 or algorithm.tile in [2, 4]\". A factor without a meaning for an \
                        experiment is equal to nothing. Default: all.",
    })
}

fn together() -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "string" },
        "description": "Axes, or `variant`, whose values are compared: experiments that differ in nothing else are \
                        measured in turn by one process on one device, where scripts/sweep.py otherwise gives each \
                        a process of its own. Default: none, and with measure.give_up_at all of a problem.",
    })
}

/// Every dotted key of the factors.
pub(super) fn keys() -> Vec<String> {
    entries().into_iter().map(|entry| entry.key).collect()
}

/// A key below the factors and what it takes.
struct Entry {
    key: String,
    schema: Value,
    is_table: bool,
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    collect(&generate::<Factors>(true), "", &mut entries);
    entries
}

fn collect(schema: &Value, above: &str, entries: &mut Vec<Entry>) {
    // `consume` takes a value or a table; its keys are in an alternative.
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    for (name, schema) in alternatives.chain([schema]).filter_map(|s| s["properties"].as_object()).flatten() {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let is_table = schema["properties"].is_object();
        entries.push(Entry { key: key.clone(), schema: schema.clone(), is_table });
        collect(schema, &key, entries);
    }
}

fn generate<T: JsonSchema>(inline: bool) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = inline);
    settings.with_transform(remove_null).into_generator().into_root_schema_for::<T>().to_value()
}

/// An optional key may be left out, but TOML has no null to set it to.
fn remove_null(schema: &mut Schema) {
    for list in ["type", "enum", "anyOf"] {
        let Some(Value::Array(options)) = schema.get_mut(list) else { continue };
        options.retain(|option| !option.is_null() && option != "null" && option["type"] != "null");
        if options.len() == 1 && list != "enum" {
            let only = options.remove(0);
            schema.remove(list);
            match only {
                // The key's own description, which is there already, is the more specific one.
                Value::Object(only) => {
                    for (keyword, value) in only {
                        if schema.get(&keyword).is_none() {
                            schema.insert(keyword, value);
                        }
                    }
                }
                only => {
                    schema.insert(list.to_owned(), only);
                }
            }
        }
    }
    transform_subschemas(&mut remove_null, schema);
}
