//! Where compute units go: the program's own instructions by function, from a build with debug information. For every case what
//! each function has used, itself and with what it calls, and the stacks as flame graph tools read them.

use {
    bulkhead_tests::trace::{self, Step},
    std::{
        collections::{BTreeMap, BTreeSet, HashMap},
        fs,
        path::{Path, PathBuf},
    },
};

/// Bytes of an instruction.
const INSTRUCTION: u64 = 8;
/// Functions that are told.
const TOLD: usize = 40;

/// Profiles of all cases, in a folder.
pub struct Profile {
    folder: PathBuf,
    symbols: Symbols,
}

impl Profile {
    /// Of a program built with debug information, into this folder.
    pub fn new(program: &Path, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self { folder: folder.to_owned(), symbols: Symbols::of(program) }
    }

    /// Writes down what the last transaction has run.
    pub fn take(&mut self, name: &str, cu: u64) {
        let stacks = Stacks::of(&trace::last(), &mut self.symbols);
        let file: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let path = self.folder.join(file).with_extension("folded");
        fs::write(&path, stacks.folded()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!(
            "{name}: {cu} CU, {} of them instructions of the program\n{}",
            stacks.instructions,
            stacks.table()
        );
    }
}

/// Names of functions by place.
struct Symbols {
    loader: addr2line::Loader,
    known: HashMap<u32, Vec<String>>,
}

impl Symbols {
    fn of(program: &Path) -> Self {
        let loader =
            addr2line::Loader::new(program).unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Self { loader, known: HashMap::new() }
    }

    /// The function at a place, and those it is inlined in: the outermost first.
    fn functions(&mut self, place: u32) -> &[String] {
        let Self { loader, known } = self;
        known.entry(place).or_insert_with(|| {
            let mut names = Vec::new();
            if let Ok(mut frames) = loader.find_frames(u64::from(place) * INSTRUCTION) {
                while let Ok(Some(frame)) = frames.next() {
                    let name =
                        frame.function.and_then(|function| function.raw_name().ok().map(|name| plain(&name)));
                    names.push(name.unwrap_or_else(|| "?".to_owned()));
                }
            }
            names.reverse();
            names
        })
    }
}

/// A function's name as the compiler writes it into debug information: `add_3C_u64_3E_` for `add<u64>`.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('_') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(|code| rest[at + 3..].starts_with('_') && !code.is_ascii_alphanumeric()) {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                plain.push('_');
                rest = &rest[at + 1..];
            }
        }
    }
    plain + rest
}

/// Instructions by the functions they were in.
struct Stacks {
    instructions: usize,
    /// By the whole stack, the outermost function first.
    stacks: BTreeMap<String, usize>,
    /// By function: in it, and in it or what it calls.
    functions: BTreeMap<String, (usize, usize)>,
}

impl Stacks {
    fn of(steps: &[Step], symbols: &mut Symbols) -> Self {
        let mut all = Self { instructions: steps.len(), stacks: BTreeMap::new(), functions: BTreeMap::new() };
        // Where each frame stands while a deeper one runs.
        let mut callers: Vec<(u64, Vec<String>)> = Vec::new();
        for step in steps {
            callers.retain(|(frame, _)| *frame < step.frame);
            let here = symbols.functions(step.place).to_vec();
            let stack: Vec<&String> = callers.iter().flat_map(|(_, names)| names).chain(&here).collect();
            for function in stack.iter().collect::<BTreeSet<_>>() {
                all.functions.entry((*function).clone()).or_default().1 += 1;
            }
            if let Some(function) = stack.last() {
                all.functions.entry((*function).clone()).or_default().0 += 1;
            }
            let names: Vec<&str> = stack.iter().map(|name| name.as_str()).collect();
            *all.stacks.entry(names.join(";")).or_default() += 1;
            callers.push((step.frame, here));
        }
        all
    }

    fn folded(&self) -> String {
        self.stacks.iter().map(|(stack, count)| format!("{stack} {count}\n")).collect()
    }

    fn table(&self) -> String {
        let mut rows: Vec<_> = self.functions.iter().collect();
        rows.sort_by_key(|(_, (_, all))| std::cmp::Reverse(*all));
        let row = |(name, (own, all)): &(&String, &(usize, usize))| format!("{all:>7} {own:>7}  {name}\n");
        rows.iter().take(TOLD).map(row).collect()
    }
}
