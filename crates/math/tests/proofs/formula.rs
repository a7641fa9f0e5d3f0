//! The formulas of `proofs/` in whole numbers of any size, under the names that they have there. They
//! follow the definitions line by line: the step `proofs` of the tests evaluates both on the same
//! numbers.

use num_bigint::{BigInt, Sign};

/// A number of any size.
pub type Z = BigInt;

/// Makes a number of any size out of one of the program's.
pub fn z(number: impl Into<BigInt>) -> Z {
    number.into()
}

fn min(a: &Z, b: &Z) -> Z {
    a.min(b).clone()
}

/// The quotient, rounded towards negative infinity.
pub fn down(n: Z, d: &Z) -> Z {
    let (quotient, rest) = (&n / d, &n % d);
    if rest.sign() == Sign::Minus {
        quotient - 1
    } else {
        quotient
    }
}

/// The quotient, rounded towards infinity.
pub fn up(n: Z, d: &Z) -> Z {
    -down(-n, d)
}

fn monus(a: &Z, b: &Z) -> Z {
    (a - b).max(z(0))
}

fn word() -> Z {
    z(1) << 64
}

fn one() -> Z {
    z(10_000)
}

pub fn virtual_shares() -> Z {
    z(1) << 20
}

fn max_shares_per_unit() -> Z {
    z(1) << 40
}

/// `contributions` and `total_shares`.
pub type Book = (Z, Z);

/// `[shares, amount, contributions, total_shares]`.
pub fn plan_mint((c, t): &Book, amount: &Z) -> Vec<Z> {
    let minted = down(amount * (t + virtual_shares()), &(c + 1));
    vec![minted.clone(), amount.clone(), c + amount, t + minted]
}

pub fn value_of((c, t): &Book, shares: &Z) -> Z {
    down((c + 1) * shares, &(t + virtual_shares()))
}

/// As [`plan_mint`].
pub fn plan_redeem(book: &Book, shares: &Z) -> Vec<Z> {
    let (c, t) = book;
    let left = t - shares;
    let most = if left == z(0) { c.clone() } else { monus(c, &z(1)) };
    let paid = min(&value_of(book, shares), &most);
    vec![shares.clone(), paid.clone(), c - paid, left]
}

/// As [`plan_mint`].
pub fn plan_seize((c, t): &Book, shares: &Z, amount: &Z) -> Vec<Z> {
    let burned = min(&up(amount * (t + virtual_shares()), &(c + 1)), shares);
    vec![burned.clone(), amount.clone(), c - amount, t - burned]
}

/// As [`plan_mint`].
pub fn plan_take(book: &Book, shares: &Z, amount: &Z) -> Vec<Z> {
    let all = plan_redeem(book, shares);
    if *amount < all[1] {
        plan_seize(book, shares, amount)
    } else {
        all
    }
}

fn is_exhausted((c, t): &Book) -> bool {
    c * max_shares_per_unit() < *t
}

pub fn raw_to_pnl(raw: &Z, scale: &Z) -> Z {
    down(raw.clone(), scale)
}

/// `[lots, raw]` of the position, `[paid, lots, raw, margin, pool]` of the result.
pub fn plan_settle(lots: &Z, raw: &Z, mark: &Z, scale: &Z, margin: &Z, pool: &Z) -> Vec<Z> {
    let result = raw_to_pnl(&(lots * mark + raw), scale);
    let paid = if result < z(0) { -min(&-result, margin) } else { min(&result, pool) };
    vec![paid.clone(), lots.clone(), raw - &paid * scale, margin + &paid, pool - paid]
}

/// `[from_contributions, from_cushions, residual]`.
pub fn layer_four(loss: &Z, contributions: &Z, cushions: &Z) -> Vec<Z> {
    let all = contributions + cushions;
    let paid = min(loss, &all);
    let part = if *cushions == z(0) { z(0) } else { up(&paid * cushions, &all) };
    vec![&paid - &part, part, monus(loss, &paid)]
}

/// `[from_treasury, from_survivors, from_cushions, residual, ends_epoch, dust, treasury,
/// contributions, total_shares]`.
pub fn plan_waterfall(loss: &Z, treasury: &Z, (c, t): &Book, cushions: &Z) -> Vec<Z> {
    let first = min(loss, treasury);
    let layer = layer_four(&monus(loss, &first), c, cushions);
    let left = c - &layer[0];
    let ends = is_exhausted(&(left.clone(), t.clone()));
    let dust = if ends { left.clone() } else { z(0) };
    let book = if ends { [z(0), z(0)] } else { [left, t.clone()] };
    let treasury = monus(treasury, &first) + &dust;
    [vec![first], layer, vec![z(u8::from(ends)), dust, treasury], book.to_vec()].concat()
}

pub fn turn(loss: &Z, money: &Z, left: &Z) -> Z {
    if *money == z(0) {
        z(0)
    } else {
        up(loss * money, left)
    }
}

pub fn plan_enter(money: &Z, units: &Z, amount: &Z) -> Z {
    if *units == z(0) {
        amount * (z(1) << 20)
    } else {
        down(amount * units, money)
    }
}

pub fn part_of(amount: &Z, units: &Z, all: &Z) -> Z {
    if *all == z(0) {
        z(0)
    } else {
        down(amount * units, all)
    }
}

/// A market's terms and what is known of its price.
pub struct Market {
    pub multiple: Z,
    pub maintenance: Z,
    pub stress: Z,
    pub age_full_secs: Z,
    pub price: Z,
    pub confidence: Z,
    pub range: (Z, Z),
    pub age_ms: Z,
}

