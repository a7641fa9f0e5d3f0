//! An action's transaction before it is sent.

use {
    crate::{key::Key, parameters::Edit, print, text::Text},
    bulkhead_client::Instruction,
    serde_json::{json, Map, Value},
};

/// Instructions of one transaction.
#[derive(Default)]
pub struct Order {
    /// Cranks first, the action last.
    pub instructions: Vec<Instruction>,
    /// Signers beside the key of the session.
    pub signers: Vec<Key>,
    /// A change by governance, to be agreed to first.
    pub review: Option<Review>,
    /// Facts to be seen before it is sent.
    pub facts: Option<Review>,
    /// The figures that a refusal would be about, by the error's name.
    pub figures: Vec<(&'static str, String)>,
}

impl From<Vec<Instruction>> for Order {
    fn from(instructions: Vec<Instruction>) -> Self {
        Self { instructions, ..Self::default() }
    }
}

/// A transaction's changes, old and new.
#[derive(Default)]
pub struct Review {
    /// The change in one sentence.
    pub says: String,
    /// Changed values.
    pub edits: Vec<Edit>,
    /// Further facts.
    pub notes: Vec<(&'static str, String)>,
    /// What somebody else is to sign, such as a vault.
    pub instructions: Vec<Instruction>,
}

impl Review {
    /// Writes the review for people.
    pub fn show(&self, text: &mut Text) {
        text.heading(self.says.as_str());
        changes(text, &self.edits);
        for (label, note) in &self.notes {
            text.field(*label, note.as_str());
        }
        print::show(&self.instructions, text);
    }

    /// Writes the review for scripts.
    pub fn json(&self) -> Value {
        let mut notes = Map::new();
        for (label, note) in &self.notes {
            // The same fact may be told of several things.
            let told = notes.entry(label.replace(' ', "_")).or_insert(Value::Null);
            *told = match told.take() {
                Value::Null => json!(note),
                Value::Array(all) => all.into_iter().chain([json!(note)]).collect(),
                one => json!([one, note]),
            };
        }
        let edits: Vec<_> = self.edits.iter().map(Edit::json).collect();
        let mut json = json!({ "says": self.says, "changes": edits, "notes": notes });
        if !self.instructions.is_empty() {
            json["instructions"] = print::json(&self.instructions);
        }
        json
    }
}

/// Writes a table of edits: old and new, or only the new values.
pub fn changes(text: &mut Text, edits: &[Edit]) {
    if edits.iter().any(|edit| edit.old.is_some()) {
        let row = |edit: &Edit| {
            let old = edit.old.as_ref().map_or("none", |old| &old.text);
            vec![edit.name.as_str().into(), old.into(), edit.new.text.as_str().into()]
        };
        text.table(&["parameter", "now>", "new>"], edits.iter().map(row).collect());
    } else if !edits.is_empty() {
        let row = |edit: &Edit| vec![edit.name.as_str().into(), edit.new.text.as_str().into()];
        text.table(&["parameter", "value"], edits.iter().map(row).collect());
    }
}
