//! The two largest exposures the fund knows of: docs/cover.md.

use crate::{
    number::{part, Int},
    reason::Reason,
    risk::Risk,
    state::{Exposure, MemberStatus, Model},
};

impl Model {
    /// What a member endangers; noted.
    pub(crate) fn expose(&mut self, name: &str, risk: &Risk) -> Exposure {
        let stress_loss = risk.stress_loss(self.members[name].margin);
        let seen = Exposure { member: name.into(), contribution: self.contribution(name), stress_loss };
        self.note_exposure(seen.clone());
        seen
    }

    /// Who is in the table stays with what it endangers now, until that is nothing; who is not takes the place of the smaller one.
    fn note_exposure(&mut self, seen: Exposure) {
        let known =
            self.exposures.iter().position(|known| known.as_ref().is_some_and(|known| known.member == seen.member));
        let of = |place: usize| self.exposures[place].as_ref().map_or(0, |known| known.stress_loss);
        let smaller = usize::from(of(1) < of(0));
        match known {
            Some(place) if seen.stress_loss == 0 => self.exposures[place] = None,
            Some(place) => self.exposures[place] = Some(seen),
            None if seen.stress_loss > of(smaller) => self.exposures[smaller] = Some(seen),
            None => {}
        }
    }

    /// Without positions nothing is endangered.
    pub(crate) fn forget_exposure(&mut self, name: &str) {
        self.note_exposure(Exposure { member: name.into(), contribution: 0, stress_loss: 0 });
    }

    /// One in the table has contributed so much more.
    pub(crate) fn note_contribution(&mut self, name: &str, added: Int) {
        for known in self.exposures.iter_mut().flatten().filter(|known| known.member == name) {
            known.contribution = (known.contribution + added).max(0);
        }
    }

    /// 4: what one member may endanger of these resources, rounded down in favour of the others.
    fn cover_limit(&self, mutual: Int) -> Int {
        part(mutual, self.params.cover_limit_bps).down()
    }

    /// 4
    pub(crate) fn require_covers(&mut self, seen: &Exposure) {
        let mutual = self.treasury + self.contributions - seen.contribution;
        self.require(seen.stress_loss <= self.cover_limit(mutual), Reason::CoverLimitExceeded);
    }

    /// 12: with so much of a leaver's contribution gone, each exposure known, but for its own, is covered.
    pub(crate) fn covers_two_without(&self, leaver: &str, amount: Int) -> bool {
        self.exposures.iter().flatten().filter(|known| known.member != leaver).all(|known| {
            let others = (self.contributions - amount - known.contribution).max(0);
            known.stress_loss <= self.cover_limit(self.treasury + others)
        })
    }

    /// `report_exposure`
    pub(crate) fn report_exposure(&mut self, name: &str) {
        self.require(self.members[name].status != MemberStatus::Defaulted, Reason::MemberInDefault);
        let risk = self.risk(name);
        self.expose(name, &risk);
    }
}
