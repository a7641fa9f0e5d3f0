//! What comes later, once before it has to: an upgrade, changes, a thief, new parties.

use {
    super::{
        deploy::{built, edit_fund, migrate, take_hashes, verify, write_profile, BUILDS, TIME_LOCK},
        operate::{audit, doctor},
        people::{deposit, give_notice, wait},
        Walk,
    },
    crate::{
        commands::{ACCEPT, APPLY, BUILD, CHANGES, FUND, GUARDIAN, OFFER, PAUSE, QUEUE, VETO},
        party::Party,
    },
    anyhow::{ensure, Context, Result},
    serde_json::Value,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{fs, io::Write, path::PathBuf, rc::Rc},
};

/// The notice period that is announced: six days for seven.
const NOTICE_SECS: &str = "518400";
/// What is left of a day, the notice period and the claim window after the member has left.
const REST: &str = "2d";
/// An hour's pause.
const PAUSE_SECS: &str = "3600";
/// What a member pays in to show that the fund goes on.
const MORE: &str = "500";

pub(super) fn upgrade(walk: &mut Walk) -> Result<()> {
    let (before, folder) = (walk.hashes.clone(), PathBuf::from(walk.place.file("next")));
    if walk.options.short {
        fs::create_dir(&folder)?;
        for name in BUILDS {
            fs::copy(built(walk).join(name), folder.join(name))?;
        }
        // Behind the sections they change nothing that runs.
        let next = fs::OpenOptions::new().append(true).open(folder.join(BUILDS[0]));
        next?.write_all(b"the next release")?;
        walk.teller.not_rehearsed(
            "short form: a build of changed source. Bytes behind the fund's program stand for it, and the \
             program of claims stays",
        );
    } else {
        let next = folder.display().to_string();
        walk.run_with(BUILD, &[], &["--changed", &next])?.expect(0)?;
    }
    take_hashes(walk, &folder)?;
    let new = walk.hashes.iter().zip(&before).filter(|(new, old)| new != old).count();
    let wanted = if walk.options.short { 1 } else { BUILDS.len() };
    ensure!(new == wanted, "{new} programs of the second build are new, not {wanted}");
    walk.runner.export("SBF_OUT_DIR", folder.display().to_string());
    write_profile(walk, None)?;
    migrate(walk)?;
    let url = walk.place.doors.rpc_url();
    verify(walk, &url)?;
    deposit(walk, MORE)?;
    walk.teller.seen(format!("the member pays {MORE} more into the fund"));
    Ok(())
}

/// The changes that wait: number and subject.
fn changes(walk: &mut Walk) -> Result<Vec<(String, String)>> {
    let json = walk.json(CHANGES, &[])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = json["changes"].as_array().context("the changes are no list")?;
    Ok(all.iter().map(|change| (text(&change["number"]), text(&change["of"]))).collect())
}

/// The number of the change that waits since `before` was read.
fn announced(walk: &mut Walk, before: &[(String, String)]) -> Result<String> {
    let now = changes(walk)?;
    let new: Vec<&(String, String)> = now.iter().filter(|change| !before.contains(change)).collect();
    ensure!(new.len() == 1, "one change was announced, and {} are new", new.len());
    let (number, subject) = new[0];
    walk.teller.seen(format!("change {number} {subject} waits"));
    Ok(number.clone())
}

pub(super) fn announce(walk: &mut Walk) -> Result<()> {
    let (authority, guardian) = (walk.authority()?, walk.guardian()?);
    walk.govern(&authority, QUEUE, &[("SECONDS", NOTICE_SECS)])?;
    let number = announced(walk, &[])?;
    walk.waiting.push(number);
    // Otherwise the next run of migrate would take it back.
    edit_fund(walk, "notice_secs = 604_800", &format!("notice_secs = {NOTICE_SECS}"))?;

    stolen(walk, &authority, &guardian)?;

    let next = walk.party("guardian-next", None)?;
    let before = changes(walk)?;
    let address = next.address.to_string();
    walk.govern(&authority, GUARDIAN, &[("ADDRESS", &address)])?;
    let number = announced(walk, &before)?;
    walk.waiting.push(number);
    walk.next_guardian = Some(next);
    give_notice(walk)
}

