//! Do locks keep a second process out on this file system?

use super::Look;
use super::finding::{Findings, say};
use super::run::{Ended, to_its_end};
use crate::error::Error;
use crate::files;
use crate::lock::Lock;
use crate::random;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the second process ends with.
const GOT_IT: u8 = 0;
const KEPT_OUT: u8 = 1;
const FAILED: u8 = 2;

/// The second process: tries to take a lock, and tells by its exit status whether it got it.
pub fn try_lock(path: &Path) -> u8 {
    match Lock::exclusive(path, 0o600, Duration::ZERO) {
        Ok(_) => GOT_IT,
        Err(Error::Busy { .. }) => KEPT_OUT,
        Err(_) => FAILED,
    }
}

pub(super) fn look(look: &Look<'_>, folder: &Path, found: &mut Findings) {
    let lang = look.lang;
    let Ok(name) = random::hex::<4>() else { return };
    let path = folder.join(format!(".check-{name}.tmp"));
    let lock = Lock::exclusive(&path, 0o600, Duration::ZERO);
    let second = lock.is_ok().then(|| to_its_end(Command::new(program(look)).arg("--try-lock").arg(&path).env_clear()));
    let remedy = say!(
        lang,
        "Clips could get lost when two people upload at once. Ask the host for a disk that knows flock, or put the threads elsewhere.",
        "Если двое загружают одновременно, записи могут потеряться. Попросите хостинг о диске с поддержкой flock или перенесите темы."
    );
    let status = match second {
        Some(Ok(Ended::With(status, _))) => status.and_then(|status| u8::try_from(status).ok()),
        _ => None,
    };
    match (lock, status) {
        // That nothing can be written there is said elsewhere.
        (Err(Error::Io { doing: "open", .. }), _) => {}
        (Err(error), _) => {
            found.bad(say!(lang, "The disk knows no locks: {error}.", "Диск не поддерживает замки: {error}."), remedy)
        }
        (_, Some(KEPT_OUT)) => {
            found.good(say!(lang, "A lock keeps a second process out.", "Замок не пускает второй процесс."))
        }
        (_, Some(GOT_IT)) => {
            found.bad(say!(lang, "A lock keeps nobody out.", "Замок никого не удерживает."), remedy);
        }
        // Why nothing can be started is said where the programs are looked at.
        _ if is_caged(look) => {}
        _ => found.doubt(
            say!(
                lang,
                "No second process could be started to try a lock.",
                "Не удалось запустить второй процесс, чтобы проверить замок."
            ),
            say!(
                lang,
                "The host allows too few processes just now.",
                "Хостинг сейчас допускает слишком мало процессов."
            ),
        ),
    }
    // Whoever sweeps the folder finds it, should it stay.
    let _ = files::remove(&path);
}

/// Whether nothing can be started here at all.
fn is_caged(look: &Look<'_>) -> bool {
    !Path::new("/dev/null").exists() || look.programs.as_deref().is_some_and(super::limits::is_noexec)
}

/// What can be started as the second process: check.cgi, or this program itself.
fn program(look: &Look<'_>) -> PathBuf {
    let beside = look.programs.as_ref().map(|folder| folder.join("check.cgi")).filter(|path| path.exists());
    beside.or_else(|| std::env::current_exe().ok()).unwrap_or_default()
}
