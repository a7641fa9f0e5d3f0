//! Reads Rust source as far as the architecture checks need it: words and paths, without comments,
//! texts and unit tests.

/// A word, or a mark between words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Separator,
    Mark(char),
}

/// A source file as words and paths.
pub struct Source {
    tokens: Vec<Token>,
}

impl Source {
    /// Reads the text of a file. Unit tests at its end are left out: they may build whatever they
    /// need.
    pub fn read(text: &str) -> Self {
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        Self { tokens: tokens(&code(text)) }
    }

    /// Whether the code has this word.
    pub fn has(&self, wanted: &str) -> bool {
        self.words().any(|word| word == wanted)
    }

    /// Whether the code uses this word as a type, or imports it. A variant of an enum may have the same name.
    pub fn names_type(&self, name: &str) -> bool {
        let is_import = |path: &Vec<String>| {
            ["crate", "self", "super"].contains(&path[0].as_str())
                && path.last().is_some_and(|last| last == name)
        };
        let is_type = |window: &[Token]| {
            let is_before = match &window[1] {
                Token::Mark(mark) => ['&', '<', ':', '>'].contains(mark),
                Token::Word(word) => {
                    ["dyn", "for", "impl", "mut"].contains(&word.as_str()) || window[0] == Token::Mark('\'')
                }
                Token::Separator => false,
            };
            is_before && window[2] == Token::Word(name.into())
        };
        self.tokens.windows(3).any(is_type) || self.paths().iter().any(is_import)
    }

    /// Whether the code calls this macro.
    pub fn calls(&self, wanted: &str) -> bool {
        let is_call = |pair: &[Token]| pair[0] == Token::Word(wanted.into()) && pair[1] == Token::Mark('!');
        self.tokens.windows(2).any(is_call)
    }

    /// The types declared with `#[account]`.
    pub fn accounts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, window) in self.tokens.windows(3).enumerate() {
            let is_account = [Token::Mark('#'), Token::Mark('['), Token::Word("account".into())] == window;
            // Only on a structure: inside one, `#[account(mut)]` stands before a field.
            let mut words =
                self.tokens[at + 3..].iter().skip_while(|token| **token != Token::Mark(']')).skip(1);
            let mut next = words.next();
            while next == Some(&Token::Word("pub".into())) {
                next = words.next();
            }
            if let (true, Some(Token::Word(kind)), Some(Token::Word(name))) = (is_account, next, words.next())
            {
                if kind == "struct" {
                    found.push(name.clone());
                }
            }
        }
        found
    }

    /// Every path the code names, with the trees of `use` spelt out: `crate::{a::b, c}` is
    /// `crate::a::b` and `crate::c`.
    pub fn paths(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            match &self.tokens[at] {
                Token::Word(word) if word == "use" => at = self.tree(at + 1, &[], &mut found),
                Token::Word(word) => {
                    let mut path = vec![word.clone()];
                    while let (Some(Token::Separator), Some(Token::Word(next))) =
                        (self.tokens.get(at + 1), self.tokens.get(at + 2))
                    {
                        path.push(next.clone());
                        at += 2;
                    }
                    if path.len() > 1 {
                        found.push(path);
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        found
    }

    /// Reads one tree of a `use` from `at` on, below `parent`. Returns the place after it.
    fn tree(&self, mut at: usize, parent: &[String], found: &mut Vec<Vec<String>>) -> usize {
        let mut path = parent.to_vec();
        while let Some(token) = self.tokens.get(at) {
            match token {
                // The other name follows, and is no part of the path.
                Token::Word(word) if word == "as" => at += 1,
                Token::Word(word) => path.push(word.clone()),
                Token::Mark('*') => path.push("*".into()),
                Token::Separator => {}
                Token::Mark('{') => {
                    at += 1;
                    while self.tokens.get(at).is_some_and(|token| *token != Token::Mark('}')) {
                        let end = self.tree(at, &path, found);
                        let is_mark = matches!(self.tokens.get(end), Some(Token::Mark(mark)) if *mark != '}');
                        at = end + usize::from(is_mark);
                    }
                    return at + 1;
                }
                Token::Mark(_) => break,
            }
            at += 1;
        }
        if path.len() > parent.len() {
            found.push(path);
        }
        at
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_word(letter) {
            let mut word = String::from(letter);
            while let Some(next) = letters.next_if(|next| is_word(*next)) {
                word.push(next);
            }
            tokens.push(Token::Word(word));
        } else if letter == ':' && letters.next_if_eq(&':').is_some() {
            tokens.push(Token::Separator);
        } else if !letter.is_whitespace() {
            tokens.push(Token::Mark(letter));
        }
    }
    tokens
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The text without comments and without the contents of string literals.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if letter == '"' {
            literal(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

/// The length of the string literal that `text` starts with.
fn literal(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn paths(text: &str) -> Vec<String> {
        Source::read(text).paths().iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn trees_of_imports_are_spelt_out() {
        let text = "use {\n    crate::{error::*, instructions::{novate::require, \
            vault::Custody as Money}},\n    super::a,\n};";
        let expected = [
            "crate::error::*",
            "crate::instructions::novate::require",
            "crate::instructions::vault::Custody",
            "super::a",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn paths_in_code_count_and_comments_and_texts_do_not() {
        let text = "// use crate::a::b;\nfn f() \
                    { let s = \"crate::c\"; /* d::e */ super::novate::go(\"\\\"x::y\"); }";
        assert_eq!(paths(text), ["super::novate::go"]);
    }

    #[test]
    fn accounts_are_structures_and_not_fields() {
        let text = "#[account]\npub struct Fund { a: u8 }\nstruct Pay { #[account(mut)] pub fund: u8 }";
        assert_eq!(Source::read(text).accounts(), ["Fund"]);
    }

    #[test]
    fn unit_tests_are_left_out() {
        let source = Source::read("fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() { emit!(x); }\n}\n");
        assert!(source.has("f") && !source.has("g") && !source.calls("emit"));
    }
}
