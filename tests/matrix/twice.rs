//! Every instruction twice in one transaction: the same as in two, one after the other. What the first has done is what the
//! second finds (threats 20, 23).

use {
    crate::{idl, scenes, Arena},
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
    let mut repeated = 0;
    for interface in idl::instructions() {
        let name = interface.name;
        let mut arena = Arena::new(scenes::scene(&name).unwrap_or_else(|| panic!("{name} has no scene")));
        let start = arena.accounts();
        let first = arena.send_all(1);
        assert_eq!(first.refused, None, "the scene of {name} is not good");
        let apart = arena.send_all(1);
        arena.reset();
        let together = arena.send_all(2);
        match apart.refused {
            // Refused alone or as the second of two: then the first is undone.
            Some(TransactionError::InstructionError(0, error)) => {
                let refused = Some(TransactionError::InstructionError(1, error));
                assert_eq!(together, End { refused, accounts: start }, "{name}");
            }
            None => {
                assert_eq!(together, apart, "{name}");
                repeated += 1;
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    println!("{repeated} instructions can be repeated at once");
    assert!(repeated > 10, "most that move money can");
}

impl Arena {
    /// Sends the good call so many times in one transaction.
    fn send_all(&mut self, times: usize) -> End {
        let instructions: Vec<Instruction> = vec![self.good.clone(); times];
        let message = Message::new_with_blockhash(
            &instructions,
            Some(&self.fee_payer),
            &self.world.svm.latest_blockhash(),
        );
        let signatures = vec![Default::default(); usize::from(message.header.num_required_signatures)];
        let sent = self.world.svm.send_transaction(Transaction { signatures, message });
        let refused = sent.map_err(TxError::from).err().map(|error| error.error);
        End { refused, accounts: self.accounts() }
    }

    /// Every account of the call.
    fn accounts(&self) -> Vec<Option<Account>> {
        self.good.accounts.iter().map(|meta| self.world.account(&meta.pubkey)).collect()
    }
}
