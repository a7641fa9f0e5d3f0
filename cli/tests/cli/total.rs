//! A loss larger than the default fund, by command line: the share epoch ends, survivors are
//! assessed, and gains are cut once the houses are sold.

use {
    crate::rig::{with_rig, Rig},
    bulkhead_client::Address,
};

const HOUR: i64 = 60 * 60;

#[test]
fn a_total_loss_runs_through_all_layers() {
    with_rig(|rig| {
        let first = rig.world.oracles.quotes();
        // The collateral is nearly worthless, so the loans on it are lost.
        rig.quote(&first, 50);
        rig.json(&["crank"], 0);
        rig.pass(HOUR);
        rig.json(&["crank"], 0);
        rig.pass(60);
        default_all(rig);
        let book = rig.book();
        assert_eq!((book.fund.contributions, book.fund.share_epoch), (0, 1), "the default fund is gone");
        rig.fails(&["open-gains-cut"], 1, "AssessmentOpen: ");

        // Layer 5: from margin above initial margin.
        let can_pay = |address: &Address| {
            let book = rig.book();
            let member = &book.members[address];
            let free = book.risk(member).unwrap().free(member.margin).unwrap();
            free > 0 && book.assessment_due(member).unwrap() > 0
        };
        let called: Vec<Address> = book.members.keys().copied().collect();
        let mut paid = 0;
        for member in called {
            let address = member.to_string();
            let ended = rig.book().members[&member];
            if ended.share_epoch == 0 && !ended.shares.is_zero() {
                assert_eq!(rig.json(&["member", &address], 0)["contribution"], "0");
                rig.does(&["settle-epoch", &address], "EpochSettled");
            }
            if can_pay(&member) {
                rig.does(&["enforce-call", &address], "AssessmentPaid");
                paid += 1;
            }
        }
        assert!(paid > 0, "nobody was assessed");

        // Layer 6 waits for the houses.
        rig.pass(HOUR + 1);
        assert!(rig.book().fund.residual > 0, "the assessments have paid everything");
        rig.fails(&["open-gains-cut"], 1, "HouseNotSold: ");
        rig.fails(&["cut-gains"], 1, "NothingToAllocate: ");
    });
}

/// Takes every member below zero into grace, into default, and through the waterfall.
fn default_all(rig: &Rig) {
    let below = |rig: &Rig| {
        let book = rig.book();
        let mut members = book.members.iter().filter(|(_, member)| member.has_positions());
        let found = members.find(|(_, member)| {
            book.risk_of_default(member).unwrap().equity_favourable(member.margin).unwrap() < 0
        });
        found.map(|(address, _)| address.to_string())
    };
    let mut seq = 0;
    while let Some(member) = below(rig) {
        rig.does(&["declare-default", &member], "GraceStarted");
        rig.pass(15);
        rig.does(&["declare-default", &member], "DefaultDeclared");
        rig.json(&["allocate-loss", &seq.to_string()], 0);
        seq += 1;
    }
    assert!(seq > 0, "nobody is below zero");
}