/// A thief has the authority, and wants the guardian's place; the guardian pauses, and vetoes.
fn stolen(walk: &mut Walk, authority: &Rc<Party>, guardian: &Rc<Party>) -> Result<()> {
    let before = changes(walk)?;
    let thief = Keypair::new().pubkey().to_string();
    walk.teller.seen(format!("a thief who has the authority wants {thief} as guardian"));
    walk.govern(authority, GUARDIAN, &[("ADDRESS", &thief)])?;
    let number = announced(walk, &before)?;
    walk.govern(guardian, PAUSE, &[("SECONDS", PAUSE_SECS)])?;
    walk.govern(guardian, VETO, &[("NUMBER", &number)])?;
    let left = changes(walk)?;
    ensure!(left == before, "after the veto {left:?} wait, and before the theft {before:?}");
    walk.teller.seen(format!("change {number} is gone, and the team's own still waits"));
    Ok(())
}

pub(super) fn apply(walk: &mut Walk) -> Result<()> {
    wait(walk, REST)?;
    let authority = walk.authority()?;
    for number in std::mem::take(&mut walk.waiting) {
        walk.govern(&authority, APPLY, &[("NUMBER", &number)])?;
    }
    walk.guardian = walk.next_guardian.take();
    let guardian = walk.guardian()?.address.to_string();
    let fund = walk.json(FUND, &[])?;
    ensure!(fund["guardian"] == guardian.as_str(), "the guardian is {}", fund["guardian"]);
    let notice = fund["parameters"]["notice_secs"].to_string();
    ensure!(notice.trim_matches('"') == NOTICE_SECS, "the notice period is {notice}");
    let left = changes(walk)?;
    ensure!(left.is_empty(), "{left:?} still wait");
    walk.teller.seen(format!("the guardian is {guardian}, the notice period {NOTICE_SECS} s"));
    Ok(())
}

pub(super) fn lost_key(walk: &mut Walk) -> Result<()> {
    let authority = walk.authority()?;
    walk.authority = Some(walk.replace(&authority, "authority-4.json")?);
    walk.teller.seen("from here on the new key proposes and approves");
    Ok(())
}

pub(super) fn hand_over(walk: &mut Walk) -> Result<()> {
    let (old, guardian) = (walk.authority()?, walk.guardian()?);
    let next = walk.party("authority-next", Some(TIME_LOCK))?;
    let address = next.address.to_string();
    walk.govern(&old, OFFER, &[("ADDRESS", &address)])?;
    let other = guardian.address.to_string();
    let refused = walk.run_with(ACCEPT, &[("VAULT", &other)], &[])?.expect(1)?;
    let refused = refused.says("the authority is offered to")?;
    walk.teller.seen(format!("nobody else takes it: {}", refused.err.trim()));
    walk.govern(&next, ACCEPT, &[])?;
    let fund = walk.json(FUND, &[])?;
    ensure!(fund["authority"] == address.as_str(), "the authority is {}", fund["authority"]);

    // The programs are still the old one's to upgrade: migrate prints what it has to sign.
    let creator = old.address.to_string();
    walk.guardian = Some(guardian.clone());
    let profiled = walk.authority.replace(next);
    write_profile(walk, Some(&creator))?;
    walk.leaving = profiled;
    migrate(walk)?;
    walk.leaving = None;
    let url = walk.place.doors.rpc_url();
    verify(walk, &url)
}

pub(super) fn end(walk: &mut Walk) -> Result<()> {
    audit(walk)?;
    doctor(walk, &[])?;
    let url = walk.place.doors.rpc_url();
    verify(walk, &url)
}
