//! The books: properties P1 to P3 as they must hold after every action (section 12).

use crate::{
    number::Int,
    state::{DefaultRecord, Model},
};

impl Model {
    /// Money that the vault owes: the sum of all buckets.
    pub fn owed(&self) -> Int {
        self.margin_total()
            + self.contributions
            + self.cushions()
            + self.treasury
            + self.rewards_unclaimed
            + self.rewards_streaming
            + self.pool
            + self.recoveries
            + self.cover_reserve()
    }

    /// Raw quote of a market over members, house and premium.
    fn raw_of(&self, market: usize) -> Int {
        let held = self.members.values().filter_map(|member| member.held(market));
        held.map(|held| held.raw).sum::<Int>()
            + self.markets[market].house_raw
            + self.markets[market].premium_raw
    }

    /// Sentences about every property that does not hold.
    pub fn broken(&self) -> Vec<String> {
        let mut found = vec![];
        let mut check = |holds: bool, what: String| {
            if !holds {
                found.push(what);
            }
        };
        check(
            self.vault >= self.owed(),
            format!("P1: the vault holds {} and owes {}", self.vault, self.owed()),
        );
        let buckets = [self.contributions, self.treasury, self.rewards_unclaimed, self.rewards_streaming];
        let more = [self.pool, self.recoveries, self.residual];
        check(buckets.iter().chain(&more).all(|bucket| *bucket >= 0), format!("P1: {buckets:?} {more:?}"));
        let worth: Int = self.members.keys().map(|name| self.contribution(name)).sum();
        check(worth <= self.contributions, format!("P1: shares are worth {worth} of {}", self.contributions));
        for (number, round) in &self.rounds {
            let holds = |record: &&DefaultRecord| record.cushion_units > 0 && record.round <= *number;
            let held = self.defaults.values().filter(holds).count();
            check(round.money >= 0 && round.units >= 0, format!("P1: round {number} has {round:?}"));
            check(round.money == 0 || held > 0, format!("P1: round {number} is nobody's"));
            let worth = if *number < self.round { round.worth_of(round.units) } else { 0 };
            check(worth <= round.money, format!("P1: round {number} of {} is worth {worth}", round.money));
        }
        for (number, round) in &self.cut_rounds {
            let gains: Int = self.claims_of(*number).map(|claim| claim.gain).sum::<Int>() + round.gone;
            check(
                round.is_cut || gains == round.gains,
                format!("P1: gains of {gains} in round {number}: {round:?}"),
            );
            let left: Int = self.claims_of(*number).map(|claim| self.left_of(&claim)).sum();
            check(left <= round.owed(), format!("P1: claims of {left} in round {number}: {round:?}"));
        }
        let of_covers = [self.broken_covers(), self.broken_policies(), self.broken_claims()];
        of_covers.into_iter().flatten().for_each(|what| check(false, what));
        for (name, member) in &self.members {
            check(member.margin >= 0, format!("P1: {name} has a margin of {}", member.margin));
            check(
                member.shares >= member.notice_shares,
                format!("P1: {name} asks for more shares than it has"),
            );
            let mut held: Vec<usize> =
                member.positions.iter().filter(|held| !held.is_free()).map(|held| held.market).collect();
            let count = held.len();
            held.sort_unstable();
            held.dedup();
            check(count == held.len(), format!("{name} holds a market twice"));
        }
        for (index, market) in self.markets.iter().enumerate() {
            let lots: Int = self.members.values().map(|member| member.lots(index)).sum();
            check(lots + self.house_lots(index) == 0, format!("P2: market {index}"));
            check(
                self.raw_of(index) % market.scale == 0,
                format!("P3: market {index} has a fraction of a unit"),
            );
        }
        let sum: Int =
            self.markets.iter().enumerate().map(|(index, market)| self.raw_of(index) / market.scale).sum();
        let expected = self.pool + self.unfunded() - self.claims();
        let sum = sum + self.house_sum;
        check(
            sum == expected,
            format!("P3: positions of {sum}, pool and unfunded less claims of {expected}"),
        );
        found
    }
}
