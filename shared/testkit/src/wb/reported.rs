//! Rows as they are and as a report shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::things::{Stock, Warehouse};

/// Rows as they are, of which a report shows what they were when it was last renewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reported<K: Ord, V> {
    shown: BTreeMap<K, V>,
    changed: BTreeMap<K, V>,
}

impl<K: Ord + Clone, V: Clone> Default for Reported<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, V: Clone> Reported<K, V> {
    pub(super) fn new() -> Self {
        Self { shown: BTreeMap::new(), changed: BTreeMap::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.changed.get(key).or_else(|| self.shown.get(key))
    }

    pub(super) fn put(&mut self, key: K, row: V) {
        self.changed.insert(key, row);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &V> {
        let unchanged = self.shown.iter().filter(|(key, _)| !self.changed.contains_key(key)).map(|(_, row)| row);
        unchanged.chain(self.changed.values())
    }

    /// The rows as the report shows them.
    pub(super) fn shown(&self) -> impl Iterator<Item = &V> {
        self.shown.values()
    }

    /// The same with what they are found by.
    pub(super) fn shown_with_keys(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shown.iter()
    }

    pub(super) fn renew(&mut self) {
        self.shown.append(&mut self.changed);
    }
}

/// What the warehouses hold of one size; one without a row has none and never had.
pub(super) type Shelf = BTreeMap<Warehouse, Stock>;
