//! The report of every default: opened when the default is declared, completed when its loss is
//! allocated.

use {
    super::Recorder,
    crate::{
        checks::Haircut,
        report::{DefaultReport, PositionReport},
    },
    anyhow::Result,
    bulkhead_client::{state::DefaultRecord, Address},
    bulkhead_format::{money, parts_per_million},
};

impl Recorder<'_> {
    /// Opens the report of a default with the figures of its record at the declaration.
    pub(super) fn default_report(&self, seq: u64, member: &Address) -> Result<DefaultReport> {
        let record = self.world.chain.record(&self.world.keys, seq)?;
        let held = &record.positions[..usize::from(record.positions_len)];
        let number = self.world.numbers[member];
        Ok(DefaultReport {
            seq,
            member: number,
            kind: self.world.wallets[number].kind.name(),
            declared_utc: self.utc(),
            positions: held
                .iter()
                .map(|held| PositionReport {
                    market: self.world.parameters.markets[usize::from(held.market)].symbol.clone(),
                    lots: held.lots,
                    price: held.price,
                })
                .collect(),
            from_margin: record.from_margin,
            shortfall: record.shortfall,
            from_set_off: record.from_claim + record.from_rewards + record.from_recoveries,
            from_contribution: record.from_contribution,
            cushion: record.cushion,
            given_back: 0,
            from_treasury: 0,
            from_survivors: 0,
            from_cushions: 0,
            residual: 0,
            bounties: record.bounties,
            contributions_before: 0,
            haircut_ppm: 0,
            worst_deviation_micro: 0,
        })
    }

    /// Completes the report of a default with its allocated loss.
    pub(super) fn book_default(&mut self, record: &DefaultRecord, worst_deviation_micro: i64) {
        let haircut = Haircut { contributions: record.contributions_before, paid: record.from_survivors };
        let what = format!(
            "default {}: own contribution {}, cushion {}, treasury {}, survivors {} ({})",
            record.seq,
            money(record.from_contribution),
            money(record.cushion),
            money(record.from_treasury),
            money(record.from_survivors),
            parts_per_million(haircut.ppm())
        );
        self.happened("allocation", what);
        if let Some(report) = self.defaults.get_mut(&record.seq) {
            report.from_treasury = record.from_treasury;
            report.from_survivors = record.from_survivors;
            report.from_cushions = record.from_cushions;
            report.residual = record.residual;
            report.bounties = record.bounties;
            report.contributions_before = record.contributions_before;
            report.haircut_ppm = haircut.ppm();
            report.worst_deviation_micro = worst_deviation_micro;
        }
    }
}
