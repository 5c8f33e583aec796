//! `schedule.consume`: one consumer for every prefix, or one for each.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::factors::{Consume, StopAfter};
use super::layer::Layer;

/// The consumer of each prefix, where it is set. After `output` there is none: y is a tensor already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumers {
    xhat: Option<Consume>,
    ghat: Option<Consume>,
    mhat: Option<Consume>,
}

/// The prefixes that have a consumer, as the table's keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByPrefix {
    /// What reads XHAT in phase 1.
    xhat: Option<Consume>,
    /// What reads the result of phase 2.
    ghat: Option<Consume>,
    /// What reads MHAT in phase 3.
    mhat: Option<Consume>,
}

impl Consumers {
    /// The consumer of the prefix that ends with `phase`, where it is set.
    pub(super) fn after(&self, phase: StopAfter) -> Option<Consume> {
        match phase {
            StopAfter::Xhat => self.xhat,
            StopAfter::Ghat => self.ghat,
            StopAfter::Mhat => self.mhat,
            StopAfter::Output => Some(Consume::None),
        }
    }
}

impl Layer for Consumers {
    fn lay(&mut self, upper: &Self) {
        self.xhat.lay(&upper.xhat);
        self.ghat.lay(&upper.ghat);
        self.mhat.lay(&upper.mhat);
    }
}

impl<'de> Deserialize<'de> for Consumers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StringOrTable)
    }
}

struct StringOrTable;

impl<'de> Visitor<'de> for StringOrTable {
    type Value = Consumers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none, partial, full, or a table that gives one of these to xhat, ghat and mhat")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Consumers, E> {
        let all = Some(Consume::deserialize(StrDeserializer::new(text))?);
        Ok(Consumers { xhat: all, ghat: all, mhat: all })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Consumers, A::Error> {
        let ByPrefix { xhat, ghat, mhat } = Deserialize::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Consumers { xhat, ghat, mhat })
    }
}

impl JsonSchema for Consumers {
    fn schema_name() -> Cow<'static, str> {
        "Consumers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One consumer for every phase to stop after, or one for each.",
            "anyOf": [generator.subschema_for::<Consume>(), generator.subschema_for::<ByPrefix>()],
        })
    }
}
