//! Another build on a program that runs.

use {
    crate::rig::{sent, Rig, DONE, FAILED, OPEN},
    bulkhead::constants::VERSION,
    bulkhead_client::{
        account::discriminator,
        program_id,
        state::{Cover, Member},
        Address,
    },
    bulkhead_migrate::loader::{Buffer, Deployed},
    solana_loader_v3_interface::get_program_data_address,
    solana_sdk_ids::bpf_loader_upgradeable,
    std::{
        fs,
        io::{BufRead, BufReader},
        process::Stdio,
    },
};

fn is_deployed(rig: &Rig, build: &str) -> bool {
    let deployed = Deployed::read(&rig.cluster, &program_id()).unwrap().expect("it is there");
    deployed.is(&fs::read(build).unwrap())
}

#[test]
fn another_build_replaces_the_program_and_the_fund_goes_on() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    let build = rig.another_build();
    let told = rig.local(&["--program", &build, "--dry-run"], OPEN);
    // The cheat code has left no room for it.
    assert!(told.contains(" bytes ") && told.contains("room: 10,240 more bytes"), "{told}");
    assert!(!is_deployed(&rig, &build));

    rig.local(&["--program", &build], DONE);
    assert!(is_deployed(&rig, &build));
    assert_eq!(sent(&rig.local(&["--program", &build], DONE)), 0);
    rig.edit("profiles/localnet.toml", "tokens = 10_000", "tokens = 20_000");
    rig.local(&["--program", &build], DONE);
    assert_eq!(rig.fund().unwrap().treasury, 20_000_000_000, "the new build runs");
}

/// Surfpool's own deployments have the zero address as authority, for which no key can sign.
#[test]
fn a_program_of_the_zero_address_is_final_and_in_nobodys_way() {
    let rig = Rig::new();
    rig.local(&["--until", "1"], OPEN);
    let address = get_program_data_address(&program_id());
    let mut data = rig.cluster.account(&address).unwrap().expect("it is there").data;
    data[13..45].fill(0); // behind the kind, the slot, and that there is an authority
    rig.put(&address, &bpf_loader_upgradeable::id(), &data);
    rig.local(&[], DONE);
    let told = rig.local(&["--program", &rig.another_build()], FAILED);
    assert!(told.contains("is final: it cannot be upgraded"), "{told}");
}

#[test]
fn a_buffer_that_was_left_half_written_is_completed() {
    let rig = Rig::new();
    rig.local(&["--until", "1"], OPEN);
    let build = rig.another_build();
    let mut cut = rig
        .command(&["--profile", "localnet", "--program", &build])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut told = Vec::new();
    let lines = BufReader::new(cut.stderr.take().expect("it is piped")).lines();
    for line in lines.map_while(Result::ok) {
        told.push(line);
        if told.last().is_some_and(|line| line.contains("buffer ") && !line.contains(": 0 of")) {
            break;
        }
    }
    assert!(
        told.last().is_some_and(|line| line.contains(" chunks")),
        "it does not tell how far it is: {told:?}"
    );
    cut.kill().expect("it still runs");
    cut.wait().expect("it is our child");
    let program = fs::read(&build).unwrap();
    let buffer = Buffer::new(&rig.cluster, &rig.payer, &program).unwrap();
    let there = rig.cluster.account(&buffer.address).unwrap().expect("a buffer");
    assert!(there.data.ends_with(&[0; 1_000]), "it was cut before the end");

    let told = rig.local(&["--program", &build], DONE);
    let first = told.lines().find(|line| line.contains(" chunks")).expect("it tells how far it is");
    assert!(!first.contains(": 0 of"), "{first}");
    assert!(is_deployed(&rig, &build));
}

#[test]
fn a_build_that_cannot_read_an_account_is_refused_and_the_account_named() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    let build = rig.another_build();
    let member = Address::new_from_array([9; 32]);
    let mut data = [discriminator::<Member>(), &[VERSION - 1]].concat();
    data.resize(200, 0);
    rig.put(&member, &program_id(), &data);
    let told = rig.local(&["--program", &build], FAILED);
    let expected = format!("could not read 1 Member with layout version {} ({member})", VERSION - 1);
    assert!(told.contains("step 1 program") && told.contains(&expected), "{told}");
    assert!(!is_deployed(&rig, &build));

    data[8] = VERSION;
    rig.put(&member, &program_id(), &data);
    let cover = [discriminator::<Cover>(), &[VERSION]].concat();
    rig.put(&Address::new_from_array([10; 32]), &program_id(), &cover);
    rig.local(&["--program", &build], DONE);
    assert!(is_deployed(&rig, &build));
}
