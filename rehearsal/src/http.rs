//! A question to a server on this machine.

use {
    anyhow::{ensure, Context, Result},
    std::{
        io::{Read, Write},
        net::{SocketAddr, TcpListener, TcpStream},
        time::Duration,
    },
};

/// Longest time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The answer to a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The lines above the body.
    pub head: String,
    pub body: String,
}

/// Asks a server on this machine for a path.
///
/// # Errors
/// When nobody listens at the port, or the answer is no HTTP.
pub fn get(port: u16, path: &str) -> Result<Answer> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let asked = || format!("http://{address}{path}");
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(asked)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // Of 1.0 the answer ends with the connection, in one piece.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").with_context(asked)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(asked)?;
    parse(&String::from_utf8_lossy(&answer)).with_context(asked)
}

/// Asks for a path, and takes no answer but a good one.
///
/// # Errors
/// As [`get`]; when the server refuses.
pub fn page(port: u16, path: &str) -> Result<Answer> {
    let answer = get(port, path)?;
    ensure!(
        answer.status == 200,
        "http://127.0.0.1:{port}{path} answers {}: {}",
        answer.status,
        answer.body.trim()
    );
    Ok(answer)
}

fn parse(answer: &str) -> Result<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.context("the answer has no status")?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// A port that is free now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port on 127.0.0.1 is free")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let answer = parse("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nnot here\n").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "not here\n"));
        assert!(answer.head.ends_with("A: b"));
        assert!(parse("nonsense").is_err() && parse("HTTP/1.1 x\r\n\r\n").is_err());
    }
}
