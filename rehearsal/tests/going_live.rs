//! The parts of a rehearsal that need no network: the page and its commands, what is read from the programs,
//! how a rehearsal is told.

mod commands {
    use bulkhead_rehearsal::commands::{of_page, AIRDROP, LONG, SHOWN, WAIT};

    const PAGE: &str = include_str!("../../docs/going-live.md");

    #[test]
    fn commands_are_lines_of_blocks_and_code_in_the_text() {
        let page =
            "Run `cargo xtask\nup --x`, not `cargo xtask` or `--json`.\n```sh\ncargo test  # all\n```\n\
                    ```toml\ncargo = 1\n```\n`node a.mjs b`";
        assert_eq!(of_page(page), ["cargo test", "cargo xtask up --x", "node a.mjs b"]);
    }

    /// The page shows what the rehearsal runs, and nothing else.
    #[test]
    fn the_page_shows_the_commands_that_are_rehearsed() {
        let mut shown = SHOWN.map(str::to_owned).to_vec();
        shown.sort();
        assert_eq!(of_page(PAGE), shown);
    }

    #[test]
    fn what_the_short_form_leaves_out_is_on_the_page() {
        assert!(LONG.iter().all(|command| SHOWN.contains(command)));
        assert!([AIRDROP, WAIT].iter().all(|command| !SHOWN.contains(command)));
    }
}

mod proposal {
    use {
        base64::{engine::general_purpose::STANDARD, Engine},
        bulkhead_client::{Address, Instruction},
        bulkhead_rehearsal::proposal::{of_cli, of_migrate, Proposal},
        solana_instruction::AccountMeta,
    };

    fn sample(number: u8) -> Instruction {
        let key = |number| Address::new_from_array([number; 32]);
        let accounts = vec![
            AccountMeta { pubkey: key(number), is_signer: true, is_writable: true },
            AccountMeta { pubkey: key(9), is_signer: false, is_writable: false },
        ];
        Instruction { program_id: key(7), accounts, data: vec![0, number, 255] }
    }

    #[test]
    fn what_migrate_prints_is_read() {
        let key = |number| Address::new_from_array([number; 32]);
        let lines = |call: &[Instruction]| {
            let own = bulkhead_migrate::proposal::lines(call, &[key(1)], &[key(2)]);
            own.iter().map(|line| format!("    {line}\n")).collect::<String>()
        };
        let calls = [vec![sample(1), sample(2)], vec![sample(1)]];
        let printed = format!(
            "3 fund: to do\n    program at home\n  to propose, 1:\n{}  to propose, 2:\n{}3 fund: waits\n",
            lines(&calls[0]),
            lines(&calls[1]),
        );
        let read = of_migrate(&printed).unwrap();
        let instructions: Vec<_> = read.iter().map(|proposal| proposal.instructions.clone()).collect();
        assert_eq!(instructions, calls);
        assert!(read.iter().all(|proposal| printed.contains(&format!("message {}\n", proposal.message))));
        assert_eq!(read[0].signers(), [key(1), key(2)]);
        assert!(of_migrate("all steps are done\n").unwrap().is_empty());
        assert!(of_migrate("  to propose, 1:\n    data 0g\n").is_err());
        assert!(of_migrate("  to propose, 1:\n").is_err());
    }

    #[test]
    fn what_the_command_line_prints_is_read() {
        let one = sample(1);
        let accounts = one.accounts.iter().map(|meta| {
            serde_json::json!({
                "pubkey": meta.pubkey.to_string(),
                "is_signer": meta.is_signer,
                "is_writable": meta.is_writable,
            })
        });
        let json = serde_json::json!({ "message_base58": "abc", "instructions": [{
            "program_id": one.program_id.to_string(),
            "accounts": accounts.collect::<Vec<_>>(),
            "data_base64": STANDARD.encode(&one.data),
        }]});
        let read = of_cli(&json.to_string()).unwrap();
        assert_eq!(read, Proposal { instructions: vec![one], message: "abc".into() });
        assert!(of_cli("{}").is_err() && of_cli("no").is_err());
    }

    #[test]
    fn those_who_sign_are_named_once() {
        let both = Proposal { instructions: vec![sample(1), sample(1)], message: String::new() };
        assert_eq!(both.signers(), [Address::new_from_array([1; 32])]);
    }
}

mod report {
    use {bulkhead_rehearsal::report::Teller, std::time::Duration};

    fn told() -> Teller {
        let mut teller = Teller::new(true);
        teller.begin("One", "does one thing");
        teller.command("cargo xtask build");
        teller.ended(Some(0), Duration::from_secs(2));
        teller.seen("two programs");
        teller.not_rehearsed("another machine");
        teller.end();
        teller.begin("Two", "does another");
        teller
    }

    #[test]
    fn a_good_report_counts_its_steps_and_says_what_is_missing() {
        let report = told().report(true, None);
        assert!(report.ok && report.short && report.failure.is_none());
        let closing = report.closing();
        assert!(
            closing.contains("- another machine") && closing.contains("2 steps, 1 commands"),
            "{closing}"
        );
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["steps"][0]["commands"][0]["line"], "cargo xtask build");
        assert_eq!(json["steps"][0]["commands"][0]["code"], 0);
    }

    #[test]
    fn a_failure_names_its_step_the_reason_and_the_remedy() {
        let report = told().report(false, Some(("it rained".into(), "wait")));
        let closing = report.closing();
        assert!(!report.ok, "{closing}");
        for expected in ["FAILED in step 2, Two", "it rained", "what to do: wait"] {
            assert!(closing.contains(expected), "{closing}");
        }
    }
}

mod run {
    use bulkhead_rehearsal::run::{filled, last_lines};

    #[test]
    fn a_command_is_filled_in() {
        let line = filled("x --profile devnet --confirm devnet", &[("--profile devnet", "--profile a.toml")]);
        assert_eq!(line.unwrap(), "x --profile a.toml --confirm devnet");
        assert!(filled("x", &[("NUMBER", "1")]).unwrap_err().to_string().contains("has no NUMBER"));
    }

    #[test]
    fn the_end_of_a_text_is_told() {
        assert_eq!(last_lines("a\n\nb\nc\n", 2), "b\n    c");
        assert_eq!(last_lines("", 2), "");
    }
}
