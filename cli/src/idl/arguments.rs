//! The arguments of instructions.

use {
    super::{
        instruction,
        value::{fields, plain, Fields},
    },
    bulkhead_client::Instruction,
    serde_json::Value,
};

/// Names and values of an instruction's arguments, in order; those of a struct have its name before theirs.
/// Nothing for instructions of other programs, and for data that is not read to its last byte.
pub fn arguments(call: &Instruction) -> Option<Vec<(String, String)>> {
    let known = instruction(&call.program_id, &call.data)?;
    let data = call.data.get(known.discriminator.len()..)?;
    let (values, rest) = fields(&known.args, data)?;
    rest.is_empty().then(|| flat(values))
}

fn flat(values: Fields) -> Vec<(String, String)> {
    let mut all = Vec::new();
    values.into_iter().for_each(|(name, value)| put(name, &value, &mut all));
    all
}

/// Takes a value apart into what has no parts: `change.Fund.touched`.
pub fn put(name: String, value: &Value, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(inner) => {
            for (part, value) in inner {
                put(format!("{name}.{part}"), value, all);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (place, value) in items.iter().enumerate() {
                put(format!("{name}.{place}"), value, all);
            }
        }
        value => all.push((name, plain(value))),
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::idl::{idls, instructions},
        bulkhead_client::{
            instruction::{self as build, FundKeys},
            state::{Mandate, ParameterChange},
            Address,
        },
    };

    fn key(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    #[test]
    fn arguments_are_read_to_their_end() {
        let keys = FundKeys::new(&key(1), key(2), key(6), 0);
        let change = ParameterChange::Guardian(key(5));
        let call =
            build::queue_change(&keys, key(3), key(3), change, Mandate { nonce: 7, last_valid_slot: 8 });
        let told = arguments(&call).unwrap();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let expected = [
            pair("change.Guardian", key(5).to_string()),
            pair("mandate.last_valid_slot", "8".into()),
            pair("mandate.nonce", "7".into()),
        ];
        assert!(expected.iter().all(|pair| told.contains(pair)) && told.len() == 3, "{told:?}");
        let cut = Instruction { data: call.data[..call.data.len() - 1].to_vec(), ..call.clone() };
        let long = Instruction { data: [&call.data[..], &[0]].concat(), ..call };
        assert!(arguments(&cut).is_none() && arguments(&long).is_none());
    }

    #[test]
    fn every_instruction_has_arguments_that_can_be_read() {
        let zeros = [0; 4_096];
        assert!(idls().iter().all(|idl| !idl.instructions.is_empty()));
        for known in instructions() {
            assert!(fields(&known.args, &zeros).is_some(), "{}", known.name);
        }
    }
}
