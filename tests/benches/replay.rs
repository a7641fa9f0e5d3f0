//! A call repeated on a stage of its own: the accounts it names are copied there as they are in the world, and the stage has
//! what program it is given at the program's address. So the floor runs on the very bytes the program does.

use {
    bulkhead_tests::{bulkhead_client::program_id, world, Address, Call, Signer, World},
    litesvm::LiteSVM,
    solana_instruction::Instruction,
    solana_message::Message,
    solana_transaction::Transaction,
    std::collections::{BTreeMap, BTreeSet},
};

/// Marks the discriminator of an instruction that the floor runs with the arithmetic of money.
const WITH_ARITHMETIC: u8 = 1 << 7;

/// A word of an account: the account, and where its word begins.
type Place = (Address, usize);

/// A chain with one program at Bulkhead's address.
pub struct Stage(LiteSVM);

/// What a call did.
pub struct Trace {
    /// Compute units.
    pub cu: u64,
    /// Calls of other programs: which, with which accounts (both by their place in the transaction), bytes of data.
    calls: Vec<(u8, Vec<u8>, usize)>,
    /// Lengths of its events, in characters of the log.
    events: Vec<usize>,
    /// Words of the program's accounts that are not what they were, as they are now.
    written: BTreeMap<Place, [u8; 8]>,
}

impl Stage {
    /// With this program.
    pub fn of(program: &str) -> Self {
        Self(world::chain_with(program))
    }

    /// Runs a call as the floor with the arithmetic of money does it.
    pub fn run_with_arithmetic(&self, world: &World, call: &Call) -> Result<Trace, String> {
        let mut instructions = call.instructions.clone();
        let own = instructions.iter_mut().filter(|instruction| instruction.program_id == program_id());
        for tag in own.filter_map(|instruction| instruction.data.first_mut()) {
            *tag |= WITH_ARITHMETIC;
        }
        self.play(world, call, &instructions)
    }

    /// Runs a call on the accounts of `world`, which stays as it is. The refusal, if it is refused.
    pub fn run(&self, world: &World, call: &Call) -> Result<Trace, String> {
        self.play(world, call, &call.instructions)
    }

    fn play(&self, world: &World, call: &Call, instructions: &[Instruction]) -> Result<Trace, String> {
        let mut svm = self.0.clone();
        svm.set_sysvar(&world.clock());
        let named: BTreeSet<Address> = call.accounts().chain([world.payer.pubkey()]).collect();
        for address in &named {
            if let Some(account) = world.account(address).filter(|account| !account.executable) {
                svm.set_account(*address, account).expect("an account can be written");
            }
        }
        let payer = world.payer.pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &svm.latest_blockhash());
        let meta = svm.send_transaction(Transaction::new_unsigned(message)).map_err(|failed| {
            format!(
                "{:?} after {} CU\n{}",
                failed.err,
                failed.meta.compute_units_consumed,
                failed.meta.logs.join("\n")
            )
        })?;
        let inner = meta.inner_instructions.iter().flatten().map(|inner| &inner.instruction);
        Ok(Trace {
            cu: meta.compute_units_consumed,
            calls: inner
                .map(|call| (call.program_id_index, call.accounts.clone(), call.data.len()))
                .collect(),
            events: meta
                .logs
                .iter()
                .filter(|line| line.starts_with("Program data: "))
                .map(String::len)
                .collect(),
            written: named.iter().flat_map(|address| written(world, &svm, address)).collect(),
        })
    }
}

/// The words of one of the program's accounts that have changed.
fn written(world: &World, svm: &LiteSVM, address: &Address) -> Vec<(Place, [u8; 8])> {
    let Some(after) = svm.get_account(address).filter(|account| account.owner == program_id()) else {
        return Vec::new();
    };
    let before = world.account(address).map_or(Vec::new(), |account| account.data);
    let word = |data: &[u8], at: usize| {
        data.get(at..at + 8).map_or([0u8; 8], |word| word.try_into().expect("8 bytes"))
    };
    let words = (0..after.data.len()).step_by(8).filter(|at| word(&before, *at) != word(&after.data, *at));
    words.map(|at| ((*address, at), word(&after.data, at))).collect()
}

impl Trace {
    /// That this trace of the floor leaves nothing out that the program did: the same calls, events of the same lengths, and
    /// every word written that the program has written.
    pub fn bounds(&self, program: &Self) -> Result<(), String> {
        if self.calls != program.calls {
            return Err(format!("it calls {:?}, the program {:?}", self.calls, program.calls));
        }
        if self.events != program.events {
            return Err(format!("it logs {:?} characters, the program {:?}", self.events, program.events));
        }
        let missing: Vec<_> =
            program.written.keys().filter(|place| !self.written.contains_key(place)).collect();
        if !missing.is_empty() {
            return Err(format!("it leaves words alone that the program writes: {missing:?}"));
        }
        Ok(())
    }
    /// That this trace of the floor with arithmetic has in addition computed the same: each word that the program has
    /// written is what the program wrote there.
    pub fn agrees(&self, program: &Self) -> Result<(), String> {
        self.bounds(program)?;
        let shown = |(place, word): (&Place, &[u8; 8])| {
            let (is, should) = (self.written[place], *word);
            let [is, should] = [is, should].map(u64::from_le_bytes);
            (is != should).then(|| format!("{} at {}: {is:#x}, the program {should:#x}", place.0, place.1))
        };
        let wrong: Vec<String> = program.written.iter().filter_map(shown).collect();
        if !wrong.is_empty() {
            return Err(format!("it computes something else:\n{}", wrong.join("\n")));
        }
        Ok(())
    }
}
