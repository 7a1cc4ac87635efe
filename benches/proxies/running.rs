//! Processes that run beside the benchmark and end with it, whatever happens.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::process::Outcome;

/// A bound on every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// The kernel counts processor time for `/proc` in hundredths of a second.
const SECONDS_A_TICK: f64 = 0.01;

/// A program in the foreground; dropped, it is ended.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts it, its words into a file, and waits until it accepts on the port.
    pub(crate) fn start(command: &mut Command, words: &Path, port: u16) -> Outcome<Self> {
        let file = fs::File::create(words)?.into_parts().0;
        let program = command.get_program().to_owned();
        command.stdin(Stdio::null());
        command.stdout(file.try_clone()?).stderr(file);
        let mut running = Self {
            child: command.spawn()?,
        };
        let begun = Instant::now();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while TcpStream::connect(address).is_err() {
            let ended = running.child.try_wait()?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let said = fs::read_to_string(words)?;
                let program = program.to_string_lossy();
                return Err(format!("{program} does not accept: {}", said.trim()).into());
            }
            sleep(TICK);
        }
        Ok(running)
    }

    /// The seconds of processor time that it and its children have used.
    pub(crate) fn processor_time(&self) -> Outcome<f64> {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let children = children.split_whitespace().map(str::to_owned);
        let mut ticks = 0.0;
        for pid in children.chain([pid.to_string()]) {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
            // The name of the program, in brackets, may hold spaces.
            let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            let times = fields.split_whitespace().skip(11).take(2);
            for time in times {
                ticks += time.parse::<f64>()?;
            }
        }
        Ok(ticks * SECONDS_A_TICK)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), pid) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if asked.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
            sleep(TICK);
        }
    }
}
