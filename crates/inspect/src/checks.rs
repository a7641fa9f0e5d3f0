//! P1 to P5, P11 and P12, recomputed off chain from account data alone.

use {
    bulkhead_book::Book,
    bulkhead_client::{
        rules::{cushions, gains_cut, shares},
        state::Member,
        Address,
    },
    bulkhead_math::{
        index::accrued,
        shares::ShareBook,
        units::{Money, Shares},
    },
    serde::Serialize,
};

/// Most violations kept per property: the first ones tell the story.
const KEPT: usize = 5;

/// A property and the results of its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Property {
    /// Its number in the protocol.
    pub id: &'static str,
    /// The property in one sentence.
    pub says: &'static str,
    /// Whether it held every time.
    pub holds: bool,
    /// Number of checks.
    pub checks: u64,
    /// The first violations.
    pub violations: Vec<String>,
}

impl Property {
    /// A property that was not checked yet.
    pub fn new(id: &'static str, says: &'static str) -> Self {
        Self { id, says, holds: true, checks: 0, violations: Vec::new() }
    }

    /// Notes a check; `when` is added to a violation.
    pub fn note(&mut self, when: &str, found: Result<(), String>) {
        self.checks += 1;
        if let Err(violation) = found {
            self.holds = false;
            if self.violations.len() < KEPT {
                self.violations.push(format!("{when}: {violation}"));
            }
        }
    }
}

fn require(holds: bool, violation: impl FnOnce() -> String) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(violation())
    }
}

/// P1: the vault covers the buckets, and every bucket equals the members' claims on it.
pub fn custody(book: &Book, history: &History) -> Result<(), String> {
    let fund = &book.fund;
    let buckets = [
        fund.margin_total,
        fund.contributions,
        fund.treasury,
        fund.rewards_unclaimed,
        fund.rewards_streaming,
        fund.pool,
        fund.cover_reserve,
        fund.recoveries,
        fund.cushions,
    ];
    let owed: u128 = buckets.iter().map(|bucket| u128::from(*bucket)).sum();
    require(u128::from(book.vault_amount) >= owed, || {
        format!("the vault holds {} of {owed}", book.vault_amount)
    })?;

    let margin: u128 = book.members.values().map(|member| u128::from(member.margin)).sum();
    require(margin == u128::from(fund.margin_total), || {
        format!("margins sum to {margin}, not {}", fund.margin_total)
    })?;

    let live: Vec<Shares> =
        book.members.values().map(|member| member.live_shares(fund.share_epoch)).filter(|s| *s > 0).collect();
    let shares: Shares = live.iter().sum();
    require(shares == fund.total_shares.get(), || {
        format!("shares sum to {shares}, not {}", fund.total_shares.get())
    })?;
    let worth: Result<u128, _> =
        live.iter().map(|shares| fund.book().value_of(*shares).map(u128::from)).sum();
    let worth = worth.map_err(|error| format!("a share has no value: {error:?}"))?;
    let contributions = u128::from(fund.contributions);
    // Each holder may lose less than a unit to rounding, and the virtual shares one.
    let covered =
        worth <= contributions && (live.is_empty() || contributions - worth <= live.len() as u128 + 1);
    require(covered, || format!("shares are worth {worth} of {contributions}"))?;

    let rewards: Result<u128, String> = book.members.values().map(|member| rewards(book, member)).sum();
    let (rewards, bucket) = (rewards?, u128::from(fund.rewards_unclaimed) << 64);
    let fractions = u128::from(history.closed) << 64; // what closed accounts have left
    require(rewards <= bucket && bucket - rewards <= u128::from(fund.reward_surplus) + fractions, || {
        format!("rewards sum to {} and a fraction, the bucket to {}", rewards >> 64, fund.rewards_unclaimed)
    })
}

/// The unpaid rewards of a member, in Q64.64.
pub fn rewards(book: &Book, member: &Member) -> Result<u128, String> {
    let index = if member.share_epoch == book.fund.share_epoch {
        book.fund.reward_index.get()
    } else if member.shares.is_zero() {
        member.reward_index.get()
    } else {
        let record = book.epochs.get(&member.share_epoch).ok_or("an ended epoch has no record")?;
        record.reward_index.get()
    };
    let new = accrued(member.shares.get(), member.reward_index.get(), index);
    let new = new.map_err(|error| format!("rewards cannot be accrued: {error:?}"))?;
    member.rewards.get().checked_add(new).ok_or_else(|| "rewards overflow".into())
}

/// P2: in every market, members' lots and the house's sum to zero, and the long side is the open
/// interest.
pub fn novation(book: &Book) -> Result<(), String> {
    for market in &book.markets {
        let lots = book.members.values().map(|member| i128::from(member.position(market.index).lots));
        let (mut sum, mut long) = (0i128, 0i128);
        for lots in lots.chain([i128::from(market.house_lots)]) {
            sum += lots;
            long += lots.max(0);
        }
        let index = market.index;
        require(sum == 0, || format!("market {index}: lots sum to {sum}"))?;
        require(long == i128::from(market.open_interest), || {
            format!("market {index}: {long} lots are long")
        })?;
    }
    Ok(())
}

