//! A node that has one large fund and nothing else, in a process of its own: what it needs is not counted.

use {
    anchor_lang::Discriminator,
    base64::{engine::general_purpose::STANDARD, Engine},
    bulkhead_book::{accounts::CLOCK, Book},
    bulkhead_client::{address, program_id, Address},
    bulkhead_keeper::bulk::PAGED,
    bytemuck::{bytes_of, Pod},
    serde_json::{json, Value},
    std::{
        collections::BTreeMap,
        io::{self, BufRead, BufReader, BufWriter, Read, Write},
        net::{TcpListener, TcpStream},
        ops::Bound,
        thread::{scope, spawn},
    },
};

/// What makes this node one that has pages. Without it, it is one that does not know the method.
pub const PAGES: &str = "pages";

/// The data of an account in base 64: as it is, and compressed.
struct Data {
    space: usize,
    plain: String,
    compressed: String,
}

/// All accounts of the program, by address in base 58.
type Accounts = BTreeMap<String, Data>;

/// Serves a fund on a port that the first line of standard output names, until standard input ends.
pub fn serve(book: &Book) -> io::Result<()> {
    let accounts = accounts(book)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    // Whoever started it is gone when standard input ends.
    spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0)
    });
    scope(|all| loop {
        let (stream, _) = listener.accept()?;
        let accounts = &accounts;
        all.spawn(move || drop(answer(stream, accounts)));
    })
}

fn accounts(book: &Book) -> io::Result<Accounts> {
    let mut accounts = Accounts::new();
    let mut add = |address: &Address, data: &[u8]| -> io::Result<()> {
        let compressed = STANDARD.encode(zstd::bulk::compress(data, 0)?);
        let data = Data { space: data.len(), plain: STANDARD.encode(data), compressed };
        accounts.insert(address.to_string(), data);
        Ok(())
    };
    for (address, member) in &book.members {
        add(address, &bytes(member))?;
    }
    for market in book.markets.iter() {
        add(&book.keys.market(market.index), &bytes(market))?;
    }
    add(&book.keys.fund, &bytes(&book.fund))?;
    // Readers of a book take slot and time from the clock, and an amount from the vault.
    let mut clock = [0; 40];
    clock[..8].copy_from_slice(&book.slot.to_le_bytes());
    clock[32..].copy_from_slice(&book.now.to_le_bytes());
    add(&CLOCK, &clock)?;
    add(&address::vault(&book.keys.fund), &[0; 165])?;
    Ok(accounts)
}

fn bytes<T: Pod + Discriminator>(value: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytes_of(value)].concat()
}

fn answer(stream: TcpStream, accounts: &Accounts) -> io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length, mut has_pages) = (String::new(), 0, false);
    while reader.read_line(&mut line)? > 2 {
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        has_pages |= lower.starts_with("post ") && lower.contains(PAGES);
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked: Value = serde_json::from_slice(&body)?;
    let mut to = BufWriter::new(&stream);
    write!(to, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
    write!(to, "{{\"jsonrpc\":\"2.0\",\"id\":{},", asked["id"])?;
    respond(&mut to, &asked, accounts, has_pages)?;
    write!(to, "}}")?;
    to.flush()
}

fn respond(to: &mut impl Write, asked: &Value, accounts: &Accounts, has_pages: bool) -> io::Result<()> {
    let (method, config) = (asked["method"].as_str().unwrap_or_default(), &asked["params"][1]);
    let is_compressed = config["encoding"] == "base64+zstd";
    match method {
        "getMultipleAccounts" => {
            write!(to, "\"result\":{{\"context\":{{\"slot\":1}},\"value\":[")?;
            for (number, address) in asked["params"][0].as_array().into_iter().flatten().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                match accounts.get(address.as_str().unwrap_or_default()) {
                    Some(data) => write!(to, "{comma}{}", account(data, is_compressed))?,
                    None => write!(to, "{comma}null")?,
                }
            }
            write!(to, "]}}")
        }
        "getProgramAccounts" => {
            write!(to, "\"result\":[")?;
            list(to, accounts.iter(), is_compressed)?;
            write!(to, "]")
        }
        PAGED if has_pages => {
            let limit = config["limit"].as_u64().unwrap_or(1_000) as usize;
            let after = config["paginationKey"].as_str().map_or(Bound::Unbounded, Bound::Excluded);
            let rest = || accounts.range::<str, _>((after, Bound::Unbounded)).take(limit);
            write!(to, "\"result\":{{\"accounts\":[")?;
            list(to, rest(), is_compressed)?;
            write!(to, "],\"paginationKey\":{}}}", json!(rest().last().map(|(address, _)| address)))
        }
        _ => write!(to, "\"error\":{{\"code\":-32601,\"message\":\"Method not found\"}}"),
    }
}

fn list<'a>(
    to: &mut impl Write,
    accounts: impl Iterator<Item = (&'a String, &'a Data)>,
    is_compressed: bool,
) -> io::Result<()> {
    for (number, (address, data)) in accounts.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(to, "{comma}{{\"pubkey\":\"{address}\",\"account\":{}}}", account(data, is_compressed))?;
    }
    Ok(())
}

fn account(Data { space, plain, compressed }: &Data, is_compressed: bool) -> String {
    let (data, encoding) = if is_compressed { (compressed, "base64+zstd") } else { (plain, "base64") };
    format!(
        "{{\"lamports\":1,\"data\":[\"{data}\",\"{encoding}\"],\"owner\":\"{}\",\"executable\":false,\
         \"rentEpoch\":0,\"space\":{space}}}",
        program_id()
    )
}
