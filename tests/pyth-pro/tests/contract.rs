//! The stand-in of `crates/sbf-pro` believes what Pyth's own contract believes, and nothing else.
//!
//! The contract runs natively, on accounts that are made here. It asks for the time last, to look at the
//! expiry of the signer, and there is no time outside of a chain: where it has come so far, everything else
//! is in order.

use {
    anchor_lang::{
        prelude::{AccountInfo, ProgramError, Pubkey},
        AccountSerialize,
    },
    bulkhead_pyth::pro::{self, payload, Property, Signed, CONTRACT, ED25519, INSTRUCTIONS, STORAGE},
    pyth_lazer_solana_contract::{
        ed25519_program_args, entry, Ed25519SignatureOffsets, Storage, TrustedSignerInfo, ID, STORAGE_ID,
    },
    sbf_pro::{verify, Refusal, Verified},
    solana_instruction::{BorrowedAccountMeta, BorrowedInstruction},
    solana_instructions_sysvar::{construct_instructions_data, store_current_index_checked},
};

const VERIFY_MESSAGE: [u8; 8] = [180, 193, 120, 55, 189, 135, 203, 83];
/// Where the message lies in the calling instruction's data.
const AT: u16 = 8;
const NOW: i64 = 1_790_000_000;

fn key(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn signed() -> Signed {
    let properties = vec![Property::Price(5), Property::Exponent(-8)];
    Signed::new(&payload(7, 3, &[(6, properties)]), &key(3), &[4; 64]).unwrap()
}

/// The contract's account as the contract writes it.
fn storage(signers: &[(Pubkey, i64)]) -> Vec<u8> {
    let mut trusted_signers = [TrustedSignerInfo::default(); 5];
    for (place, (pubkey, expires_at)) in trusted_signers.iter_mut().zip(signers) {
        *place = TrustedSignerInfo { pubkey: *pubkey, expires_at: *expires_at };
    }
    let storage = Storage {
        top_authority: key(8),
        treasury: key(9),
        single_update_fee_in_lamports: 1,
        num_trusted_signers: signers.len() as u8,
        trusted_signers,
        num_trusted_ecdsa_signers: 0,
        trusted_ecdsa_signers: Default::default(),
        _extra_space: [0; 43],
    };
    let mut data = Vec::new();
    storage.try_serialize(&mut data).unwrap();
    data
}

/// A call of the contract, with all that it looks at.
#[derive(Clone)]
struct Case {
    /// Program and data of the transaction's instructions.
    instructions: Vec<(Pubkey, Vec<u8>)>,
    /// The number of the one that runs.
    current: u16,
    message: Vec<u8>,
    ed25519: u16,
    signature: u8,
}

impl Case {
    /// A filler, the check of a signature, the call with the message, and another filler.
    fn sound() -> Self {
        let message = signed().bytes().to_vec();
        let call = [&[1; AT as usize], &message[..], &[2; 5]].concat();
        let check = signed().check(2, AT).data;
        let instructions = vec![(key(5), vec![1, 2, 3]), (ED25519, check), (key(6), call), (key(5), vec![])];
        Self { instructions, current: 2, message, ed25519: 1, signature: 0 }
    }

    /// The account of the transaction's instructions, as the runtime writes it.
    fn transaction(&self) -> Vec<u8> {
        let (a, b) = (key(1), key(2));
        let accounts = |count: usize| {
            let one = |pubkey| BorrowedAccountMeta { pubkey, is_signer: true, is_writable: false };
            [one(&a), one(&b)].into_iter().take(count).collect()
        };
        let borrowed = self.instructions.iter().enumerate().map(|(number, (program_id, data))| {
            BorrowedInstruction { program_id, accounts: accounts(number % 3), data }
        });
        let mut account = construct_instructions_data(&borrowed.collect::<Vec<_>>()).unwrap();
        store_current_index_checked(&mut account, self.current).unwrap();
        account
    }

    /// What Pyth's contract says.
    fn contract(&self) -> ProgramError {
        let length = (self.message.len() as u32).to_le_bytes();
        let ed25519 = self.ed25519.to_le_bytes();
        let data = [&VERIFY_MESSAGE[..], &length, &self.message, &ed25519, &[self.signature]].concat();
        let accounts = [
            info(key(7), true, vec![], Pubkey::default(), false),
            info(STORAGE_ID, false, storage(&[(key(3), i64::MAX)]), ID, false),
            info(key(9), true, vec![], Pubkey::default(), false),
            info(Pubkey::default(), false, vec![], key(10), true),
            info(INSTRUCTIONS, false, self.transaction(), key(11), false),
        ];
        entry(&ID, Box::leak(Box::new(accounts)), data.leak()).expect_err("there is no time here")
    }

    /// What the stand-in says.
    fn stand_in(&self, signers: &[(Pubkey, i64)]) -> Result<Pubkey, Refusal> {
        let (storage, transaction) = (storage(signers), self.transaction());
        let verified = verify(&storage, &transaction, &self.message, self.ed25519, self.signature, NOW);
        verified.map(|Verified { key, payload }| {
            assert_eq!(payload, &self.message[pro::HEAD..]);
            Pubkey::new_from_array(*key)
        })
    }

    #[track_caller]
    fn agrees(&self, name: &str) -> bool {
        let stand_in = self.stand_in(&[(key(3), i64::MAX)]);
        let expected = match stand_in {
            Ok(_) | Err(Refusal::NotTrusted) => ProgramError::UnsupportedSysvar, // it asks for the time
            Err(Refusal::NotChecked) => ProgramError::InvalidInstructionData,
            Err(Refusal::NoInstruction) => ProgramError::InvalidArgument,
        };
        assert_eq!(self.contract(), expected, "{name}");
        stand_in.is_ok()
    }
}

/// An account for the contract; the payer signs.
fn info(
    key: Pubkey,
    is_writable: bool,
    data: Vec<u8>,
    owner: Pubkey,
    executable: bool,
) -> AccountInfo<'static> {
    let is_payer = key == self::key(7);
    let (key, owner) = (Box::leak(Box::new(key)), Box::leak(Box::new(owner)));
    let lamports = Box::leak(Box::new(1_000_000));
    AccountInfo::new(key, is_payer, is_writable, lamports, data.leak(), owner, executable)
}