/// P3: over all markets, raw quote (uncollected premiums included) is the pool and the unfunded
/// losses less claims, those to registered gains included, exactly.
pub fn zero_sum(book: &Book) -> Result<(), String> {
    let mut sum = 0i128;
    for market in &book.markets {
        let held = book.members.values().flat_map(|member| &member.positions);
        let held = held.filter(|held| !held.is_free() && held.market == market.index);
        let members: i128 = held.map(|held| held.raw.get()).sum();
        let raw = members + market.house_raw.get() + market.adjusted.premium_raw.get() as i128;
        let scale = i128::from(market.scale);
        require(raw % scale == 0, || {
            format!("market {}: raw quote {raw} is no multiple of {scale}", market.index)
        })?;
        sum += raw / scale;
    }
    let claimed = i128::from(book.fund.claims) + i128::from(book.fund.gain_claims);
    let cash = i128::from(book.fund.pool) + i128::from(book.fund.unfunded) - claimed;
    let sum = sum + i128::from(book.fund.house_result);
    require(sum == cash, || {
        format!("raw quote is worth {sum}, pool and unfunded losses less claims are {cash}")
    })?;
    let claims: u128 = book.members.values().map(|member| u128::from(member.claim)).sum();
    require(claims == u128::from(book.fund.claims), || {
        format!("claims sum to {claims}, not {}", book.fund.claims)
    })
}

/// The past that accounts alone no longer show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Number of closed members: each may leave fractions of units behind.
    pub closed: u64,
    /// Losses that members paid for others: contributions, assessments, gains, claims.
    pub paid_for_others: u64,
    /// The recovered part of them.
    pub paid_back: u64,
}

/// A member as its next touch will leave it.
pub fn touched(book: &Book, member: &Member) -> Result<Member, String> {
    let mut member = *member;
    let done = if member.share_epoch == book.fund.share_epoch || member.shares.is_zero() {
        shares::touch(&book.fund, &mut member)
    } else {
        let record = book.epochs.get(&member.share_epoch).ok_or("an ended epoch has no record")?;
        shares::settle_epoch(&book.fund, &mut member, record)
    };
    done.map_err(|_| "a member cannot be touched")?;
    // Its claim changes the fund's book of losses too: a copy of it.
    let claim = gains_cut::touch_claim(&mut book.fund.clone(), &mut member);
    claim.map_err(|_| "a claim cannot be touched")?;
    Ok(member)
}

/// The recovery that a member can claim.
pub fn recovery(book: &Book, member: &Member) -> Result<u64, String> {
    let member = touched(book, member)?;
    let claim = book.fund.losses().claimable(member.loss_borne.get(), member.loss_units.get());
    claim.map_err(|error| format!("a recovery has no value: {error:?}"))
}

/// P12: recoveries are claimable by the members that bore losses, and never exceed those losses.
pub fn recoveries(book: &Book, history: &History) -> Result<(), String> {
    let (mut claimable, mut borne) = (0u128, 0u128);
    for member in book.members.values() {
        claimable += u128::from(recovery(book, member)?);
        borne += touched(book, member)?.loss_borne.get() >> 64;
    }
    for record in book.records.values() {
        let none = |_| "a cushion's losses have no value";
        let (lost, units) = cushions::borne(&book.fund, record).map_err(none)?;
        let claim = book.fund.losses().claimable(lost, units);
        claimable += u128::from(claim.map_err(|error| format!("a recovery has no value: {error:?}"))?);
        borne += lost >> 64;
    }
    let History { closed, paid_for_others: paid, paid_back } = *history;
    let borne = borne + u128::from(paid_back);
    require(borne <= u128::from(paid), || format!("losses of {borne} are borne, {paid} was paid"))?;
    let (bucket, held) = (u128::from(book.fund.recoveries), u128::from(book.fund.recoveries_held));
    require(claimable + held <= bucket, || format!("{claimable} can be claimed of recoveries of {bucket}"))?;
    let (nobodys, rounding) = (
        bucket - claimable - held,
        2 * ((book.members.len() + book.records.len()) as u128 + u128::from(closed)) + 2,
    );
    require(nobodys <= rounding, || format!("{nobodys} of the recoveries are nobody's"))
}

/// P5: layers 3 to 5 have nothing left for the residual, which layers 6 and 7 wait for.
pub fn layers_empty(book: &Book) -> Result<(), String> {
    let fund = &book.fund;
    let empty = fund.treasury == 0 && fund.contributions == 0 && fund.cushions == 0;
    require(empty, || {
        format!("treasury {} and contributions {} are left", fund.treasury, fund.contributions)
    })?;
    require(fund.open_defaults == 0, || "a default is open".into())?;
    require(!fund.assessment.is_open(book.now), || "the assessment is open".into())
}

