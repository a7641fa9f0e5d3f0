//! The standing keeper of a local network, and the lines about its work.

use {
    crate::{population::Kind, progress::Progress, world::World},
    anyhow::Result,
    bulkhead_client::Address,
    bulkhead_format::thousands,
    bulkhead_keeper::{
        config::{Commitment, Config},
        engine::SendOutcome,
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

/// Age at which marks are cranked for people who look at them.
const CRANK_AFTER_SLOTS: u64 = 5;

/// The standing keeper in a thread of its own.
pub struct Standing {
    /// Ends the keeper when set to `true`.
    pub stop: watch::Sender<bool>,
    pub thread: JoinHandle<Result<()>>,
}

impl Standing {
    /// Ends the thread and returns the reason of its end.
    pub fn end(self) -> String {
        match self.thread.join() {
            Ok(Err(error)) => format!("{error:#}"),
            _ => "it has stopped".into(),
        }
    }
}

/// Starts the keeper of a world with the accounts that the world has for it.
pub fn start_keeper(world: &World) -> Result<(Standing, Receiver<(Action, SendOutcome)>)> {
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

/// Writes a line for each action of the keeper.
pub struct Teller<'a> {
    pub world: &'a World<'a>,
    pub progress: &'a Progress,
}

impl Teller<'_> {
    /// Writes the line of an action. A refusal before sending gets none: another keeper was faster.
    pub fn tell(&self, action: &Action, outcome: &SendOutcome) {
        let told = self.describe(action);
        match outcome {
            SendOutcome::Landed { .. } => self.progress.line(&format!("keeper: {told}")),
            SendOutcome::Failed { error, .. } => {
                self.progress.alert(&format!("keeper: {told}: too late, {error}"));
            }
            _ => {}
        }
    }

    /// Describes an action in words.
    pub fn describe(&self, action: &Action) -> String {
        let symbol = |market: &u16| &self.world.parameters.markets[usize::from(*market)].symbol;
        let amount = |market: &u16, lots: &u64| {
            let named = &self.world.parameters.markets[usize::from(*market)];
            let scale = 10f64.powi(named.params.lot_decimals.into());
            format!("{} lots ({} {})", thousands(*lots), *lots as f64 / scale, named.symbol)
        };
        match action {
            Action::Crank { market } => format!("marks {}", symbol(market)),
            Action::Allocate { seq, .. } => format!("allocates the loss of default {seq}"),
            Action::ReleaseCushion { seq, .. } => format!("gives back the cushion of default {seq}"),
            Action::CloseDefault { seq, .. } => format!("closes the record of default {seq}"),
            Action::AllocateResidual => "allocates the loss that belongs to no default".into(),
            Action::SettleEpoch { member, .. } => {
                format!("takes {} out of an ended epoch", self.name(member))
            }
            Action::Declare { member, .. } => {
                format!("moves {} into, out of or beyond its grace period", self.name(member))
            }
            Action::Liquidate { market, target, lots, .. } => {
                format!("takes {} from {}", amount(market, lots), self.name(target))
            }
            Action::SellExcess { market, target, lots, .. } => {
                let (amount, name) = (amount(market, lots), self.name(target));
                format!("takes {amount} that {name} holds beyond the cover limit")
            }
            Action::CallStress { member, .. } => {
                format!("starts or ends the stress call of {}", self.name(member))
            }
            Action::OpenWatch { member, .. } => format!("watches {}", self.name(member)),
            Action::EndWatch { member, .. } => format!("ends the watch on {}", self.name(member)),
            Action::BookHouse { market } => format!("looks at the house of {}", symbol(market)),
            Action::BookCrowding { market } => format!("books the crowding of {}", symbol(market)),
            Action::TakeOver { market, lots, .. } => {
                format!("buys {} from the house", amount(market, lots))
            }
            Action::FillOffer { keys, .. } => {
                format!("fills what {} has taken of {}", self.name(&keys.taker), self.name(&keys.maker))
            }
            Action::LapseTaking { keys, .. } => {
                format!("ends the taking of {} that was not filled", self.name(&keys.taker))
            }
            Action::SettleCover { cover, .. } => format!("pays what cover {cover} is owed"),
            Action::AccrueCover { cover } => format!("earns the premium of cover {cover}"),
            Action::NotePrice { market, .. } => format!("notes the price of {} for policies", symbol(market)),
            Action::StartPolicy { number, .. } => format!("puts policy {number} in force"),
            Action::SettleExpiry { .. } => "settles the policies of a day".into(),
            Action::OpenPayouts { .. } => "opens the payouts of policies".into(),
            Action::EndPayouts { .. } => "ends the payouts of policies".into(),
            Action::Enforce { member, .. } => format!("collects the amount that {} owes", self.name(member)),
            Action::OpenGainsCut { .. } => "opens a gains cut".into(),
            Action::RegisterGains { member, .. } => format!("registers the gain of {}", self.name(member)),
            Action::CutGains => "cuts gains, or begins the wind-down".into(),
            Action::PayClaim { member } => format!("pays the registered gain of {}", self.name(member)),
            Action::CollectPremium { market } => format!("collects the premiums of {}", symbol(market)),
            Action::CloseMarket { market } => format!("announces the end of {}", symbol(market)),
            Action::FixFinalMark { market } => format!("fixes the final mark of {}", symbol(market)),
            Action::CloseOut { member, .. } => format!("closes {} out", self.name(member)),
            Action::PayOut { member } => format!("pays the claim of {}", self.name(member)),
            Action::Settle { market, members, .. } => {
                format!("settles {} positions in {}", members.len(), symbol(market))
            }
        }
    }

    /// Describes a member in words. A member that joined after the set-up has no number.
    pub fn name(&self, member: &Address) -> String {
        match self.world.numbers.get(member) {
            Some(number) => format!("{} {number}", self.world.wallets[*number].kind.name()),
            None => member.to_string(),
        }
    }
}
