//! Every instruction twice in one transaction: the same as in two, one after the other. What the first has done is what the
//! second finds (threats 20, 23).

use {
    crate::{Arena, Subject, COVER, FUND},
    bulkhead_tests::{outcome::TxError, Instruction},
    solana_account::Account,
    solana_message::Message,
    solana_transaction::Transaction,
    solana_transaction_error::TransactionError,
};

/// How the second one ends, and all accounts afterwards.
#[derive(Debug, PartialEq)]
struct End {
    refused: Option<TransactionError>,
    accounts: Vec<Option<Account>>,
}

#[test]
fn twice_in_one_transaction_is_twice() {
    let repeated = FUND.twice();
    println!("{} instructions can be repeated at once", repeated.len());
    assert!(repeated.len() > 10, "most that move money can");
}

/// Nothing of the second program that moves money can be repeated.
#[test]
fn twice_in_one_transaction_is_twice_in_claims_and_policies() {
    assert_eq!(COVER.twice(), ["note_price", "post_root"]);
}

impl Subject {
    /// Tries every scene twice, and returns those that succeed then.
    fn twice(&self) -> Vec<String> {
        let mut repeated = Vec::new();
        for (scene, _) in self.scenes() {
            let mut arena = self.arena(&scene);
            let start = arena.accounts();
            let first = arena.send_all(1);
            assert_eq!(first.refused, None, "the scene of {scene} is not good");
            let apart = arena.send_all(1);
            arena.reset();
            let together = arena.send_all(2);
            match apart.refused {
                // Refused alone or as the second of two: then the first is undone.
                Some(TransactionError::InstructionError(0, error)) => {
                    let refused = Some(TransactionError::InstructionError(1, error));
                    assert_eq!(together, End { refused, accounts: start }, "{scene}");
                }
                None => {
                    assert_eq!(together, apart, "{scene}");
                    repeated.push(scene);
                }
                other => panic!("{scene}: {other:?}"),
            }
        }
        repeated
    }
}

impl Arena {
    /// Sends the good call so many times in one transaction.
    fn send_all(&mut self, times: usize) -> End {
        let instructions: Vec<Instruction> = vec![self.good.clone(); times];
        let message = Message::new_with_blockhash(
            &instructions,
            Some(&self.fee_payer),
            &self.stage.chain().latest_blockhash(),
        );
        let signatures = vec![Default::default(); usize::from(message.header.num_required_signatures)];
        let sent = self.stage.chain_mut().send_transaction(Transaction { signatures, message });
        let refused = sent.map_err(TxError::from).err().map(|error| error.error);
        End { refused, accounts: self.accounts() }
    }

    /// Every account of the call.
    fn accounts(&self) -> Vec<Option<Account>> {
        self.good.accounts.iter().map(|meta| self.stage.account(&meta.pubkey)).collect()
    }
}
