//! What nginx has added to its main error logs since a given moment.
//!
//! While it reloads, the master reports errors of syntax to the log of the configuration that is in force, and later
//! ones (sockets, shared zones) to the log of the configuration it loads. Where the two differ, follow both.

use std::collections::VecDeque;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err::File;
use rustix::io::Errno;
use thiserror::Error;

/// The most that one look reads of a log, in bytes: a flood of request errors must not slow a reload down.
const LONGEST_LOOK: u64 = 64 * 1024;

/// Why nginx's error log tells nothing.
#[derive(Debug, Error)]
pub enum NoLog {
    /// The configuration logs to no file.
    #[error("nginx's error log is not a file, so what it says could not be read")]
    NoFile,
    /// A log is a pipe, a terminal or a device.
    #[error("nginx's error log `{0}` is not a regular file, so what it says could not be read")]
    NotRegular(PathBuf),
    /// A log exists but cannot be opened or read.
    #[error("nginx's error log could not be read: {0}")]
    Unreadable(#[source] io::Error),
}

/// The main error logs of an nginx from a moment on; each look returns what is new since the look before.
#[derive(Debug)]
pub struct ErrorLogMark {
    logs: Vec<Followed>,
    unreadable: Option<NoLog>,
}

#[derive(Debug)]
struct Followed {
    path: PathBuf,
    /// The file behind the path; kept open, so that lines written just before a rotation are not lost.
    file: Option<File>,
    read_to: u64,
}

impl ErrorLogMark {
    /// Remembers where each log ends now. A log that does not exist yet is followed from its start.
    #[must_use]
    pub fn take(paths: &[PathBuf]) -> Self {
        let mut mark = Self {
            logs: Vec::new(),
            unreadable: paths.is_empty().then_some(NoLog::NoFile),
        };
        for path in paths {
            match open(path)
                .and_then(|file| file.map(|file| Ok((length(&file)?, file))).transpose())
            {
                Ok(opened) => {
                    let (read_to, file) = opened.map_or((0, None), |(end, file)| (end, Some(file)));
                    let twice = mark.logs.iter().any(|log| match (&log.file, &file) {
                        (Some(one), Some(other)) => same_file(one, other),
                        _ => log.path == *path,
                    });
                    if !twice {
                        mark.logs.push(Followed {
                            path: path.clone(),
                            file,
                            read_to,
                        });
                    }
                }
                Err(error) => mark.unreadable = Some(error),
            }
        }
        mark
    }

    /// The complete lines added since the mark or since the last look, oldest first within a log, at most the last
    /// 64 kB of each. Copes with a log that was rotated, truncated or created meanwhile.
    pub fn appended(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for log in &mut self.logs {
            if let Err(error) = log.appended(&mut lines) {
                self.unreadable = Some(error);
            }
        }
        lines
    }

    /// Why a log could not be read; `None` while all of them can.
    #[must_use]
    pub fn unreadable(&self) -> Option<&NoLog> {
        self.unreadable.as_ref()
    }

    /// Gives the reason of [`Self::unreadable`] away.
    pub(super) fn take_unreadable(&mut self) -> Option<NoLog> {
        self.unreadable.take()
    }
}

impl Followed {
    fn appended(&mut self, lines: &mut Vec<String>) -> Result<(), NoLog> {
        if let Some(file) = &mut self.file {
            read_lines(file, &mut self.read_to, lines).map_err(NoLog::Unreadable)?;
        }
        // Opened after the old file was read: what nginx wrote there before it switched is not lost.
        if let Some(now) = open(&self.path)?
            && !self.file.as_ref().is_some_and(|file| same_file(file, &now))
        {
            self.read_to = 0;
            let file = self.file.insert(now);
            read_lines(file, &mut self.read_to, lines).map_err(NoLog::Unreadable)?;
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<Option<File>, NoLog> {
    // Looked at first, because opening a pipe would wait for its writer.
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => File::open(path).map(Some).map_err(NoLog::Unreadable),
        Ok(_) => Err(NoLog::NotRegular(path.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(NoLog::Unreadable(error)),
    }
}

fn length(file: &File) -> Result<u64, NoLog> {
    Ok(file.metadata().map_err(NoLog::Unreadable)?.len())
}

fn same_file(one: &File, other: &File) -> bool {
    matches!((one.metadata(), other.metadata()), (Ok(one), Ok(other)) if (one.dev(), one.ino()) == (other.dev(), other.ino()))
}

fn read_lines(file: &mut File, read_to: &mut u64, lines: &mut Vec<String>) -> io::Result<()> {
    let end = file.metadata()?.len();
    if end < *read_to {
        *read_to = 0;
    }
    if end == *read_to {
        return Ok(());
    }
    let cut = end - *read_to > LONGEST_LOOK;
    let start = if cut { end - LONGEST_LOOK } else { *read_to };
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.by_ref().take(end - start).read_to_end(&mut bytes)?;
    let Some(last) = bytes.iter().rposition(|&byte| byte == b'\n') else {
        // A line may be seen half written; without its end it is left for the next look.
        return Ok(());
    };
    let complete = last + 1;
    *read_to = start + complete as u64;
    let text = String::from_utf8_lossy(&bytes[..complete]);
    let mut found: VecDeque<&str> = text.lines().collect();
    if cut {
        found.pop_front();
    }
    lines.extend(found.into_iter().map(str::to_owned));
    Ok(())
}

/// How much a line of the error log says about a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The master gave the new configuration up.
    Final,
    /// An address is in use; the master tries five times, 500 ms apart, before it gives up.
    Retried,
    /// `[crit]` or `[alert]`: worth showing if the reload failed.
    Aside,
}

/// Weighs a line for the master with that pid; `None` for lines of other processes and of lower levels.
#[must_use]
pub fn weigh(line: &str, master: u32) -> Option<Weight> {
    let mut words = line.splitn(5, ' ');
    let (level, process, text) = (words.nth(2)?, words.next()?, words.next()?);
    if process.split_once('#')?.0.parse() != Ok(master) {
        return None;
    }
    match level {
        "[emerg]" => {
            let in_use = format!("failed ({}:", Errno::ADDRINUSE.raw_os_error());
            let socket = text.starts_with("bind() to ") || text.starts_with("listen() to ");
            Some(if socket && text.contains(&in_use) {
                Weight::Retried
            } else {
                Weight::Final
            })
        }
        "[crit]" | "[alert]" => Some(Weight::Aside),
        _ => None,
    }
}

/// What a line says, without time, level and process.
pub(super) fn words_of(line: &str) -> &str {
    line.splitn(5, ' ').nth(4).unwrap_or(line)
}

#[cfg(test)]
mod tests;
