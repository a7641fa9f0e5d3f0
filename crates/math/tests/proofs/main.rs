//! The functions of this crate equal the formulas that `proofs/` proves theorems about, on random
//! numbers of all lengths and at the ends of their types.
//!
//! Each test compares a function with its formula in numbers of any size. It also asserts that the
//! function refuses nothing but what does not fit its type. Where the variable
//! `BULKHEAD_PROOF_CASES` names a folder, every comparison is written there as a goal for Coq: the
//! step `proofs` of the tests then evaluates the proved definition itself on the same numbers.

mod formula;

use std::{env, fs::OpenOptions, io::Write, path::Path};

use bulkhead_math::{
    assessment::Assessment,
    closing::PayOut,
    covers::{headroom, plan_draw, plan_settle as settle_cover, Exposed, Purse, Settling},
    cushions::{layer_four, part_of, turn, CushionRound},
    gains_cut::{Cut, OpenCut},
    index::Index,
    interval::{Interval, IntervalTerms, Intervals, Reading},
    positions::{plan_settle, Position},
    rounding::{mul_div, mul_div_wide, mul_ratio, widening_mul},
    shares::{ShareBook, SharePlan},
    units::{raw_to_pnl, Bps, Scale},
    waterfall::{plan_waterfall, Layers},
    Result, Round,
};
use formula::{z, Z};
use proptest::prelude::*;

/// The folder for the goals.
const CASES: &str = "BULKHEAD_PROOF_CASES";

/// The numbers that a type holds, from the first to the last.
type Type = (i8, u32);
const U64: Type = (0, 64);
const U128: Type = (0, 128);
/// Signed types, without their smallest number: its negation is not one.
const I64: Type = (-1, 63);
const I128: Type = (-1, 127);

fn fits((sign, bits): Type, number: &Z) -> bool {
    let most: Z = (z(1) << bits) - 1;
    *number <= most && *number >= sign * most
}

/// A function, its formula, and the numbers that must fit their types if it is not to fail.
struct Case {
    /// Module and function, as the theorems name them.
    name: (&'static str, &'static str),
    /// The formula in Coq: a list of numbers.
    coq: String,
    formula: Vec<Z>,
    real: Result<Vec<Z>>,
    must_fit: Vec<(Type, Z)>,
}

impl Case {
    fn check(self) -> std::result::Result<(), TestCaseError> {
        let Self { name, coq, formula, real, must_fit } = self;
        match real {
            Ok(real) => prop_assert_eq!(&real, &formula, "{:?}: {}", name, coq),
            Err(error) => {
                let refused = must_fit.iter().any(|(kind, number)| !fits(*kind, number));
                prop_assert!(refused, "{name:?} fails with {error:?}, yet everything fits: {coq}");
                return Ok(());
            }
        }
        if let Some(folder) = env::var_os(CASES) {
            let (module, function) = name;
            let goal = format!(
                "(* {function} *) Goal {coq} = {}. Proof. vm_compute. reflexivity. Qed.\n",
                list(&formula)
            );
            let path = Path::new(&folder).join(module).with_extension("cases");
            let file = OpenOptions::new().create(true).append(true).open(path);
            // One write a line: tests run side by side.
            file.and_then(|mut file| file.write_all(goal.as_bytes())).expect("the folder can be written");
        }
        Ok(())
    }
}

/// Numbers as a list of Coq.
fn list(numbers: &[Z]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join("; "))
}

/// All of these fit a type.
fn all_fit(kind: Type, numbers: &[Z]) -> Vec<(Type, Z)> {
    numbers.iter().map(|number| (kind, number.clone())).collect()
}

prop_compose! {
    /// Random bits of a random length.
    fn any_length()(number: u128, bits in 0u32..=128) -> u128 { number.checked_shr(128 - bits).unwrap_or(0) }
}

/// Numbers of 128 bits of all lengths, powers of two and their neighbours, and the ends.
fn wide() -> impl Strategy<Value = u128> {
    let powers =
        (0u32..128, 0u128..3).prop_map(|(bits, near)| (1u128 << bits).wrapping_add(near).wrapping_sub(1));
    prop_oneof![2 => Just(0), 1 => Just(1), 2 => Just(u128::MAX), 3 => powers, 12 => any_length()]
}