/// `[low, high]` of A, then of B.
pub fn intervals(of: &Market) -> Vec<Z> {
    let most = up(&of.price * &of.maintenance, &(2 * one()));
    let spread = min(&(&of.confidence * &of.multiple), &most);
    let low = min(&(&of.price - &spread), &of.range.0);
    let high = (&of.price + spread).max(of.range.1.clone());
    if of.age_ms == z(0) {
        return vec![low.clone(), high.clone(), low, high];
    }
    let full = &of.age_full_secs * 1_000;
    let (width, whole) =
        if of.age_ms < full { (&of.stress * &of.age_ms, one() * full) } else { (of.stress.clone(), one()) };
    let (wider_low, added) = (down(&low * (&whole - &width), &whole), up(&high * width, &whole));
    vec![low, high.clone(), wider_low, high + added]
}

/// `closing::PayOut::pay`.
pub fn pay_out(claims: &Z, pool: &Z, claim: &Z, before: &Z) -> Z {
    down((before + claim) * pool, claims) - down(before * pool, claims)
}

/// A round of the gains cut.
#[derive(Clone)]
pub struct Cut {
    pub loss: Z,
    pub gains: Z,
    pub taken: Z,
    pub given: Z,
}

impl Cut {
    fn part(&self, gain: &Z, amount: &Z) -> Z {
        if self.gains == z(0) {
            z(0)
        } else {
            down(gain * amount, &self.gains)
        }
    }

    pub fn fields(&self) -> Vec<Z> {
        [&self.loss, &self.gains, &self.taken, &self.given].map(Z::clone).to_vec()
    }

    pub fn entitlement(&self, gain: &Z) -> Z {
        self.part(gain, &(&self.gains - &self.taken))
    }

    pub fn without(&self, gone: &Z) -> Self {
        if *gone == z(0) {
            return self.clone();
        }
        let part = self.entitlement(gone);
        Self {
            loss: self.loss.clone(),
            gains: &self.gains - gone,
            taken: &self.taken - (gone - &part),
            given: &self.given - part,
        }
    }

    pub fn pay(&self, gain: &Z, before: &Z, pool: &Z) -> Z {
        let there = min(&(&self.given + pool), &(&self.gains - &self.taken));
        min(&monus(&self.part(gain, &there), before), pool)
    }

    /// `[cancelled, recovered]` and the round afterwards.
    pub fn plan_late(&self, gain: &Z, unfunded: &Z, pool: &Z) -> Vec<Z> {
        let all = &self.gains + gain;
        let most = if self.gains == z(0) { all.clone() } else { down(&self.taken * &all, &self.gains) };
        let more = monus(&min(&min(&self.loss, &all), &most), &self.taken);
        let cancelled = min(&more, unfunded);
        let owed = monus(&monus(&self.gains, &self.taken), &self.given);
        let recovered = min(&monus(&more, &cancelled), &monus(pool, &owed));
        let taken = &self.taken + &cancelled + &recovered;
        let after = Self { gains: all, taken, ..self.clone() };
        [vec![cancelled, recovered], after.fields()].concat()
    }
}

/// `OpenCut::cut`.
pub fn cut(loss: &Z, gains: &Z, unfunded: &Z) -> Cut {
    let loss = min(loss, unfunded);
    Cut { taken: min(&loss, gains), loss, gains: gains.clone(), given: z(0) }
}

/// `[credited, left, value, surplus]`.
pub fn plan_accrue(value: &Z, surplus: &Z, amount: &Z, shares: &Z) -> Vec<Z> {
    if *shares == z(0) {
        return vec![z(0), amount.clone(), value.clone(), surplus.clone()];
    }
    let per_share = down(amount * word(), shares);
    let claims = &per_share * shares;
    let credit = if claims <= *surplus { z(0) } else { up(&claims - surplus, &word()) };
    let after = &credit * word() + surplus - claims;
    vec![credit.clone(), amount - credit, value + per_share, after]
}

pub fn due(called: &Z, all: &Z, shares: &Z, paid: &Z) -> Z {
    monus(&up(called * shares, all), paid)
}

/// `[first loss, left, per draw, room]` of the purse, `[from_first_loss, owed]` of the draw.
pub fn plan_draw(asked: &Z, purse: &[Z; 4], coinsurance: &Z) -> Vec<Z> {
    let [first_loss, left, per_draw, room] = purse;
    let first = min(asked, first_loss);
    let shared = down(monus(asked, &first) * (one() - coinsurance), &one());
    vec![first, min(&min(&min(&shared, left), per_draw), room)]
}

/// The two exposures are `(stress_loss, contribution)`.
pub fn headroom(resources: &Z, exposed: &[(Z, Z); 2], limit: &Z) -> Z {
    let needed = |(stress, own): &(Z, Z)| {
        if *stress > z(0) {
            up(stress * one(), limit) + own
        } else {
            z(0)
        }
    };
    monus(resources, &needed(&exposed[0]).max(needed(&exposed[1])))
}

fn contributions_spendable((c, t): &Book) -> Z {
    if *t == z(0) {
        z(0)
    } else {
        monus(c, &up(t.clone(), &max_shares_per_unit()))
    }
}

/// `[from_treasury, from_contributions, lapses, contributions, total_shares]`.
pub fn settle_cover(owed: &Z, cover_owed: &Z, backing: &Z, treasury_free: &Z, book: &Book) -> Vec<Z> {
    let pay = down(owed * min(backing, cover_owed), cover_owed);
    let first = min(&pay, treasury_free);
    let second = min(&monus(&pay, &first), &contributions_spendable(book));
    vec![first.clone(), second.clone(), owed - (first + &second), &book.0 - second, book.1.clone()]
}
