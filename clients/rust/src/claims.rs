//! Claims: addresses, instructions and trees of the program that is the drawer of covers for
//! claims.
//!
//! ```text
//! let keys = PanelKeys::new(&creator, 0, &fund, 0);
//! let loss = keys.loss(3);
//! let tree = Tree::build(loss.as_array(), &claims)?;
//! let claim = Leaf { index: 7, claimant, amount: 5_000_000, proof: bytes_of(&tree.prove(7)?) };
//! let instruction = claim_cover(&keys, &loss, destination, &claim);
//! ```

use {
    anchor_lang::{programs::System, Address, Id, InstructionData, ToAccountMetas},
    bulkhead_cover::{
        accounts, instruction as data,
        instructions::shared::{
            claim::__client_accounts_claimaccounts::ClaimAccounts, drawer::__client_accounts_drawer::Drawer,
            money::__client_accounts_covermoney::CoverMoney,
        },
        state::{seeds, Panel, PanelTerms},
    },
    solana_instruction::Instruction,
};

pub use {
    crate::{address::cover, program::cover_program_id},
    bulkhead_cover::{constants, error::CoverError, rules, state},
    bulkhead_sum_tree::{Claim, Error as TreeError, Node, Root, Tree, MAX_DEPTH},
};

/// The program at whose addresses wallets have their associated token accounts.
const ASSOCIATED_TOKEN: Address = Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// Discriminator and name of every instruction, from the IDL.
const NAMES: &[(&[u8], &str)] = include!(concat!(env!("OUT_DIR"), "/claims_instruction_names.rs"));

/// Returns the name of the instruction with this data; none for data of other programs.
pub fn name(data: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|(discriminator, _)| data.starts_with(discriminator)).map(|(_, name)| *name)
}

/// The name of a custom code of the program of claims, as in its source; none for codes of other programs.
pub fn error_name(code: u32) -> Option<String> {
    CoverError::from_code(code).map(|error| format!("{error:?}"))
}

pub(crate) fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &cover_program_id()).0
}

/// The panel with this number that a key has created.
pub fn panel(creator: &Address, id: u16) -> Address {
    derive(&[seeds::PANEL, creator.as_ref(), &id.to_le_bytes()])
}

/// A panel's vault: the destination that its cover names.
pub fn panel_vault(panel: &Address) -> Address {
    derive(&[seeds::VAULT, panel.as_ref()])
}

/// The page that the claim with this index is on, by its number.
pub fn page_number(index: u32) -> u16 {
    u16::try_from(index / constants::PAGE_CLAIMS).unwrap_or(u16::MAX)
}

/// A panel, and the accounts that its losses and its money are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelKeys {
    /// The panel.
    pub panel: Address,
    /// The fund.
    pub fund: Address,
    /// The cover.
    pub cover: Address,
    /// The fund's mint.
    pub mint: Address,
    /// The program that owns mint and vaults.
    pub token_program: Address,
}

impl PanelKeys {
    /// The keys of a panel as it is on chain.
    pub fn of(address: Address, panel: &Panel) -> Self {
        Self {
            panel: address,
            fund: panel.fund,
            cover: panel.cover,
            mint: panel.mint,
            token_program: panel.token_program,
        }
    }

    /// The panel's vault.
    pub fn vault(&self) -> Address {
        panel_vault(&self.panel)
    }

    /// A loss, by its number among those of the panel.
    pub fn loss(&self, number: u64) -> Address {
        derive(&[seeds::LOSS, self.panel.as_ref(), &number.to_le_bytes()])
    }

    /// The associated token account of a wallet.
    pub fn associated(&self, wallet: &Address) -> Address {
        let seeds = [wallet.as_ref(), self.token_program.as_ref(), self.mint.as_ref()];
        Address::find_program_address(&seeds, &ASSOCIATED_TOKEN).0
    }

    fn drawer(&self) -> Drawer {
        Drawer { panel: self.panel, fund: self.fund, cover: self.cover, bulkhead: crate::program_id() }
    }

    fn money(&self) -> CoverMoney {
        CoverMoney {
            panel: self.panel,
            fund: self.fund,
            cover: self.cover,
            vault: self.vault(),
            fund_vault: crate::address::vault(&self.fund),
            mint: self.mint,
            token_program: self.token_program,
            bulkhead: crate::program_id(),
        }
    }
}

/// A page of a loss.
pub fn page(loss: &Address, number: u16) -> Address {
    derive(&[seeds::PAGE, loss.as_ref(), &number.to_le_bytes()])
}

pub(crate) fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction {
        program_id: cover_program_id(),
        accounts: accounts.to_account_metas(None),
        data: data.data(),
    }
}

/// Creates a panel and its vault. `keys` are those of the new panel.
pub fn create_panel(
    keys: &PanelKeys,
    id: u16,
    creator: Address,
    payer: Address,
    terms: PanelTerms,
) -> Instruction {
    let accounts = accounts::CreatePanel {
        panel: keys.panel,
        fund: keys.fund,
        mint: keys.mint,
        vault: keys.vault(),
        creator,
        payer,
        token_program: keys.token_program,
        system_program: System::id(),
    };
    build(accounts, data::CreatePanel { id, terms })
}

/// Who reports a loss, and what it says and pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Beneficiary or guardian, which signs.
    pub reporter: Address,
    /// The token account that the bond comes from.
    pub token_account: Address,
    /// Pays the rent of the loss.
    pub payer: Address,
    /// When the incident happened.
    pub incident_ts: i64,
    /// Its peril, as the terms count them.
    pub peril: u8,
    /// The largest bond that it pays, in base units.
    pub max_bond: u64,
}

