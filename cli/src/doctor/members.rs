//! Checks members, and whether somebody does a keeper's work.

use {
    super::Findings,
    crate::{
        scales::Scales,
        session::symbol,
        standing::{Standing, Verdict},
        text::Tone,
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_client::Address,
};

/// Most members that a finding names.
const NAMED: usize = 3;
/// The keeper of this repository cranks each market after 150 slots. After twice as many, nobody does.
pub(super) const SILENT_SLOTS: u64 = 300;

/// Checks that no member is insolvent or can be liquidated, at the prices that a transaction would have.
pub(super) fn solvency(found: &mut Findings, book: &Book) -> Result<()> {
    let (cranked, scales) = (book.clone().cranked(), Scales::of(book));
    let mut judged: Vec<(Address, Standing)> = Vec::new();
    for (address, member) in cranked.members.iter().filter(|(_, member)| member.has_positions()) {
        judged.push((member.owner, Standing::of(&cranked, address, member)?));
    }
    for (what, verdicts, tone) in [
        ("insolvent members", &[Verdict::Insolvent, Verdict::Declarable][..], Tone::Bad),
        ("members below maintenance", &[Verdict::Liquidatable], Tone::Warn),
    ] {
        let them: Vec<_> =
            judged.iter().filter(|(_, standing)| verdicts.contains(&standing.verdict)).collect();
        if them.is_empty() {
            found.note(what, Tone::Good, "none");
            continue;
        }
        let each = them.iter().take(NAMED).map(|(owner, standing)| {
            format!("{owner}, {}: equity {}", standing.verdict.says(), standing.equity_says(&scales))
        });
        let mut says = format!("{}: {}", them.len(), each.collect::<Vec<_>>().join("; "));
        if them.len() > NAMED {
            says.push_str("; `bulkhead members` shows all");
        }
        found.note(what, tone, says);
    }
    Ok(())
}

/// Checks that somebody cranks, and allocates the losses of defaults.
pub(super) fn keeper(found: &mut Findings, book: &Book) {
    let scales = Scales::of(book);
    let mut idle = Vec::new();
    for market in book.markets.iter().filter(|market| book.can_crank(market.index)) {
        let slots = book.slot.saturating_sub(market.mark.slot);
        if slots > SILENT_SLOTS {
            let name = symbol(&market.oracle.feed_id, market.index);
            let since =
                if market.mark.slot == 0 { "ever".into() } else { format!("for {}", scales.slots(slots)) };
            idle.push(format!("nobody has cranked {name} {since}"));
        }
    }
    for record in book.open_records() {
        let slots = book.slot.saturating_sub(record.declared_slot);
        if slots > SILENT_SLOTS {
            idle.push(format!("default {} has not been allocated for {}", record.seq, scales.slots(slots)));
        }
    }
    let says = match idle.is_empty() {
        true => "somebody cranks, and no default waits".into(),
        false => format!("no keeper seems to run: {}", idle.join("; ")),
    };
    found.check("keeper", idle.is_empty(), Tone::Warn, says);
}
