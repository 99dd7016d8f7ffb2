//! Scores of entities: listing the highest, and saving all.

use super::Measure;
use crate::codec::records;
use crate::error::Result;
use crate::graph::Snapshot;
use crate::record::Control;
use crate::record::ExpectedModel;
use crate::store::ModelStore;

/// The score of an entity.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Score {
    /// The entity.
    pub entity: String,
    /// Its value.
    pub value: f64,
}

/// Measures all entities and returns the first `limit`, by value, largest first, then by id. For groups, the largest group comes first.
pub fn top(graph: &Snapshot, measure: Measure, limit: usize, control: &Control) -> Result<Vec<Score>> {
    let values = measure.of(graph, control)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Vertices are in the order of their ids, and the sort is stable.
    if measure.is_group() {
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    } else {
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    }
    order.truncate(limit);
    let score = |vertex: usize| Score {
        entity: graph.name(vertex).to_owned(),
        value: values[vertex],
    };
    Ok(order.into_iter().map(score).collect())
}

fn key(measure: Measure) -> String {
    format!("libseerflow.graph.{}", measure.name())
}

/// Saves scores in the model store under the key `libseerflow.graph.` and the measure's name, as one JSON object of [`Score`] a line.
/// They replace earlier ones.
pub fn save_scores(
    models: &dyn ModelStore,
    measure: Measure,
    scores: &[Score],
    control: &Control,
) -> Result<()> {
    let mut lines = Vec::new();
    records::encode(scores, &mut lines)?;
    models
        .save_model(&key(measure), &lines, ExpectedModel::Any, control)
        .map(|_| ())
}

/// Returns the saved scores and the time of saving; `None` if there are none.
pub fn load_scores(
    models: &dyn ModelStore,
    measure: Measure,
    control: &Control,
) -> Result<Option<(Vec<Score>, i64)>> {
    match models.load_model(&key(measure), control)? {
        Some(model) => Ok(Some((records::decode(&model.data)?, model.updated_at_ns))),
        None => Ok(None),
    }
}
