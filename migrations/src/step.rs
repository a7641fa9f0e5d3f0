//! Steps: each compares the wanted state with the chain, and does only the missing part.

use {
    crate::{proposal, site::Site, steps},
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{Address, Instruction},
    bulkhead_format::thousands,
    solana_signer::Signer,
};

/// Lamports that transactions may cost besides rent.
const FEES: u64 = 10_000_000;
const LAMPORTS_PER_SOL: f64 = 1e9;

/// The finding of a step on chain.
pub enum Found {
    /// Everything is as wanted.
    Done(String),
    /// Something is missing or different.
    Open(Work),
    /// The step goes on when time has passed.
    Waiting(String),
}

/// The work of a step.
#[derive(Default)]
pub struct Work {
    /// The differences, one line each.
    pub changes: Vec<String>,
    /// Transactions, in order.
    pub calls: Vec<Vec<Instruction>>,
    /// Lamports that new accounts need.
    pub rent: u64,
}

impl Work {
    /// Lamports that it costs: rents, and what its transactions may cost.
    fn needed(&self) -> u64 {
        self.rent.saturating_add(FEES)
    }
}

/// One of the numbered steps.
pub trait Step {
    fn name(&self) -> &'static str;
    /// Compares the chain with the wanted state.
    fn look(&self, site: &Site) -> Result<Found>;
    /// Does the work before the calls that is more than calls.
    fn prepare(&self, _site: &Site) -> Result<()> {
        Ok(())
    }
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All steps are done.
    Done,
    /// Some steps are not done, which is no failure.
    Open,
}

/// Takes the steps up to `until`, as far as possible now. A dry run only looks.
pub fn run(site: &Site, until: usize, is_dry: bool) -> Result<End> {
    let (mut end, mut needed) = (End::Done, 0);
    for (index, step) in steps::all().iter().enumerate().take(until) {
        let number = index + 1;
        let title = format!("{number} {}", step.name());
        let in_step = || format!("step {title}");
        match step.look(site).with_context(in_step)? {
            Found::Done(says) => say(&format!("{title}: done, {says}")),
            Found::Waiting(why) => {
                say(&format!("{title}: waits, {why}"));
                end = End::Open;
            }
            Found::Open(work) => {
                say(&format!("{title}: to do"));
                work.changes.iter().for_each(|change| say(&format!("    {change}")));
                if is_dry {
                    needed += work.needed();
                    say(&format!("    needs about {} SOL", sol(work.needed())));
                }
                let is_done = !is_dry && take(site, step.as_ref(), &title, work).with_context(in_step)?;
                if !is_done {
                    end = End::Open;
                }
            }
        }
        // Later steps build on this one.
        if end == End::Open && !is_dry {
            break;
        }
    }
    if needed > 0 {
        let balance = site.cluster.balance(&site.payer().pubkey())?;
        say(&budget(&site.payer().pubkey(), needed, balance));
    }
    Ok(end)
}

/// What the steps that are to do need, beside what the payer has.
fn budget(payer: &Address, needed: u64, balance: u64) -> String {
    let missing = match needed.saturating_sub(balance) {
        0 => "which is enough".to_owned(),
        missing => format!("send it at least {} more", sol(missing)),
    };
    format!(
        "in all about {} SOL, rents and transactions: the payer {payer} has {}, {missing}",
        sol(needed),
        sol(balance)
    )
}

/// Takes one step. Returns whether it is done now.
fn take(site: &Site, step: &dyn Step, title: &str, work: Work) -> Result<bool> {
    let (payer, needed) = (site.payer().pubkey(), work.needed());
    let balance = site.cluster.balance(&payer)?;
    ensure!(
        balance >= needed,
        "the payer {payer} has {} SOL, this needs about {}: send it at least {} more and run this again",
        sol(balance),
        sol(needed),
        sol(needed - balance.min(needed))
    );
    step.prepare(site)?;
    let mut proposed = 0;
    for call in &work.calls {
        match site.signers(call) {
            Some(signers) if proposed == 0 => {
                let signature = site.cluster.send(call, &signers)?;
                say(&format!("    sent {signature}"));
            }
            Some(_) => say("  then with keys that are here: run this again"),
            None => {
                proposed += 1;
                say(&format!("  to propose, {proposed}:"));
                let (present, absent) = site.wanted(call);
                let lines = proposal::lines(call, &absent, &present);
                lines.iter().for_each(|line| say(&format!("    {line}")));
            }
        }
    }
    if proposed > 0 {
        say(&format!(
            "{title}: waits, propose {} above, in this order, and run this again once executed",
            thousands(proposed)
        ));
        return Ok(false);
    }
    match step.look(site)? {
        Found::Done(says) => say(&format!("{title}: done, {says}")),
        Found::Waiting(why) => {
            say(&format!("{title}: waits, {why}"));
            return Ok(false);
        }
        Found::Open(work) => bail!("it was done and is not: {}; run this again", work.changes.join("; ")),
    }
    Ok(true)
}

/// Writes a line. A deployment goes on when nobody reads what it says any more.
pub fn say(line: &str) {
    let _ = bulkhead_format::print(&format!("{line}\n"));
}

fn sol(lamports: u64) -> String {
    format!("{:.4}", lamports as f64 / LAMPORTS_PER_SOL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_what_its_payer_lacks() {
        let payer = Address::new_from_array([7; 32]);
        let says = |balance: u64| budget(&payer, 3_210_000_000, balance);
        assert!(says(3_210_000_000).ends_with("has 3.2100, which is enough"));
        let short = says(1_000_000_000);
        assert!(
            short.starts_with("in all about 3.2100 SOL") && short.contains(&payer.to_string()),
            "{short}"
        );
        assert!(short.ends_with("has 1.0000, send it at least 2.2100 more"), "{short}");
    }
}
