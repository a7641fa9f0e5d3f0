//! Serves metrics and health over HTTP: two paths, one answer for each connection.

use {
    crate::metrics::{render, Metrics},
    std::{sync::Arc, time::Duration},
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        time::timeout,
    },
};

/// Longest request line with headers.
const MOST_BYTES: usize = 4_096;
/// Longest time that one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keepers that one port answers for, each with the age at which its chain counts as stale.
pub type Served = Vec<(Arc<Metrics>, Duration)>;

/// Answers requests until the task is dropped.
pub async fn serve(listener: TcpListener, served: Served) {
    let served = Arc::new(served);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let served = served.clone();
                tokio::spawn(timeout(PATIENCE, async move { answer(stream, &served).await }));
            }
            // The process may be out of descriptors for a moment, which is no reason to end.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn answer(mut stream: TcpStream, served: &Served) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await?;
        if read == 0 || request.len() > MOST_BYTES {
            return Ok(());
        }
        request.extend_from_slice(&chunk[..read]);
    }
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let (status, body) = respond(&String::from_utf8_lossy(line), served);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: \
         close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// Status and body for a request line. One keeper that is not healthy makes the process unhealthy.
fn respond(line: &str, served: &Served) -> (&'static str, String) {
    let mut words = line.split(' ');
    match (words.next(), words.next()) {
        (Some("GET"), Some("/metrics")) => {
            ("200 OK", render(served.iter().map(|(metrics, _)| metrics.as_ref())))
        }
        (Some("GET"), Some("/healthz")) => {
            match served.iter().find_map(|(metrics, stale)| metrics.unhealthy(*stale)) {
                None => ("200 OK", "ok\n".into()),
                Some(why) => ("503 Service Unavailable", format!("{why}\n")),
            }
        }
        (Some("GET"), _) => ("404 Not Found", "/metrics or /healthz\n".into()),
        _ => ("405 Method Not Allowed", "GET only\n".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_paths_are_answered() {
        let metrics = Arc::new(Metrics::default());
        let served = vec![(metrics.clone(), Duration::from_secs(60))];
        let status = |line: &str| respond(line, &served).0;
        assert_eq!(status("GET /healthz HTTP/1.1"), "503 Service Unavailable");
        metrics.read();
        assert_eq!(status("GET /healthz HTTP/1.1"), "200 OK");
        assert_eq!(status("GET /metrics HTTP/1.1"), "200 OK");
        assert_eq!(status("GET / HTTP/1.1"), "404 Not Found");
        assert_eq!(status("POST /metrics HTTP/1.1"), "405 Method Not Allowed");
    }
}
