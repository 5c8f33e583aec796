//! The JSON Schema says what the reader accepts.

use serde_json::Value;
use toml::Table;

use super::super::schema;

/// Follows a `$ref` into the schema's definitions.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().map_or(schema, |path| &root["$defs"][path.trim_start_matches("#/$defs/")])
}

/// Calls `visit` with every object of the schema.
fn walk(schema: &Value, visit: &mut impl FnMut(&Value)) {
    visit(schema);
    match schema {
        Value::Object(map) => map.values().for_each(|value| walk(value, visit)),
        Value::Array(list) => list.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn no_table_takes_unknown_keys_and_nothing_is_null() {
    let schema = schema();
    let mut tables = 0;
    walk(&schema, &mut |part| {
        if part["properties"].is_object() && part["type"] == "object" {
            tables += 1;
            assert_eq!(part["additionalProperties"], false, "{part:#}");
        }
        assert_ne!(*part, "null");
        assert!(!part.is_null());
    });
    assert!(tables > 10, "{tables}");
}

#[test]
fn every_key_is_described() {
    let schema = schema();
    let mut described = 0;
    walk(&schema, &mut |part| {
        // An axis has the schema of its key for its items, which is where the description is.
        let keys = part["properties"].as_object().into_iter().flatten().filter(|(key, _)| !key.contains('.'));
        for (key, property) in
            keys.filter(|(_, property)| property["type"] != serde_json::json!(["array", "object"]))
        {
            described += 1;
            assert!(property["description"].is_string(), "{key}: {property:#}");
        }
    });
    assert!(described > 40, "{described}");
}

#[test]
fn it_knows_values_axes_and_what_a_variant_needs() {
    let schema = schema();
    let of = |path: &[&str]| {
        path.iter().fold(&schema, |at, key| resolved(&schema, &resolved(&schema, at)["properties"][key]))
    };
    let values = |schema: &Value| -> Vec<String> {
        schema["oneOf"].as_array().into_iter().flatten().map(|value| value["const"].to_string()).collect()
    };
    assert_eq!(values(of(&["multiply", "mapping"])), ["\"blocked\"", "\"element\""]);
    assert_eq!(of(&["problem", "height"])["minimum"], 1);
    assert_eq!(of(&["schedule", "consume"])["anyOf"].as_array().map(Vec::len), Some(2));
    assert_eq!(resolved(&schema, &of(&["variant"])["items"])["required"], serde_json::json!(["name"]));
    assert_eq!(values(&of(&["sweep", "schedule.stop_after"])["items"]).len(), 4);
    assert!(of(&["sweep", "schedule.consume.xhat"])["items"].is_object());
    assert!(of(&["sweep", "measure.max_seconds"]).is_null());
    assert_eq!(of(&["sweep", "where"])["type"], "string");
    assert_eq!(of(&["sweep", "together"])["items"]["type"], "string");
    assert_eq!(values(&of(&["sweep", "measure.clock"])["items"]), ["\"device\"", "\"host_lazy\""]);
    assert_eq!(of(&["multiply", "block", "tiles"])["maximum"], 1024);
    assert_eq!(of(&["sweep", "multiply.vector"])["items"]["enum"], serde_json::json!([1, 2, 4]));
    let variant = resolved(&schema, &of(&["variant"])["items"]);
    let measure = resolved(&schema, &variant["properties"]["measure"]);
    assert_eq!(measure["properties"].as_object().map(|keys| keys.len()), Some(2), "{measure:#}");
}

#[test]
fn it_has_every_key_of_the_investigation() -> Result<(), toml::de::Error> {
    fn check(root: &Value, schema: &Value, value: &toml::Value, path: &str) {
        let schema = resolved(root, schema);
        match value {
            toml::Value::Table(table) => {
                let tables = [schema].into_iter().chain(schema["anyOf"].as_array().into_iter().flatten());
                let tables: Vec<&Value> = tables.map(|schema| resolved(root, schema)).collect();
                for (key, value) in table {
                    let property = tables.iter().find_map(|schema| schema["properties"].get(key));
                    let property = property.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"));
                    check(root, property, value, &format!("{path}.{key}"));
                }
            }
            toml::Value::Array(values) => {
                values.iter().for_each(|value| check(root, &schema["items"], value, path));
            }
            _ => {}
        }
    }
    let text = include_str!("../../../configs/investigation.toml");
    let schema = schema();
    check(&schema, &schema, &toml::Value::Table(text.parse::<Table>()?), "");
    Ok(())
}
