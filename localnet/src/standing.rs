//! The standing keeper of a local network, and what is told of its work.

use {
    crate::{population::Kind, progress::Progress, world::World},
    anyhow::Result,
    bulkhead_client::Address,
    bulkhead_keeper::{
        config::{Commitment, Config},
        engine::Fate,
        plan::Action,
        service::Service,
        start::start_with,
    },
    solana_keypair::Keypair,
    std::{
        sync::mpsc::{channel, Receiver},
        thread::JoinHandle,
    },
    tokio::sync::watch,
};

/// Marks older than this are cranked, for whoever looks at them.
const CRANK_AFTER_SLOTS: u64 = 5;

/// The standing keeper, in a thread of its own.
pub struct Standing {
    /// Ends it.
    pub stop: watch::Sender<bool>,
    /// Where it runs.
    pub thread: JoinHandle<Result<()>>,
}

impl Standing {
    /// Why it has ended.
    pub fn end(self) -> String {
        match self.thread.join() {
            Ok(Err(error)) => format!("{error:#}"),
            _ => "it has stopped".into(),
        }
    }
}

/// Starts the keeper of a world, with the accounts that are there for it.
pub fn start_keeper(world: &World) -> Result<(Standing, Receiver<(Action, Fate)>)> {
    let mut config =
        Config::of(world.validator.rpc_url(), world.validator.ws_url(), &world.keys.fund.to_string());
    config.cluster.commitment = Commitment::Processed;
    config.policy.crank_after_slots = CRANK_AFTER_SLOTS;
    let bounty = world.wallets.iter().find(|wallet| wallet.kind == Kind::Bounty);
    config.keys.bounty = bounty.map(|wallet| wallet.member.to_string()).unwrap_or_default();
    let keepers = world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper);
    let members: Vec<Keypair> = keepers.map(|wallet| wallet.key.insecure_clone()).collect();
    let payer = world.payer.insecure_clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (tell, told) = channel();
    let service = runtime.block_on(async {
        let setup = start_with(config, payer, members, false).await?;
        anyhow::Ok(Service::new(setup).await?.tell(tell))
    })?;
    let (stop, stopped) = watch::channel(false);
    let thread = std::thread::Builder::new()
        .name("keeper".into())
        .spawn(move || runtime.block_on(service.run(stopped)))?;
    Ok((Standing { stop, thread }, told))
}

/// Tells what the keeper does.
pub struct Teller<'a> {
    /// Whose names are told.
    pub world: &'a World<'a>,
    /// Where.
    pub progress: &'a Progress,
}

impl Teller<'_> {
    /// What was refused before it was sent is not worth a line: somebody was faster.
    pub fn tell(&self, action: &Action, fate: &Fate) {
        let told = self.describe(action);
        match fate {
            Fate::Landed { .. } => self.progress.line(&format!("keeper: {told}")),
            Fate::Failed { error } => self.progress.alert(&format!("keeper: {told}: failed, {error}")),
            _ => {}
        }
    }

    /// In words.
    pub fn describe(&self, action: &Action) -> String {
        let symbol = |market: &u16| &self.world.parameters.markets[usize::from(*market)].symbol;
        match action {
            Action::Crank { market } => format!("marks {}", symbol(market)),
            Action::Allocate { seq, .. } => format!("allocates the loss of default {seq}"),
            Action::AllocateResidual => "allocates what no default owns".into(),
            Action::SettleEpoch { member, .. } => {
                format!("takes {} out of an ended epoch", self.name(member))
            }
            Action::Declare { member, .. } => {
                format!("moves {} into, out of or beyond its grace period", self.name(member))
            }
            Action::Liquidate { market, target, lots, .. } => {
                format!("takes {lots} lots of {} from {}", symbol(market), self.name(target))
            }
            Action::TakeOver { market, lots, .. } => {
                format!("buys {lots} lots of {} from the house", symbol(market))
            }
            Action::Enforce { member, .. } => format!("collects what {} is called for", self.name(member)),
            Action::Haircut { .. } => "cuts gains, or begins the wind-down".into(),
            Action::CollectPremium { market } => format!("collects the premiums of {}", symbol(market)),
            Action::FixFinalMark { market } => format!("fixes the final mark of {}", symbol(market)),
            Action::CloseOut { member, .. } => format!("closes {} out", self.name(member)),
            Action::PayOut { member } => format!("pays the claim of {}", self.name(member)),
            Action::Settle { market, members } => {
                format!("settles {} positions in {}", members.len(), symbol(market))
            }
        }
    }

    /// The keeper serves everybody: also who opened an account after the set-up.
    /// A member in words.
    pub fn name(&self, member: &Address) -> String {
        match self.world.numbers.get(member) {
            Some(number) => format!("{} {number}", self.world.wallets[*number].kind.name()),
            None => member.to_string(),
        }
    }
}
