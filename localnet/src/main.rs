use {
    anyhow::Result,
    bulkhead_localnet::{
        keeper::Watch, migration::Parameters, plan::{Action, Policy}, population, progress::Progress, pyth, scenario,
        validator::{program_file, Time, Validator}, world::{payer, World},
    },
    std::time::Instant,
};

struct Silent;
impl Watch for Silent {
    fn before_allocation(&mut self) -> Result<()> { Ok(()) }
    fn done(&mut self, action: &Action, outcome: &bulkhead_localnet::chain::Outcome) -> Result<()> {
        println!("{action:?} {:?}", outcome.failure);
        Ok(())
    }
}

fn main() -> Result<()> {
    let members: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(30);
    let t = Instant::now();
    let scenario = scenario::load("2025-10-10")?;
    let parameters = Parameters::bundled()?;
    let validator = Validator::boot(&payer(1))?;
    println!("boot {:?}", t.elapsed());
    let slot = validator.time().slot;
    validator.set_time(Time { slot: slot + 2, unix_ms: scenario.start_ts * 1000 - 3_600_000 })?;
    validator.deploy(&program_file()?)?;
    println!("deployed {:?}", t.elapsed());
    let ticks = scenario.ticks();
    let decimals = [8, 8, 8];
    let quotes = pyth::quotes(&ticks[0].usd, &ticks[0], &decimals);
    let population = population::draw(&parameters, &quotes, members, 1)?;
    let mut world = World::found(&validator, parameters, &quotes, 1)?;
    println!("founded {:?}", t.elapsed());
    let progress = Progress::new(false);
    world.join(&population, 1, &progress)?;
    println!("joined {:?}", t.elapsed());
    world.trade(&population, &progress)?;
    println!("traded {:?}", t.elapsed());
    let round = world.keeper(Policy::default()).round(&mut Silent)?;
    println!("{round:?} {:?}", t.elapsed());
    println!("{}", serde_json::to_string_pretty(&world.chain.ledger())?);
    Ok(())
}
