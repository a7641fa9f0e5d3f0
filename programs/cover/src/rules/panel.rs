//! Panels: who may decide about losses.

use {
    crate::{constants::*, error::*, state::*},
    anchor_lang::prelude::*,
};

/// Checks the terms of a panel and writes them.
///
/// The quorum is a majority, so that no root is approved and rejected at once. Keys differ, so that
/// nobody votes twice.
///
/// # Errors
/// `PanelOutOfBounds`.
pub fn create(panel: &mut Panel, terms: &PanelTerms) -> Result<()> {
    let PanelTerms { keys, min_bond, cover_index, key_count, quorum, perils } = *terms;
    let count = usize::from(key_count);
    let majority = quorum <= key_count && u16::from(quorum) * 2 > u16::from(key_count);
    let in_bounds = (1..=MAX_KEYS).contains(&count) && majority && perils > 0 && min_bond > 0;
    require!(in_bounds, CoverError::PanelOutOfBounds);
    let (used, unused) = keys.split_at(count);
    let nobody = Address::default();
    let distinct = used.iter().zip(1..).all(|(key, next)| !used[next..].contains(key) && *key != nobody);
    let in_order = distinct && unused.iter().all(|key| *key == nobody);
    require!(in_order, CoverError::PanelOutOfBounds);
    panel.version = VERSION;
    panel.key_count = key_count;
    panel.quorum = quorum;
    panel.perils = perils;
    panel.cover_index = cover_index;
    panel.keys = keys;
    panel.min_bond = min_bond;
    Ok(())
}
