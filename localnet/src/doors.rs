//! The ports at which a network is reached: the RPC node's, and the websocket's right after it, as
//! Solana's clients assume.
//!
//! The embedded validator chooses two ports of its own that have nothing to do with one another. A
//! thread hands every connection on to them, byte by byte.

use {
    anyhow::{bail, Context, Result},
    std::net::{Ipv4Addr, SocketAddr, TcpListener},
    tokio::{io::copy_bidirectional, net, runtime},
};

/// The port that Solana's own test validator has.
const USUAL: u16 = 8899;
/// Pairs of ports that are tried.
const TRIES: u16 = 200;

/// The two ports, open as long as the process lives.
pub struct Doors {
    rpc: u16,
}

impl Doors {
    /// Opens `port` and the next one for the validator at these addresses. Without a port it is the
    /// usual one, or the first pair after it that is free.
    ///
    /// # Errors
    /// When the port, or the one after it, is taken.
    pub fn open(port: Option<u16>, rpc_url: &str, ws_url: &str) -> Result<Self> {
        let inner = [target(rpc_url)?, target(ws_url)?];
        let (rpc, listeners) = match port {
            Some(port) => (port, pair(port).with_context(|| format!("--port {port}"))?),
            None => free_pair()?,
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("doors".into()).spawn(move || {
            runtime.block_on(async {
                let doors = listeners.into_iter().zip(inner).map(|(listener, inner)| serve(listener, inner));
                let mut doors = doors.collect::<Vec<_>>().into_iter();
                if let (Some(rpc), Some(websocket)) = (doors.next(), doors.next()) {
                    let _ = tokio::join!(rpc, websocket);
                }
            });
        })?;
        Ok(Self { rpc })
    }

    /// The address for requests.
    pub fn rpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.rpc)
    }

    /// The address for subscriptions.
    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.rpc + 1)
    }
}

fn free_pair() -> Result<(u16, [TcpListener; 2])> {
    for port in (USUAL..).step_by(2).take(usize::from(TRIES)) {
        if let Ok(listeners) = pair(port) {
            return Ok((port, listeners));
        }
    }
    bail!("no two ports in a row are free from {USUAL} on: choose some with --port")
}

fn pair(port: u16) -> Result<[TcpListener; 2]> {
    let open = |port: u16| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = listener.with_context(|| format!("port {port} is taken"))?;
        listener.set_nonblocking(true)?;
        anyhow::Ok(listener)
    };
    Ok([open(port)?, open(port + 1)?])
}

fn target(url: &str) -> Result<SocketAddr> {
    let address = url.split_once("://").map_or(url, |(_, rest)| rest);
    address.trim_end_matches('/').parse().with_context(|| format!("{url} has no port"))
}

async fn serve(listener: TcpListener, inner: SocketAddr) -> Result<()> {
    let listener = net::TcpListener::from_std(listener)?;
    loop {
        // A connection that cannot be taken is the caller's affair; the door stays open.
        let Ok((mut outside, _)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            if let Ok(mut inside) = net::TcpStream::connect(inner).await {
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::io::{Read, Write},
        std::net::TcpStream,
    };

    /// An echo behind two doors, of which the second is the port after the first.
    #[test]
    fn a_door_hands_everything_on() {
        let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", echo.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in echo.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut reader = stream.try_clone().unwrap();
                    let _ = std::io::copy(&mut reader, &mut &stream);
                });
            }
        });
        let doors = Doors::open(None, &url, &url.replace("http", "ws")).unwrap();
        let ports = [doors.rpc_url(), doors.ws_url()].map(|url| target(&url).unwrap().port());
        assert_eq!(ports[0] + 1, ports[1]);
        for port in ports {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            stream.write_all(b"hello").unwrap();
            let mut heard = [0; 5];
            stream.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"hello");
        }
        let taken = Doors::open(Some(ports[0]), &url, &url).err().expect("both are taken");
        assert!(
            format!("{taken:#}").contains(&format!("--port {}: port {0} is taken", ports[0])),
            "{taken:#}"
        );
    }
}
