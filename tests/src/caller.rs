//! Calls by way of another program, `crates/sbf-caller`: what an integrator sends, or an attacker who writes programs.

use {
    crate::{
        call::Call,
        keys::address,
        world::{built, World},
    },
    litesvm::LiteSVM,
    sbf_caller::{FORWARD, SEED, SIGNER, WRITABLE},
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
};

/// The calling program, somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Where.
    pub program: Address,
    /// What it signs with.
    pub pda: Address,
    bump: u8,
}

impl Default for Caller {
    /// The one that is there from the start.
    fn default() -> Self {
        Self::named("calling program")
    }
}

impl Caller {
    /// At the address of this name: the same code, but another program, with another PDA.
    pub fn named(name: &str) -> Self {
        let program = address(name);
        let (pda, bump) = Address::find_program_address(&[SEED], &program);
        Self { program, pda, bump }
    }

    /// Puts the program there.
    pub fn load(&self, svm: &mut LiteSVM) {
        let path = built("sbf_caller");
        svm.add_program_from_file(self.program, &path)
            .unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask build", path.display()));
    }

    /// One instruction of this program that makes these calls. The transaction grants what they ask for, but for the
    /// PDA's signature; the callee is told what `tell` makes of it.
    pub fn forward(&self, call: Call, tell: impl FnOnce(Call) -> Call) -> Call {
        let mut accounts = Vec::new();
        for instruction in &call.instructions {
            accounts.push(AccountMeta::new_readonly(instruction.program_id, false));
            accounts.extend(instruction.accounts.iter().map(|meta| {
                let is_signer = meta.is_signer && meta.pubkey != self.pda;
                AccountMeta { is_signer, ..meta.clone() }
            }));
        }
        let named: Vec<Address> = call.accounts().collect();
        let told = tell(call);
        assert!(told.accounts().eq(named), "a caller tells other flags, not of other accounts");
        let mut data = vec![FORWARD, self.bump];
        for instruction in &told.instructions {
            data.push(u8::try_from(instruction.accounts.len()).expect("few accounts"));
            data.extend(u16::try_from(instruction.data.len()).expect("little data").to_le_bytes());
            data.extend(instruction.accounts.iter().map(flags));
            data.extend(&instruction.data);
        }
        Call {
            instructions: vec![Instruction { program_id: self.program, accounts, data }],
            signers: told.signers,
        }
    }
}

fn flags(meta: &AccountMeta) -> u8 {
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    flag(meta.is_signer, SIGNER) | flag(meta.is_writable, WRITABLE)
}

impl Call {
    /// The same by CPI: one instruction of the calling program. Its PDA signs where it is named as a signer.
    pub fn by_cpi(self) -> Self {
        self.by_cpi_telling(|call| call)
    }

    /// The same, and the callee is told what `tell` makes of it: other flags than the transaction grants.
    pub fn by_cpi_telling(self, tell: impl FnOnce(Self) -> Self) -> Self {
        Caller::default().forward(self, tell)
    }
}

impl World {
    /// Loads another calling program.
    pub fn load(&mut self, caller: &Caller) {
        caller.load(&mut self.svm);
    }
}