/// The same of 64 bits.
fn word() -> impl Strategy<Value = u64> {
    let narrow = |number: u128| u64::try_from(number).unwrap_or((number >> 64) as u64);
    wide().prop_map(narrow)
}

/// Money of which a fund could be made: sums of a few do not leave a word.
fn money() -> impl Strategy<Value = u64> {
    prop_oneof![3 => word().prop_map(|money| money >> 4), 1 => word()]
}

/// A part of a number, and often all of it.
fn part(of: u128, seed: u128) -> u128 {
    match of.checked_add(1) {
        Some(count) if !seed.is_multiple_of(8) => seed % count,
        _ => of,
    }
}

fn part_word(of: u64, seed: u64) -> u64 {
    part(of.into(), seed.into()) as u64
}

/// As [`word`], not zero.
fn divisor() -> impl Strategy<Value = u64> {
    word().prop_map(|number| number.max(1))
}

/// A share book: at prices that a fund has, and at any.
fn book() -> impl Strategy<Value = ShareBook> {
    let near = (word(), 0u32..42)
        .prop_map(|(contributions, bits)| (contributions, u128::from(contributions) << bits));
    prop_oneof![near, (word(), wide())]
        .prop_map(|(contributions, total_shares)| ShareBook { contributions, total_shares })
}

fn numbers(book: &ShareBook) -> formula::Book {
    (z(book.contributions), z(book.total_shares))
}

fn coq_book(book: &ShareBook) -> String {
    format!("{{| contributions := {}; total_shares := {} |}}", book.contributions, book.total_shares)
}

/// What Coq and Rust say of a plan for shares.
fn coq_plan(plan: &str) -> String {
    format!("(let p := {plan} in [shares p; amount p; contributions (next p); total_shares (next p)])")
}

fn of_plan(plan: SharePlan) -> Vec<Z> {
    vec![z(plan.shares), z(plan.amount), z(plan.next.contributions), z(plan.next.total_shares)]
}

/// What must fit for a book to have a price.
fn price_fits(book: &ShareBook) -> Vec<(Type, Z)> {
    vec![(U64, z(book.contributions) + 1), (U128, z(book.total_shares) + formula::virtual_shares())]
}

fn both_ways<T>(of: impl Fn(Round) -> Result<T>) -> Result<Vec<Z>>
where
    Z: From<T>,
{
    Ok(vec![z(of(Round::Down)?), z(of(Round::Up)?)])
}