/// P11: an assessment comes from margin above initial margin, and no other member's margin pays.
pub fn assessed_own_free_margin(
    before: &Book,
    after: &Book,
    payer: &Address,
    amount: Money,
) -> Result<(), String> {
    for (address, member) in &before.members {
        let left = after.members.get(address).map_or(0, |member| member.margin);
        let paid = if address == payer { amount } else { 0 };
        require(left.checked_add(paid) == Some(member.margin), || {
            format!("the margin of {address} is now {left}")
        })?;
    }
    let member = after.members.get(payer).ok_or("the payer is gone")?;
    let risk = after.risk(member).map_err(|error| format!("{payer} has no risk: {error:?}"))?;
    let meets = risk.meets_initial(member.margin).map_err(|error| format!("{payer}: {error:?}"))?;
    require(meets, || format!("{payer} paid from its initial margin"))
}

/// The difference of `paid` and `amount * part / whole`, in millionths of a base unit.
pub fn deviation_micro(paid: u128, amount: u64, part: u128, whole: u128) -> i64 {
    if whole == 0 {
        return 0;
    }
    // Weights of shares have 128 bits; the bits cut off from both are far below a millionth.
    let shift = (128 - whole.leading_zeros()).saturating_sub(60);
    let (part, whole) = ((part >> shift) as i128, (whole >> shift) as i128);
    let exact = i128::from(amount) * part;
    let (units, rest) = (exact / whole, exact % whole);
    ((paid as i128 - units) * 1_000_000 - rest * 1_000_000 / whole) as i64
}

/// The survivors' part of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Haircut {
    /// Contributions of the survivors before it.
    pub contributions: Money,
    /// Their payment.
    pub paid: Money,
}

impl Haircut {
    /// The haircut in parts per million of the contributions.
    pub fn ppm(&self) -> u64 {
        match self.contributions {
            0 => 0,
            all => (u128::from(self.paid) * 1_000_000 / u128::from(all)) as u64,
        }
    }

    /// The difference of `after` and `before` less the exact haircut, in millionths of a base unit.
    pub fn deviation_micro(&self, before: Money, after: Money) -> i64 {
        if self.contributions == 0 {
            return 0;
        }
        let all = i128::from(self.contributions);
        let exact = i128::from(before) * (all - i128::from(self.paid));
        ((i128::from(after) * all - exact) * 1_000_000 / all) as i64
    }
}

/// P4: every share of the survivors loses the same fraction, whoever its holder is. Returns the
/// largest deviation from it, in millionths of a base unit; more than a million is a violation.
pub fn pro_rata(
    before: &Book,
    after: &Book,
    haircut: &Haircut,
    defaulter: Option<&Address>,
) -> Result<i64, String> {
    let ended = after.fund.share_epoch > before.fund.share_epoch;
    let survivors = before.members.iter().filter(|(address, _)| Some(*address) != defaulter);
    // The book when layer 4 was reached: the defaulter's own contribution is gone.
    let book =
        ShareBook { contributions: haircut.contributions, total_shares: after.fund.total_shares.get() };
    let mut worst = 0i64;
    for (address, member) in survivors {
        let held = after.members.get(address).map_or(0, |member| member.shares.get());
        require(held == member.shares.get(), || format!("{address} has other shares than before"))?;
        let value = |book: &ShareBook| book.value_of(member.live_shares(before.fund.share_epoch));
        if ended {
            continue; // nothing is left of any share: everybody lost all of it
        }
        let was = value(&book).map_err(|error| format!("{address}: {error:?}"))?;
        let is = value(&after.fund.book()).map_err(|error| format!("{address}: {error:?}"))?;
        let deviation = haircut.deviation_micro(was, is);
        if deviation.abs() > worst.abs() {
            worst = deviation;
        }
    }
    require(worst.abs() <= 1_000_000, || format!("a share deviates by {worst} millionths of a base unit"))?;
    Ok(worst)
}

/// P5: a layer pays only when the layers before it are empty.
pub fn order(after: &Book, paid: &Paid, defaulter: Option<&Address>) -> Result<(), String> {
    let shares = defaulter
        .and_then(|address| after.members.get(address))
        .map_or(0, |member| member.live_shares(after.fund.share_epoch));
    let layer_2_is_empty = shares == 0;
    require(paid.treasury == 0 || layer_2_is_empty, || {
        "the treasury paid before the defaulter's contribution".into()
    })?;
    let layer_3_is_empty = after.fund.treasury == paid.dust;
    require(paid.survivors == 0 || layer_3_is_empty, || "survivors paid before the treasury".into())?;
    require(paid.residual == 0 || after.fund.contributions == 0, || {
        "a residual although contributions are left".into()
    })
}

/// The payments of the layers behind the defaulter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Paid by layer 3.
    pub treasury: Money,
    /// Paid by layer 4.
    pub survivors: Money,
    /// Paid by no layer.
    pub residual: Money,
    /// Money that an ended share epoch left to the treasury.
    pub dust: Money,
}

/// P11: no margin pays for another member's default.
pub fn own_losses_only(before: &Book, after: &Book) -> Result<(), String> {
    for (address, member) in &before.members {
        // A bounty may have come in.
        let margin = after.members.get(address).map(|member| member.margin);
        require(margin >= Some(member.margin), || {
            format!("the margin of {address} fell from {}", member.margin)
        })?;
    }
    Ok(())
}
