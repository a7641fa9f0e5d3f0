//! Seeds of every program-derived address.

/// `["panel", creator, id: u16]`: the drawer of its cover, and the owner of its vault.
pub const PANEL: &[u8] = b"panel";
/// `["vault", panel]` or `["vault", book]`: the drawer's only token account, and the destination of
/// its cover.
pub const VAULT: &[u8] = b"vault";
/// `["loss", panel, number: u64]`
pub const LOSS: &[u8] = b"loss";
/// `["page", loss, number: u16]`
pub const PAGE: &[u8] = b"page";
/// `["book", creator, id: u16]`: the drawer of its cover, and the owner of its vault.
pub const BOOK: &[u8] = b"book";
/// `["expiry", book, day: u32]`
pub const EXPIRY: &[u8] = b"expiry";
/// `["policy", book, number: u64]`
pub const POLICY: &[u8] = b"policy";
