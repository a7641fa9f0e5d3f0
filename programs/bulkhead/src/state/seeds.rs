//! Seeds of every program-derived address.

/// `["fund", creator, mint, id: u16]`
pub const FUND: &[u8] = b"fund";
/// `["vault", fund]`: the fund's only token account, which is its own authority.
pub const VAULT: &[u8] = b"vault";
/// `["market", fund, index: u16]`
pub const MARKET: &[u8] = b"market";
/// `["member", fund, owner]`
pub const MEMBER: &[u8] = b"member";
/// `["default", member, count: u64]`
pub const DEFAULT: &[u8] = b"default";
/// `["epoch", fund, epoch: u64]`
pub const EPOCH: &[u8] = b"epoch";
/// `["change", fund, number: u64]`
pub const CHANGE: &[u8] = b"change";
/// `["offer", member, number: u64]`
pub const OFFER: &[u8] = b"offer";
/// `["cover", fund, index: u16]`
pub const COVER: &[u8] = b"cover";
/// `["pro_price", Pyth Pro's contract, number: u64]`, where the number is the feed's, and its channel
/// above the low 32 bits.
pub const PRO_PRICE: &[u8] = b"pro_price";