#[test]
fn a_sound_message_is_verified_by_both() {
    let case = Case::sound();
    assert!(case.agrees("sound"));
    assert_eq!(case.stand_in(&[(key(3), i64::MAX)]), Ok(key(3)));
}

/// Every byte of the check, of the call and of the message is another one.
#[test]
fn every_byte_counts_for_both() {
    let sound = Case::sound();
    let (mut cases, mut accepted) = (0, 0);
    let mut take = |case: Case, name: String| {
        cases += 1;
        accepted += usize::from(case.agrees(&name));
    };
    for instruction in [1, 2] {
        for byte in 0..sound.instructions[instruction].1.len() {
            for change in [1, 2, 0x80, 0xff] {
                let mut case = sound.clone();
                case.instructions[instruction].1[byte] ^= change;
                take(case, format!("byte {byte} of instruction {instruction} by {change}"));
            }
        }
    }
    for byte in 0..sound.message.len() {
        let mut case = sound.clone();
        case.message[byte] ^= 1;
        take(case.clone(), format!("byte {byte} of the message"));
        // The same in the call: then only the envelope's own bytes count.
        case.instructions[2].1[usize::from(AT) + byte] ^= 1;
        take(case, format!("byte {byte} of both"));
    }
    assert!(cases > 900 && accepted > 100 && accepted < cases, "{accepted} of {cases}");
}

