//! What containers wrote, kept in files and given to `kubectl logs`.
//!
//! A line in a file is TIME STREAM TAG TEXT, as the Container Runtime Interface has it: the tag is F
//! for a whole line, and P for one that goes on in the next.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use kubelet::log::Options;
use tokio::io::{AsyncBufReadExt, AsyncSeekExt, AsyncWrite, BufReader};
use tokio::sync::mpsc;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A file that has grown to this is put aside, and the one before it goes.
const LARGEST: u64 = 10 << 20;
/// Of one write that a guest may make at once.
const PERMIT: usize = 64 << 10;
const POLL: Duration = Duration::from_millis(200);

/// The file of one run of a container.
pub fn file(directory: &Path, container: &str, run: i32) -> PathBuf {
    directory.join(format!("{container}.{run}.log"))
}

struct Writer {
    path: PathBuf,
    file: File,
    size: u64,
    /// Whether the last write failed: a program that goes on writing fills no journal.
    fails: bool,
}

impl Writer {
    fn write(&mut self, stream: &str, text: &[u8]) -> std::io::Result<()> {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
        let mut lines = Vec::with_capacity(text.len() + 64);
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let (piece, tag) = match piece.strip_suffix(b"\n") {
                Some(line) => (line, 'F'),
                None => (piece, 'P'),
            };
            write!(lines, "{now} {stream} {tag} ")?;
            lines.extend_from_slice(piece);
            lines.push(b'\n');
        }
        if self.size > LARGEST {
            std::fs::rename(&self.path, self.path.with_extension("log.old"))?;
            self.file = File::create(&self.path)?;
            self.size = 0;
        }
        self.size += lines.len() as u64;
        self.file.write_all(&lines)
    }
}

/// Where one run of a container writes.
#[derive(Clone)]
pub struct Log(Arc<Mutex<Writer>>);

impl Log {
    pub fn create(path: &Path) -> Result<Self> {
        let mut file = File::options().create(true).append(true).open(path)?;
        let size = file.seek(std::io::SeekFrom::End(0))?;
        Ok(Self(Arc::new(Mutex::new(Writer {
            path: path.to_owned(),
            file,
            size,
            fails: false,
        }))))
    }

    pub fn stream(&self, name: &'static str) -> Stream {
        Stream {
            log: self.clone(),
            name,
        }
    }

    /// A line of the node's own, for people.
    pub fn say(&self, line: &str) {
        self.write("stderr", format!("{line}\n").as_bytes());
    }

    fn write(&self, stream: &str, text: &[u8]) {
        let mut writer = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let written = writer.write(stream, text);
        let fails = std::mem::replace(&mut writer.fails, written.is_err());
        if let (Err(error), false) = (written, fails) {
            tracing::warn!(%error, file = %writer.path.display(), "a log cannot be written");
        }
    }
}

/// A guest's standard output or error.
#[derive(Clone)]
pub struct Stream {
    log: Log,
    name: &'static str,
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    /// Of preview 3, which no guest is given.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.write(self.name, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

/// Give what `options` ask for of a log to `to`, until there is no more, or nobody reads it.
///
/// `goes_on` says whether the container may still write.
pub async fn send(
    path: &Path,
    options: &Options,
    to: mpsc::Sender<Bytes>,
    goes_on: impl Fn() -> bool,
) -> Result<()> {
    let mut file = GrowingFile::open(path).await?;
    let mut reader = LogReader::new(options, to);
    loop {
        let last = !goes_on();
        if let Some(line) = file.line().await? {
            if !reader.give_line(&line).await {
                return Ok(());
            }
            continue;
        }
        if !reader.give_kept().await || !options.follow || last {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
        if reader.to.is_closed() {
            return Ok(());
        }
        file.look_again().await?;
    }
}

/// A file that is read while it is written, and gives way to another one of its name.
struct GrowingFile<'a> {
    path: &'a Path,
    reader: BufReader<tokio::fs::File>,
    /// Bytes, up to the end of a line.
    read: u64,
    drained: bool,
}

impl<'a> GrowingFile<'a> {
    async fn open(path: &'a Path) -> Result<Self> {
        Ok(Self {
            path,
            reader: BufReader::new(tokio::fs::File::open(path).await?),
            read: 0,
            drained: false,
        })
    }

    /// The next line, when it is there whole.
    async fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let count = self.reader.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        self.read += count as u64;
        Ok(Some(line))
    }

    /// Go on where the last line ended: in this file, or in the one that took its place.
    async fn look_again(&mut self) -> Result<()> {
        self.reader
            .seek(std::io::SeekFrom::Start(self.read))
            .await?;
        let (now, mine) = (
            tokio::fs::metadata(self.path).await?,
            self.reader.get_ref().metadata().await?,
        );
        if now.ino() == mine.ino() {
            self.drained = false;
        } else if !std::mem::replace(&mut self.drained, true) {
            // It was put aside; what was written to it until then is read first.
        } else {
            *self = Self::open(self.path).await?;
        }
        Ok(())
    }
}