proptest! {
    #[test]
    fn mul_div_is_proved(a in word(), b in word(), d in divisor(), wide in wide(), by in wide()) {
        let formula = vec![formula::down(z(a) * b, &z(d)), formula::up(z(a) * b, &z(d))];
        Case {
            name: ("rounding", "mul_div"),
            coq: format!("[mul_div_down {a} {b} {d}; mul_div_up {a} {b} {d}]"),
            real: both_ways(|round| mul_div(a, b, d, round)),
            must_fit: all_fit(U64, &formula),
            formula,
        }.check()?;
        let (b, d) = (wide, by.max(1));
        let formula = vec![formula::down(z(a) * b, &z(d)), formula::up(z(a) * b, &z(d))];
        Case {
            name: ("rounding", "mul_div"),
            coq: format!("[mul_div_down {a} {b} {d}; mul_div_up {a} {b} {d}]"),
            real: both_ways(|round| mul_div_wide(a, b, d, round)),
            must_fit: all_fit(U128, &formula),
            formula,
        }.check()?;
    }

    /// Products of more than 128 bits: `mul_div_wide` then divides by `long_div`.
    #[test]
    fn long_div_is_proved(a in word(), b in any::<u128>(), few in 0u32..8, d in wide()) {
        let (a, d) = ((a | 1 << 63) >> few, d.max(1));
        let b = (b | 1 << 127) >> few;
        let product = z(a) * b;
        prop_assume!(product >= z(1) << 128);
        let (high, low) = (&product >> 64, &product % (z(1) << 64));
        let formula = vec![formula::down(product, &z(d))];
        Case {
            name: ("rounding", "long_div"),
            coq: format!("[long_div {high} {low} {d}]"),
            real: mul_div_wide(a, b, d, Round::Down).map(|quotient| vec![z(quotient)]),
            must_fit: all_fit(U128, &formula),
            formula,
        }.check()?;
    }

    #[test]
    fn mul_ratio_is_proved(amount in word(), n in word(), d in divisor()) {
        let (n, d) = ((n >> 32) as u32, ((d >> 32) as u32).max(1));
        let formula = vec![formula::down(z(amount) * n, &z(d)), formula::up(z(amount) * n, &z(d))];
        Case {
            name: ("rounding", "mul_ratio"),
            coq: format!("[mul_ratio_down {amount} {n} {d}; mul_ratio_up {amount} {n} {d}]"),
            real: both_ways(|round| mul_ratio(amount, n, d, round)),
            must_fit: all_fit(U64, &formula),
            formula,
        }.check()?;
    }

    #[test]
    fn widening_mul_is_proved(a in word(), b in word()) {
        Case {
            name: ("rounding", "widening_mul"),
            coq: format!("[widening_mul {a} {b}]"),
            real: Ok(vec![z(widening_mul(a, b))]),
            formula: vec![z(a) * b],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn plan_mint_is_proved(book in book(), amount in money()) {
        let formula = formula::plan_mint(&numbers(&book), &z(amount));
        let mut must_fit = price_fits(&book);
        must_fit.extend([(U128, formula[0].clone()), (U64, formula[2].clone()), (U128, formula[3].clone())]);
        Case {
            name: ("shares", "plan_mint"),
            coq: coq_plan(&format!("plan_mint {} {amount}", coq_book(&book))),
            real: book.plan_mint(amount).map(of_plan),
            formula,
            must_fit,
        }.check()?;
    }

    #[test]
    fn value_of_is_proved(book in book(), shares in wide()) {
        let formula = vec![formula::value_of(&numbers(&book), &z(shares))];
        let mut must_fit = price_fits(&book);
        must_fit.push((U64, formula[0].clone()));
        Case {
            name: ("shares", "value_of"),
            coq: format!("[value_of {} {shares}]", coq_book(&book)),
            real: book.value_of(shares).map(|value| vec![z(value)]),
            formula,
            must_fit,
        }.check()?;
    }

    #[test]
    fn plan_redeem_is_proved(book in book(), seed in any::<u128>()) {
        let shares = part(book.total_shares, seed);
        Case {
            name: ("shares", "plan_redeem"),
            coq: coq_plan(&format!("plan_redeem {} {shares}", coq_book(&book))),
            real: book.plan_redeem(shares).map(of_plan),
            formula: formula::plan_redeem(&numbers(&book), &z(shares)),
            must_fit: price_fits(&book),
        }.check()?;
    }

    #[test]
    fn plan_seize_is_proved(book in book(), seed in any::<u128>(), amount in any::<u64>()) {
        let (shares, amount) = (part(book.total_shares, seed), part_word(book.contributions, amount));
        let needed = formula::up(
            z(amount) * (z(book.total_shares) + formula::virtual_shares()), &(z(book.contributions) + 1),
        );
        let mut must_fit = price_fits(&book);
        must_fit.push((U128, needed));
        Case {
            name: ("shares", "plan_seize"),
            coq: coq_plan(&format!("plan_seize {} {shares} {amount}", coq_book(&book))),
            real: book.plan_seize(shares, amount).map(of_plan),
            formula: formula::plan_seize(&numbers(&book), &z(shares), &z(amount)),
            must_fit,
        }.check()?;
    }

    #[test]
    fn plan_take_is_proved(book in book(), seed in any::<u128>(), amount in word()) {
        let shares = part(book.total_shares, seed);
        let real = book.plan_redeem(shares).and_then(|all| book.plan_take(&all, amount));
        Case {
            name: ("shares", "plan_take"),
            coq: coq_plan(&format!("plan_take {} {shares} {amount}", coq_book(&book))),
            real: real.map(of_plan),
            formula: formula::plan_take(&numbers(&book), &z(shares), &z(amount)),
            must_fit: price_fits(&book),
        }.check()?;
    }

    #[test]
    fn raw_to_pnl_is_proved(raw in wide(), scale in divisor(), money in word()) {
        let (raw, of_scale) = (raw as i128, Scale::from_stored(scale).unwrap());
        let formula = vec![formula::raw_to_pnl(&z(raw), &z(scale))];
        Case {
            name: ("units", "raw_to_pnl"),
            coq: format!("[raw_to_pnl ({raw}) {scale}]"),
            real: raw_to_pnl(raw, of_scale).map(|money| vec![z(money)]),
            must_fit: all_fit(I64, &formula),
            formula,
        }.check()?;
        let money = money >> 1; // amounts of a settlement are signed words without their sign
        Case {
            name: ("units", "raw_of"),
            coq: format!("[raw_of {money} {scale}]"),
            real: Ok(vec![z(of_scale.raw_of(money))]),
            formula: vec![z(money) * scale],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn trade_is_proved(lots in word(), raw in any_length(), sign: bool, q in word(), price in word()) {
        let (lots, q) = (lots as i64, q as i64);
        let raw = if sign { (raw >> 1) as i128 } else { -((raw >> 1) as i128) };
        let formula = vec![z(lots) + q, z(raw) - z(q) * price];
        Case {
            name: ("positions", "trade"),
            coq: format!(
                "(let p := trade {{| lots := {lots}; raw := {raw} |}} ({q}) {price} in \
                 [lots p; raw p])"
            ),
            real: Position { lots, raw }.trade(q, price).map(|next| vec![z(next.lots), z(next.raw)]),
            must_fit: vec![(I64, formula[0].clone()), (I128, formula[1].clone()), (I128, z(q) * price)],
            formula,
        }.check()?;
    }

    #[test]
    fn plan_settle_is_proved(
        lots in word(), near in any_length(), sign: bool, mark in word(), decimals in 0u32..20,
        margin in money(), pool in money(),
    ) {
        // Near the price that was paid, so that the result is money.
        let (lots, scale) = ((lots as i64) >> 1, 10u64.pow(decimals));
        let moved = ((near >> 64) as i128).checked_mul(scale.into()).unwrap_or(near as i128 >> 2);
        let moved = if sign { moved } else { -moved };
        let Some(raw) = moved.checked_sub(i128::from(lots) * i128::from(mark)) else { return Ok(()) };
        let position = Position { lots, raw };
        let formula = formula::plan_settle(&z(lots), &z(raw), &z(mark), &z(scale), &z(margin), &z(pool));
        let result = formula::raw_to_pnl(&z(moved), &z(scale));
        let mut must_fit = vec![(I64, result), (I128, formula[2].clone())];
        must_fit.extend(all_fit(U64, &formula[3..]));
        let real = plan_settle(position, mark, Scale::from_stored(scale).unwrap(), margin, pool);
        Case {
            name: ("positions", "plan_settle"),
            coq: format!(
                "(let s := plan_settle {{| lots := {lots}; raw := {raw} |}} \
                 {mark} {scale} {margin} {pool} in \
                 [paid s; lots (position s); raw (position s); margin s; pool s])"
            ),
            real: real.map(|s| {
                vec![z(s.paid), z(s.position.lots), z(s.position.raw), z(s.margin), z(s.pool)]
            }),
            formula,
            must_fit,
        }.check()?;
    }

    #[test]
    fn layer_four_is_proved(loss in word(), contributions in money(), cushions in money()) {
        let formula = formula::layer_four(&z(loss), &z(contributions), &z(cushions));
        Case {
            name: ("cushions", "layer_four"),
            coq: format!(
                "(let l := layer_four {loss} {contributions} {cushions} in \
                 [from_contributions l; from_cushions l; residual l])"
            ),
            real: layer_four(loss, contributions, cushions)
                .map(|l| vec![z(l.from_contributions), z(l.from_cushions), z(l.residual)]),
            formula,
            must_fit: vec![(U64, z(contributions) + cushions)],
        }.check()?;
    }

    #[test]
    fn turn_is_proved(money in money(), after in money(), seed in any::<u64>()) {
        let Some(left) = money.checked_add(after) else { return Ok(()) };
        let loss = part_word(left, seed);
        Case {
            name: ("cushions", "turn"),
            coq: format!("[turn {loss} {money} {left}]"),
            real: turn(loss, money, left).map(|paid| vec![z(paid)]),
            formula: vec![formula::turn(&z(loss), &z(money), &z(left))],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn plan_enter_is_proved(money in divisor(), units in wide(), near in 0u32..42, few: bool, amount in word()) {
        let units = if few { u128::from(money) << near } else { units };
        let bought = formula::plan_enter(&z(money), &z(units), &z(amount));
        let round = CushionRound { money, units, records: 1 };
        Case {
            name: ("cushions", "plan_enter"),
            coq: format!("[plan_enter {money} {units} {amount}]"),
            real: round.plan_enter(amount).map(|plan| vec![z(plan.units)]),
            must_fit: vec![
                (U128, bought.clone()), (U128, z(units) + &bought), (U64, z(money) + amount),
            ],
            formula: vec![bought],
        }.check()?;
    }

    #[test]
    fn part_of_is_proved(amount in word(), all in wide(), seed in any::<u128>()) {
        let units = part(all, seed);
        Case {
            name: ("cushions", "part_of"),
            coq: format!("[part_of {amount} {units} {all}]"),
            real: part_of(amount, units, all).map(|part| vec![z(part)]),
            formula: vec![formula::part_of(&z(amount), &z(units), &z(all))],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn plan_waterfall_is_proved(
        book in book(), treasury in money(), cushions in money(), more in any::<u64>(),
        loss in word(),
    ) {
        let book = ShareBook { contributions: book.contributions >> 2, ..book };
        let all = u128::from(book.contributions) + u128::from(treasury) + u128::from(cushions);
        // About what there is: then the last layers matter.
        let near = u64::try_from(all).unwrap_or(loss).saturating_sub(more >> 40);
        let loss = if loss % 2 == 0 { loss } else { near };
        let formula = formula::plan_waterfall(&z(loss), &z(treasury), &numbers(&book), &z(cushions));
        let real = plan_waterfall(loss, &Layers { treasury, book, cushions }).map(|p| vec![
            z(p.from_treasury), z(p.from_survivors), z(p.from_cushions), z(p.residual),
            z(u8::from(p.ends_epoch)),
            z(p.dust), z(p.treasury), z(p.book.contributions), z(p.book.total_shares),
        ]);
        Case {
            name: ("waterfall", "plan_waterfall"),
            coq: format!(
                "(let p := plan_waterfall {loss} {treasury} {} {cushions} in \
                 [from_treasury p; from_survivors p; cushions_pay p; unpaid p; \
                 if ends_epoch p then 1 else 0; dust p; \
                 treasury_after p; contributions (book_after p); total_shares (book_after p)])",
                coq_book(&book)
            ),
            real,
            must_fit: vec![(U64, z(book.contributions) + cushions), (U64, formula[6].clone())],
            formula,
        }.check()?;
    }

    #[test]
    fn of_is_proved(
        price in money(), confidence in word(), near in any::<[u64; 2]>(), shift in 0u32..64, multiple: u8,
        maintenance in 0u16..=10_000, stress in 0u16..=10_000, age_full_secs in 1u32..=429,
        age_ms in prop_oneof![1 => Just(0), 4 => 0u64..430_000, 1 => word()],
    ) {
        let (low, high) = (price.saturating_sub(near[0] >> shift), price.saturating_add(near[1] >> shift));
        let terms = IntervalTerms {
            confidence_multiple: multiple, maintenance: Bps(maintenance), stress: Bps(stress), age_full_secs,
        };
        let reading = Reading { price, confidence, range: Interval { low, high }, age_ms };
        let formula = formula::intervals(&formula::Market {
            multiple: z(multiple), maintenance: z(maintenance), stress: z(stress),
            age_full_secs: z(age_full_secs),
            price: z(price), confidence: z(confidence), range: (z(low), z(high)), age_ms: z(age_ms),
        });
        let real = Intervals::of(&reading, &terms)
            .map(|Intervals { others: a, oneself: b }| vec![z(a.low), z(a.high), z(b.low), z(b.high)]);
        Case {
            name: ("interval", "of"),
            coq: format!(
                "(let t := {{| multiple := {multiple}; maintenance := {maintenance}; stress := {stress}; \
                 age_full_secs := {age_full_secs} |}} in \
                 let r := {{| price := {price}; confidence := {confidence}; \
                 range := {{| low := {low}; high := {high} |}}; age_ms := {age_ms} |}} in \
                 [low (others r t); high (others r t); low (oneself r t); high (oneself r t)])"
            ),
            real,
            must_fit: all_fit(U64, &formula),
            formula,
        }.check()?;
    }

    #[test]
    fn pay_out_is_proved(claims in divisor(), seeds in any::<[u64; 3]>()) {
        let (pool, before) = (part_word(claims, seeds[0]), part_word(claims, seeds[1]));
        let claim = part_word(claims - before, seeds[2]);
        Case {
            name: ("closing", "pay"),
            coq: format!("[pay {claims} {pool} {claim} {before}]"),
            real: PayOut { claims, pool }.pay(claim, before).map(|paid| vec![z(paid)]),
            formula: vec![formula::pay_out(&z(claims), &z(pool), &z(claim), &z(before))],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn a_gains_cut_is_proved(
        gains in money(), seeds in any::<[u64; 4]>(), more in money(), unfunded in money(),
        pool in money(), late in money(),
    ) {
        let opened = OpenCut { loss: more, gains };
        let formula = formula::cut(&z(more), &z(gains), &z(unfunded));
        Case {
            name: ("gains_cut", "cut"),
            coq: format!("(let c := cut {more} {gains} {unfunded} in [loss c; gains c; taken c; given c])"),
            real: Ok(fields(&opened.cut(unfunded))),
            formula: formula.fields(),
            must_fit: vec![],
        }.check()?;

        let cut = part_word(gains, seeds[0]);
        let paid = part_word(gains - cut, seeds[1]);
        let round = Cut { loss: cut.saturating_add(more), gains, cut, paid };
        let of = formula::Cut { loss: z(round.loss), gains: z(gains), taken: z(cut), given: z(paid) };
        let coq =
            format!("{{| loss := {}; gains := {gains}; taken := {cut}; given := {paid} |}}", round.loss);
        let (gain, before) = (part_word(gains, seeds[2]), seeds[3] >> 16);
        Case {
            name: ("gains_cut", "entitlement"),
            coq: format!("[entitlement {coq} {gain}]"),
            real: round.entitlement(gain).map(|part| vec![z(part)]),
            formula: vec![of.entitlement(&z(gain))],
            must_fit: vec![],
        }.check()?;
        Case {
            name: ("gains_cut", "pay"),
            coq: format!("[pay {coq} {gain} {before} {pool}]"),
            real: round.pay(gain, before, pool).map(|paid| vec![z(paid)]),
            formula: vec![of.pay(&z(gain), &z(before), &z(pool))],
            must_fit: vec![],
        }.check()?;
        let without = of.without(&z(gain));
        Case {
            name: ("gains_cut", "without"),
            coq: format!("(let c := without {coq} {gain} in [loss c; gains c; taken c; given c])"),
            real: round.without(gain).map(|round| fields(&round)),
            formula: without.fields(),
            // It fails where the part of those that are gone is not booked as paid.
            must_fit: all_fit(U64, &without.fields()),
        }.check()?;
        Case {
            name: ("gains_cut", "plan_late"),
            coq: format!(
                "(let p := plan_late {coq} {late} {unfunded} {pool} in let c := late_cut p in \
                 [cancelled p; recovered p; loss c; gains c; taken c; given c])"
            ),
            real: round.plan_late(late, unfunded, pool)
                .map(|plan| [vec![z(plan.cancelled), z(plan.recovered)], fields(&plan.cut)].concat()),
            formula: of.plan_late(&z(late), &z(unfunded), &z(pool)),
            must_fit: vec![(U64, z(gains) + late)],
        }.check()?;
    }

    #[test]
    fn plan_accrue_is_proved(value in wide(), surplus in word(), amount in word(), shares in wide()) {
        let formula = formula::plan_accrue(&z(value), &z(surplus), &z(amount), &z(shares));
        Case {
            name: ("index", "plan_accrue"),
            coq: format!(
                "(let p := plan_accrue {{| value := {value}; surplus := {surplus} |}} {amount} {shares} in \
                 [credited p; left p; value (next p); surplus (next p)])"
            ),
            real: Index { value, surplus }
                .plan_accrue(amount, shares)
                .map(|plan| vec![z(plan.credited), z(plan.left), z(plan.next.value), z(plan.next.surplus)]),
            must_fit: vec![(U128, formula[2].clone())],
            formula,
        }.check()?;
    }

    #[test]
    fn due_is_proved(called in word(), all in wide(), seed in any::<u128>(), paid in word()) {
        let all = all.max(1);
        let shares = part(all, seed);
        let call = Assessment { shares: all, called, ..Assessment::default() };
        Case {
            name: ("assessment", "due"),
            coq: format!("[due {called} {all} {shares} {paid}]"),
            real: call.due(shares, paid).map(|due| vec![z(due)]),
            formula: vec![formula::due(&z(called), &z(all), &z(shares), &z(paid))],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn plan_draw_is_proved(
        asked in word(), first_loss in word(), caps in [word(), word(), word()],
        coinsurance in 0u16..=10_000,
    ) {
        let [left, per_draw, room] = caps;
        let purse = Purse { first_loss, left, per_draw, room, coinsurance: Bps(coinsurance) };
        let caps = [z(first_loss), z(left), z(per_draw), z(room)];
        let formula = formula::plan_draw(&z(asked), &caps, &z(coinsurance));
        Case {
            name: ("covers", "plan_draw"),
            coq: format!(
                "(let d := plan_draw {asked} {{| first_loss := {first_loss}; left := {left}; \
                 per_draw := {per_draw}; room := {room}; coinsurance := {coinsurance} |}} in \
                 [from_first_loss d; draw_owed d])"
            ),
            real: plan_draw(asked, &purse).map(|draw| vec![z(draw.from_first_loss), z(draw.owed)]),
            formula,
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn headroom_is_proved(
        resources in word(), stress in [word(), word()], own in [word(), word()],
        limit in 1u16..=10_000,
    ) {
        let exposed = [0, 1].map(|side| Exposed { stress_loss: stress[side], contribution: own[side] });
        let numbers = exposed.map(|known| (z(known.stress_loss), z(known.contribution)));
        let coq = exposed.map(|known| {
            format!("{{| stress_loss := {}; contribution := {} |}}", known.stress_loss, known.contribution)
        });
        Case {
            name: ("covers", "headroom"),
            coq: format!("[headroom {resources} {} {} {limit}]", coq[0], coq[1]),
            real: headroom(resources, &exposed, Bps(limit)).map(|room| vec![z(room)]),
            formula: vec![formula::headroom(&z(resources), &numbers, &z(limit))],
            must_fit: vec![],
        }.check()?;
    }

    #[test]
    fn settle_cover_is_proved(
        book in book(), cover_owed in divisor(), seed in any::<u64>(), backing in word(),
        treasury_free in word(),
    ) {
        let owed = part_word(cover_owed, seed);
        let formula =
            formula::settle_cover(&z(owed), &z(cover_owed), &z(backing), &z(treasury_free), &numbers(&book));
        let real = settle_cover(&Settling { owed, cover_owed, backing, treasury_free, book });
        Case {
            name: ("covers", "plan_settle"),
            coq: format!(
                "(let p := plan_settle {{| owed := {owed}; cover_owed := {cover_owed}; backing := {backing}; \
                 treasury_free := {treasury_free}; book := {} |}} in \
                 [from_treasury p; from_contributions p; lapses p; \
                 contributions (book_after p); total_shares (book_after p)])",
                coq_book(&book)
            ),
            real: real.map(|p| {
                vec![
                    z(p.from_treasury), z(p.from_contributions), z(p.lapses),
                    z(p.book.contributions), z(p.book.total_shares),
                ]
            }),
            formula,
            must_fit: vec![],
        }.check()?;
    }
}

fn fields(round: &Cut) -> Vec<Z> {
    [round.loss, round.gains, round.cut, round.paid].map(Z::from).to_vec()
}