/// Other numbers, fewer bytes, other programs, other places.
#[test]
fn every_way_to_bend_a_call_ends_the_same_for_both() {
    let sound = Case::sound();
    type Bend = fn(&mut Case);
    let bends: [(&str, Bend); 16] = [
        ("the check is the filler", |case| case.ed25519 = 0),
        ("the check is the call itself", |case| case.ed25519 = 2),
        ("the check comes later", |case| case.ed25519 = 3),
        ("there is no check of this number", |case| case.ed25519 = u16::MAX),
        ("the call runs first", |case| case.current = 0),
        ("the filler runs", |case| case.current = 3),
        ("nothing runs", |case| case.current = 4),
        ("another signature", |case| case.signature = 1),
        ("another program checks", |case| case.instructions[1].0 = key(9)),
        ("the check is empty", |case| case.instructions[1].1.clear()),
        ("the check has a byte", |case| case.instructions[1].1.truncate(1)),
        ("the check is of nothing", |case| case.instructions[1].1.truncate(2)),
        ("the check is cut short", |case| case.instructions[1].1.truncate(15)),
        ("the check has a byte more", |case| case.instructions[1].1.push(0)),
        ("the call is cut short", |case| case.instructions[2].1.truncate(40)),
        ("the message is cut short", |case| case.message.truncate(103)),
    ];
    for (name, bend) in bends {
        let mut case = sound.clone();
        bend(&mut case);
        assert!(!case.agrees(name), "{name}");
    }
    // Two signatures, of which the second is of another instruction.
    let mut two = sound.clone();
    two.instructions[1].1.extend_from_within(2..);
    two.instructions[1].1[0] = 2;
    assert!(two.agrees("the first of two"));
    two.signature = 1;
    assert!(two.agrees("the second of two"));
    two.instructions[1].1[16 + 2] = 3;
    assert!(!two.agrees("the second of two, which lies elsewhere"));
}

/// Pyth's crate builds the same check.
#[test]
fn the_check_of_a_signature_is_that_of_pyths_crate() {
    let signed = signed();
    for (holder, offset) in [(0, 0), (1, 8), (9, 300)] {
        let offsets = Ed25519SignatureOffsets::new(signed.bytes(), holder, offset);
        assert_eq!(signed.check(holder, offset).data, ed25519_program_args(&[offsets]));
        let mut moved = signed.check(5, offset);
        pro::move_check(&mut moved, holder);
        assert_eq!(moved, signed.check(holder, offset));
    }
    assert_eq!((CONTRACT, STORAGE), (ID, STORAGE_ID));
}

/// The contract's account is read, and written by tests, as the contract writes it.
#[test]
fn the_account_is_that_of_the_contract() {
    let signers = [(key(3), 100), (key(4), -1), (key(5), i64::MAX)];
    for count in 0..=signers.len() {
        let signers = &signers[..count];
        let read = pro::Storage::parse(&storage(signers)).unwrap();
        assert_eq!((read.treasury, read.fee, &read.signers[..]), (key(9), 1, signers));
        let mut written = read.account();
        written[8..40].fill(8); // the authority
        assert_eq!(written, storage(signers));
    }
}

/// A key that is not among the signers, is beyond their number, or has expired, is not trusted.
#[test]
fn only_trusted_keys_count() {
    let case = Case::sound();
    for (signers, is_trusted) in [
        (vec![(key(3), NOW + 1)], true),
        (vec![(key(4), i64::MAX), (key(3), NOW + 1)], true),
        (vec![(key(3), NOW)], false),
        (vec![(key(4), i64::MAX)], false),
        (vec![], false),
    ] {
        let expected = if is_trusted { Ok(key(3)) } else { Err(Refusal::NotTrusted) };
        assert_eq!(case.stand_in(&signers), expected, "{signers:?}");
    }
    let mut uncounted = storage(&[(key(3), i64::MAX)]);
    uncounted[80] = 0;
    let (transaction, message) = (case.transaction(), &case.message);
    assert_eq!(verify(&uncounted, &transaction, message, 1, 0, NOW), Err(Refusal::NotTrusted));
}
