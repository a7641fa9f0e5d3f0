//! Seeds of every program-derived address.

/// `["panel", creator, id: u16]`: the drawer of its cover, and the owner of its vault.
pub const PANEL: &[u8] = b"panel";
/// `["vault", panel]`: the panel's only token account, and the destination of its cover.
pub const VAULT: &[u8] = b"vault";
/// `["loss", panel, number: u64]`
pub const LOSS: &[u8] = b"loss";
/// `["page", loss, number: u16]`
pub const PAGE: &[u8] = b"page";
