use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a scenario is about, in the words of its author, so that a report needs to know no
/// scenario. All but its name may be missing; a report leaves out what is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the scenario, as its results have it.
    pub scenario: String,
    /// Name of the group that it is listed in: "switching".
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub family: String,
    /// Its heading.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub title: String,
    /// What is done.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub work: String,
    /// What the figures show.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub shows: String,
    /// What the figures do not show.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub does_not_show: String,
    /// How the cost must grow with the size.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub cost: String,
    /// The number that it is plotted by.
    #[serde(default, deserialize_with = "super::nullable")]
    pub plot: Plot,
    /// Figures that were not made by this program.
    #[serde(default, deserialize_with = "super::nullable", skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// What a row of the results is: a backend, or what stands beside the backends. All but its name
/// may be missing; a report leaves out what is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutBackend {
    /// Its name, as its results have it.
    pub backend: String,
    /// The group of columns that it is listed in: "order-exact".
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub group: String,
    /// How it suspends a tasklet, in one line.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub words: String,
    /// What it claims to be able to, by the names of the conformance suite: "portable".
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub capabilities: BTreeMap<String, bool>,
}

/// The number that a scenario is plotted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plot {
    /// The median in its unit.
    #[default]
    Median,
    /// The ratio to the reference; the median if rows have none.
    Ratio,
}

/// A figure from elsewhere that a scenario is read beside: of another program, on another machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The system and the variant.
    pub system: String,
    /// Where the figure comes from.
    pub source: String,
    /// When it was made, as far as that is known: "2007".
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub date: String,
    /// The machine that it was made on.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub machine: String,
    /// The value with its unit, as it was reported; empty if only the ratio was.
    #[serde(
        default,
        deserialize_with = "super::nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub value: String,
    /// Ratio to the plain variant of the same source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}
