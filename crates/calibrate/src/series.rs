//! A file of prices: `timestamp_utc,open,high,low,close[,volume]`, plain or packed; each row is a
//! bar with its opening time.

use {
    crate::error::PriceError,
    bulkhead_format::parse_utc,
    flate2::read::MultiGzDecoder,
    serde::{Deserialize, Serialize},
    std::{
        fs::File,
        io::{BufReader, Read},
        path::Path,
    },
};

/// One bar. Prices are in the settlement asset, finite and above zero; the low and the high enclose
/// open and close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Opening time, unix seconds.
    pub ts: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Assets traded; `None` where the file has no such column.
    pub volume: Option<f64>,
}

/// The kind of a price, by the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Trades of the asset itself.
    Spot,
    /// Trades of a perpetual contract.
    Perp,
    /// A venue's own mark.
    Mark,
    /// The name does not say the kind.
    Other,
}

/// One file, read.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name of the file, without its folder.
    pub file: String,
    /// Symbol of its market.
    pub symbol: String,
    /// Its crash, or [`crate::folder::HISTORY`].
    pub window: String,
    /// Kind of its prices.
    pub source: Source,
    /// Least time between two bars.
    pub step_secs: i64,
    /// Sorted by time; at least two.
    pub bars: Vec<Bar>,
}

#[derive(Deserialize)]
struct Row {
    timestamp_utc: String,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    #[serde(default)]
    volume: Option<f64>,
}

impl Series {
    /// Opening time of the first bar.
    pub fn start(&self) -> i64 {
        self.bars.first().map(|bar| bar.ts).unwrap_or_default()
    }

    /// Closing time of the last bar.
    pub fn end(&self) -> i64 {
        self.bars.last().map(|bar| bar.ts + self.step_secs).unwrap_or_default()
    }

    /// Time from start to end, gaps included.
    pub fn span(&self) -> i64 {
        self.end() - self.start()
    }
}

/// Reads the bars of a file.
pub fn read(file: &Path) -> Result<Vec<Bar>, PriceError> {
    let unreadable = |source| PriceError::Unreadable { file: file.to_path_buf(), source };
    let plain = BufReader::new(File::open(file).map_err(unreadable)?);
    if file.extension().is_some_and(|extension| extension == "gz") {
        parse(MultiGzDecoder::new(plain), file)
    } else {
        parse(plain, file)
    }
}

/// Reads the bars in a file's contents; `file` is for the messages.
pub fn parse(from: impl Read, file: &Path) -> Result<Vec<Bar>, PriceError> {
    let malformed = |line, why: String| PriceError::Malformed { file: file.to_path_buf(), line, why };
    let mut reader = csv::Reader::from_reader(from);
    let failed = |line, error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => PriceError::Unreadable { file: file.to_path_buf(), source },
        csv::ErrorKind::Deserialize { err, .. } => {
            malformed(line, format!("not a row of timestamp_utc, open, high, low, close: {err}"))
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            malformed(line, format!("{len} columns where the header has {expected_len}"))
        }
        _ => malformed(line, "not a row of text".into()),
    };
    // The headers are read separately, because a file that cannot be unpacked has no rows instead
    // of an error.
    reader.headers().map_err(|error| failed(1, error))?;
    let mut bars: Vec<Bar> = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index as u64 + 2; // the first is the header
        let row = row.map_err(|error| failed(line, error))?;
        let Some(ts) = parse_utc(&row.timestamp_utc) else {
            return Err(malformed(
                line,
                format!("{:?} is not a UTC time like 2025-10-10T21:15:00Z", row.timestamp_utc),
            ));
        };
        let Row { open, high, low, close, volume, .. } = row;
        let bar = Bar { ts, open, high, low, close, volume };
        bar.check().map_err(|why| malformed(line, why))?;
        if bars.last().is_some_and(|last| last.ts >= ts) {
            return Err(PriceError::Unsorted { file: file.to_path_buf(), line, time: row.timestamp_utc });
        }
        bars.push(bar);
    }
    Ok(bars)
}

