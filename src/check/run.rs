//! Programs that are started to see whether they can be.

use super::PATIENCE;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// More than anything that is started here says.
const MOST_OUTPUT: usize = 64 * 1024;

/// What became of a program.
#[derive(Debug)]
pub(super) enum Ended {
    /// It ended, with this exit status (none: by a signal) and this output.
    With(Option<i32>, String),
    /// It was ended, since it took too long.
    Late,
}

/// Runs a program to its end, for as long as one is willing to wait.
///
/// # Errors
/// When it can't be started.
pub(super) fn to_its_end(command: &mut Command) -> io::Result<Ended> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let end = Instant::now() + PATIENCE;
    let said = child.stdout.take().map(|output| hear(output, end)).unwrap_or_default();
    let Some(status) = wait(&mut child, end)? else { return Ok(Ended::Late) };
    Ok(Ended::With(status, String::from_utf8_lossy(&said).into_owned()))
}

/// What a program says until its output ends or the time is over. No thread reads it: a host may allow none.
fn hear(mut output: ChildStdout, end: Instant) -> Vec<u8> {
    let (mut said, mut buffer) = (Vec::new(), [0; 4096]);
    while said.len() < MOST_OUTPUT {
        let left = end.saturating_duration_since(Instant::now());
        let limit = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&limit)) {
            Ok(0) => break,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => break,
        }
        // What can't be read was not said.
        match output.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(got) => said.extend_from_slice(&buffer[..got]),
        }
    }
    said
}

/// `None`: it took too long, and is gone now.
fn wait(child: &mut Child, end: Instant) -> io::Result<Option<Option<i32>>> {
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code()));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_heard_and_one_that_hangs_is_ended() {
        let said = to_its_end(Command::new("sh").args(["-c", "echo hello; exit 3"])).unwrap();
        assert!(matches!(&said, Ended::With(Some(3), said) if said == "hello\n"), "{said:?}");
        let begun = Instant::now();
        assert!(matches!(to_its_end(Command::new("sleep").arg("60")).unwrap(), Ended::Late));
        assert!(begun.elapsed() < PATIENCE * 4);
        assert!(to_its_end(&mut Command::new("/nowhere/at/all")).is_err());
    }
}