/// Who reads a log, and what is left to give of what is asked for.
struct LogReader<'a> {
    options: &'a Options,
    to: mpsc::Sender<Bytes>,
    since: Option<DateTime<Utc>>,
    /// Bytes.
    left: u64,
    /// Until the end is reached the first time only the last lines are kept.
    kept: VecDeque<Vec<u8>>,
    at_end: bool,
}

impl<'a> LogReader<'a> {
    fn new(options: &'a Options, to: mpsc::Sender<Bytes>) -> Self {
        let since = match (options.since, options.since_time) {
            (Some(seconds), _) => Some(Utc::now() - chrono::Duration::seconds(seconds as i64)),
            (None, time) => time,
        };
        Self {
            options,
            to,
            since,
            left: options.limit_bytes.unwrap_or(u64::MAX),
            kept: VecDeque::new(),
            at_end: false,
        }
    }

    /// Give a line, or keep it; false when that was the last.
    async fn give_line(&mut self, line: &[u8]) -> bool {
        let Some(text) = shown(line, self.options, self.since) else {
            return true;
        };
        match self.options.tail {
            Some(tail) if !self.at_end => {
                match self.kept.back_mut() {
                    // The line before goes on in this one.
                    Some(line) if !line.ends_with(b"\n") => line.extend(text),
                    _ => self.kept.push_back(text),
                }
                if self.kept.len() > tail {
                    self.kept.pop_front();
                }
                true
            }
            _ => self.give(text).await,
        }
    }

    /// Give what was kept, now that the end is reached; false when that was the last.
    async fn give_kept(&mut self) -> bool {
        self.at_end = true;
        while let Some(text) = self.kept.pop_front() {
            if !self.give(text).await {
                return false;
            }
        }
        true
    }

    /// Whether it was taken whole.
    async fn give(&mut self, mut text: Vec<u8>) -> bool {
        text.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= text.len() as u64;
        self.to.send(text.into()).await.is_ok() && self.left > 0
    }
}

/// A line of a log as it is asked for; nothing when it is older than that.
fn shown(line: &[u8], options: &Options, since: Option<DateTime<Utc>>) -> Option<Vec<u8>> {
    let mut parts = line.splitn(4, |byte| *byte == b' ');
    let (time, _, tag, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let time = std::str::from_utf8(time).ok()?;
    if let Some(since) = since
        && DateTime::parse_from_rfc3339(time).is_ok_and(|written| written < since)
    {
        return None;
    }
    let mut shown = Vec::with_capacity(line.len());
    if options.timestamps {
        shown.extend_from_slice(time.as_bytes());
        shown.push(b' ');
    }
    let whole = tag == b"F";
    shown.extend_from_slice(if whole {
        text
    } else {
        text.strip_suffix(b"\n").unwrap_or(text)
    });
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:01Z stdout P two \n\
                       2026-01-01T00:00:02Z stdout F three\n2026-01-01T00:00:03Z stderr F four\n";

    async fn sent(query: &str) -> String {
        let path = std::env::temp_dir().join(format!(
            "krustlet-log-{}-{}",
            std::process::id(),
            query.len()
        ));
        std::fs::write(&path, LOG).unwrap();
        let options = serde_urlencoded::from_str(query).unwrap();
        let (sender, mut receiver) = mpsc::channel(64);
        send(&path, &options, sender, || false).await.unwrap();
        let mut text = Vec::new();
        while let Some(piece) = receiver.recv().await {
            text.extend_from_slice(&piece);
        }
        std::fs::remove_file(path).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn that_a_log_cannot_be_written_is_told_once() {
        struct Said(mpsc::UnboundedSender<u8>);
        impl Write for Said {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                bytes.iter().for_each(|byte| self.0.send(*byte).unwrap());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let writer = move || Said(sender.clone());
        let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, || {
            let log = Log::create(Path::new("/dev/full")).unwrap();
            (0..100).for_each(|_| log.say("full"));
        });
        let mut said = Vec::new();
        while let Ok(byte) = receiver.try_recv() {
            said.push(byte);
        }
        let said = String::from_utf8(said).unwrap();
        assert_eq!(said.matches("a log cannot be written").count(), 1, "{said}");
    }

    #[tokio::test]
    async fn a_log_is_given_as_it_is_asked_for() {
        assert_eq!(sent("").await, "one\ntwo three\nfour\n");
        assert_eq!(sent("tailLines=1").await, "four\n");
        assert_eq!(sent("tailLines=9").await, "one\ntwo three\nfour\n");
        assert_eq!(sent("limitBytes=6").await, "one\ntw");
        assert_eq!(sent("sinceTime=2026-01-01T00:00:02.5Z").await, "four\n");
        assert!(
            sent("timestamps=true&follow=true")
                .await
                .starts_with("2026-01-01T00:00:00Z one\n")
        );
    }
}