/// Least time between two bars.
pub fn step_secs(bars: &[Bar], file: &Path) -> Result<i64, PriceError> {
    let steps = bars.windows(2).map(|pair| pair[1].ts - pair[0].ts);
    steps.min().ok_or_else(|| PriceError::TooFewRows { file: file.to_path_buf() })
}

impl Bar {
    fn check(&self) -> Result<(), String> {
        let prices = [self.open, self.high, self.low, self.close];
        if prices.iter().any(|price| !price.is_finite() || *price <= 0.0) {
            return Err("a price is not above zero".into());
        }
        if self.low > self.open.min(self.close) || self.high < self.open.max(self.close) {
            return Err("low and high do not hold open and close".into());
        }
        if self.volume.is_some_and(|volume| !volume.is_finite() || volume < 0.0) {
            return Err("the volume is negative".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        flate2::{write::GzEncoder, Compression},
        std::io::Write,
    };

    const HEADER: &str = "timestamp_utc,open,high,low,close,volume\n";
    const ROW: &str = "2025-10-10T21:00:00Z,100,101,90,95,12.5\n";

    fn parsed(text: &str) -> Result<Vec<Bar>, PriceError> {
        parse(text.as_bytes(), Path::new("x.csv"))
    }

    fn refused(text: &str) -> String {
        parsed(text).unwrap_err().to_string()
    }

    #[test]
    fn a_row_is_a_bar_with_or_without_volume() {
        let bars = parsed(&format!("{HEADER}{ROW}")).unwrap();
        assert_eq!(
            bars,
            [Bar { ts: 1_760_130_000, open: 100.0, high: 101.0, low: 90.0, close: 95.0, volume: Some(12.5) }]
        );
        let without =
            parsed("timestamp_utc,open,high,low,close\n2025-10-10T21:00:00Z,100,101,90,95\n").unwrap();
        assert_eq!(without[0].volume, None);
    }

    #[test]
    fn a_malformed_row_is_named_with_its_line() {
        let bad = |row: &str| refused(&format!("{HEADER}{ROW}{row}\n"));
        assert!(bad("2025-10-10T22:00:00Z,95,x,90,95,1").starts_with("x.csv line 3: not a row of"));
        assert!(bad("2025-10-10T22:00:00Z,95").contains("line 3: 2 columns where the header has 6"));
        assert!(bad("10 October,95,96,90,95,1").contains("line 3: \"10 October\" is not a UTC time"));
        assert!(bad("2025-10-10T22:00:00Z,95,96,0,95,1").contains("not above zero"));
        assert!(bad("2025-10-10T22:00:00Z,95,94,90,95,1").contains("do not hold"));
        assert!(bad("2025-10-10T22:00:00Z,95,NaN,90,95,1").contains("not above zero"));
        assert!(bad("2025-10-10T22:00:00Z,95,96,90,95,-1").contains("volume"));
        assert!(refused("time,price\n1,2\n").contains("line 2: not a row of"));
    }

    #[test]
    fn times_must_rise() {
        let again = refused(&format!("{HEADER}{ROW}{ROW}"));
        assert!(again.contains("line 3: 2025-10-10T21:00:00Z is not later"), "{again}");
        assert!(step_secs(&parsed(&format!("{HEADER}{ROW}")).unwrap(), Path::new("x.csv")).is_err());
    }

    #[test]
    fn a_packed_file_is_read_as_a_plain_one() {
        let file = std::env::temp_dir().join(format!("bulkhead-calibrate-{}.csv.gz", std::process::id()));
        let mut packer = GzEncoder::new(File::create(&file).unwrap(), Compression::fast());
        packer.write_all(format!("{HEADER}{ROW}").as_bytes()).unwrap();
        packer.finish().unwrap();
        assert_eq!(read(&file).unwrap().len(), 1);
        std::fs::write(&file, "not packed at all").unwrap();
        let found = read(&file);
        assert!(matches!(found, Err(PriceError::Unreadable { .. })), "{found:?}");
        std::fs::remove_file(&file).unwrap();
    }
}