/// Reports loss `number`, the next one of the panel.
pub fn alert_loss(keys: &PanelKeys, number: u64, report: &Report) -> Instruction {
    let Report { reporter, token_account, payer, incident_ts, peril, max_bond } = *report;
    let accounts = accounts::AlertLoss {
        drawer: keys.drawer(),
        loss: keys.loss(number),
        vault: keys.vault(),
        token_account,
        mint: keys.mint,
        token_program: keys.token_program,
        reporter,
        payer,
        system_program: System::id(),
    };
    build(accounts, data::AlertLoss { incident_ts, peril, max_bond })
}

/// Posts the root of a loss.
pub fn post_root(keys: &PanelKeys, loss: Address, reporter: Address, root: &Root) -> Instruction {
    let accounts = accounts::PostRoot { drawer: keys.drawer(), loss, reporter };
    let (hash, total) = (root.top.hash(), root.total());
    build(accounts, data::PostRoot { root: hash, total, leaves: root.leaves, depth: root.depth })
}

/// Votes on the root of a loss.
pub fn vote_root(keys: &PanelKeys, loss: Address, key: Address, root: &Root, approves: bool) -> Instruction {
    let accounts = accounts::VoteRoot { drawer: keys.drawer(), loss, key };
    let (hash, total) = (root.top.hash(), root.total());
    build(accounts, data::VoteRoot { root: hash, total, leaves: root.leaves, depth: root.depth, approves })
}

/// Sends the root of a loss back.
pub fn veto_root(keys: &PanelKeys, loss: Address, guardian: Address) -> Instruction {
    build(accounts::VetoRoot { drawer: keys.drawer(), loss, guardian }, data::VetoRoot {})
}

/// Decides about a loss.
pub fn decide_loss(keys: &PanelKeys, loss: Address) -> Instruction {
    build(accounts::DecideLoss { drawer: keys.drawer(), loss }, data::DecideLoss {})
}

/// Settles the bond of a loss; `token_account` is one of the reporter.
pub fn settle_bond(keys: &PanelKeys, loss: Address, token_account: Address) -> Instruction {
    build(accounts::SettleBond { money: keys.money(), loss, token_account }, data::SettleBond {})
}

/// Closes a loss whose rent `payer` has paid.
pub fn close_loss(loss: Address, payer: Address) -> Instruction {
    build(accounts::CloseLoss { loss, payer }, data::CloseLoss {})
}

/// Opens the claims on a loss.
pub fn open_claims(keys: &PanelKeys, loss: Address) -> Instruction {
    build(accounts::OpenClaims { money: keys.money(), loss }, data::OpenClaims {})
}

/// Opens a page of claims.
pub fn open_page(loss: Address, number: u16, payer: Address) -> Instruction {
    let accounts =
        accounts::OpenPage { loss, page: page(&loss, number), payer, system_program: System::id() };
    build(accounts, data::OpenPage { number })
}

/// A leaf of a tree, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its place in the tree.
    pub index: u32,
    /// The claimant's wallet.
    pub claimant: Address,
    /// Its loss, in base units.
    pub amount: u64,
    /// The bytes of the proof's nodes.
    pub proof: Vec<u8>,
}

impl Leaf {
    /// The leaf with this index, and its proof.
    ///
    /// # Errors
    /// `IndexBeyondLeaves`.
    pub fn of(tree: &Tree, claims: &[Claim], index: u32) -> Result<Self, TreeError> {
        let proof = tree.prove(index)?.iter().flat_map(|node| *node.as_bytes()).collect();
        let claim = claims.get(index as usize).ok_or(TreeError::IndexBeyondLeaves)?;
        Ok(Self { index, claimant: claim.claimant.into(), amount: claim.amount, proof })
    }
}

fn claim_accounts(keys: &PanelKeys, loss: Address, destination: Address, leaf: &Leaf) -> ClaimAccounts {
    ClaimAccounts {
        panel: keys.panel,
        loss,
        page: page(&loss, page_number(leaf.index)),
        vault: keys.vault(),
        destination,
        mint: keys.mint,
        token_program: keys.token_program,
    }
}

/// Pays a claim to a token account that the claimant, who signs, chooses.
pub fn claim_cover(keys: &PanelKeys, loss: Address, destination: Address, leaf: &Leaf) -> Instruction {
    let accounts = accounts::ClaimCover {
        claim: claim_accounts(keys, loss, destination, leaf),
        claimant: leaf.claimant,
    };
    build(accounts, data::ClaimCover { index: leaf.index, amount: leaf.amount, proof: leaf.proof.clone() })
}

/// Pays a claim to the claimant's associated token account.
pub fn push_claim(keys: &PanelKeys, loss: Address, leaf: &Leaf) -> Instruction {
    let destination = keys.associated(&leaf.claimant);
    let accounts =
        accounts::PushClaim { claim: claim_accounts(keys, loss, destination, leaf), claimant: leaf.claimant };
    build(accounts, data::PushClaim { index: leaf.index, amount: leaf.amount, proof: leaf.proof.clone() })
}

/// Ends the claims on a loss.
pub fn expire_loss(keys: &PanelKeys, loss: Address) -> Instruction {
    build(accounts::ExpireLoss { money: keys.money(), loss }, data::ExpireLoss {})
}

/// Closes a page whose rent `payer` has paid.
pub fn close_page(loss: Address, number: u16, payer: Address) -> Instruction {
    build(accounts::ClosePage { loss, page: page(&loss, number), payer }, data::ClosePage {})
}
