//! Where the threads of this installation are.

mod settings;

pub use settings::{KEYS, SiteKey, SiteSettings};

use crate::error::{Error, Result};
use crate::ini;
use std::env;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An installation: the folder that holds the threads.
#[derive(Clone, Debug)]
pub struct Site {
    threads: PathBuf,
    hub: Option<String>,
    programs: Option<PathBuf>,
    is_for_web_server: bool,
    trusts_proxy: bool,
}

/// Gives the variable of this name, as `std::env::var_os` does.
pub type Variable<'v> = &'v dyn Fn(&str) -> Option<OsString>;

/// Beside the programs; says where the threads are if they are somewhere else.
pub const SITE_INI: &str = "mozchat.ini";

impl Site {
    /// An installation whose threads are in `threads`.
    pub fn at(threads: PathBuf) -> Self {
        Self { threads, hub: None, programs: None, is_for_web_server: false, trusts_proxy: false }
    }

    /// The same with its mozchat.ini in this folder.
    pub fn with_programs(self, folder: PathBuf) -> Self {
        Self { programs: Some(folder), ..self }
    }

    /// The same with a hub that pages find at this address, which may be relative to the page.
    pub fn with_hub(self, address: &str) -> Self {
        Self { hub: Some(address.into()), ..self }
    }

    /// The same in a program that the web server has started.
    pub fn for_web_server(self) -> Self {
        Self { is_for_web_server: true, ..self }
    }

    /// Whether it is looked at by a program that the web server has started.
    pub fn is_for_web_server(&self) -> bool {
        self.is_for_web_server
    }

    /// Looks for the threads as a CGI program with these variables: in `MOZCHAT_THREADS`, where `threads` in mozchat.ini beside the
    /// program says, in `../threads`, and in `mozchat/threads` and `threads` under DOCUMENT_ROOT.
    ///
    /// # Errors
    /// When they are in none of these places; the error names them all.
    pub fn find(variable: Variable<'_>) -> Result<Self> {
        let programs = programs_folder(variable);
        let ini = SiteIni::read(&programs);
        let trusts_proxy = ini.as_ref().is_ok_and(|ini| ini.trusts_proxy);
        let site = Self::find_from(&programs, ini, variable)?;
        Ok(Self { trusts_proxy, ..site.with_programs(programs) })
    }

    fn find_from(programs: &Path, ini: Result<SiteIni>, variable: Variable<'_>) -> Result<Self> {
        if let Some(said) = variable("MOZCHAT_THREADS").filter(|said| !said.is_empty()) {
            return Self::said("MOZCHAT_THREADS", said.into());
        }
        if let Some(said) = ini?.threads {
            return Self::said(SITE_INI, programs.join(said));
        }
        let root = variable("DOCUMENT_ROOT").map(PathBuf::from);
        let under_root = root.iter().flat_map(|root| [root.join("mozchat/threads"), root.join("threads")]);
        let places: Vec<_> = std::iter::once(programs.join("../threads")).chain(under_root).collect();
        match places.iter().find(|place| place.is_dir()) {
            Some(place) => Ok(Self::at(place.clone())),
            None => Err(Error::host(format!(
                "The threads were not found. Looked for them in: {}. Say where they are in {SITE_INI} beside the programs: threads=\"/path\"",
                places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    fn said(by: &str, threads: PathBuf) -> Result<Self> {
        if threads.is_dir() {
            Ok(Self::at(threads))
        } else {
            Err(Error::host(format!("The threads are not where {by} says: {}", threads.display())))
        }
    }

    /// Where pages find the hub that runs together with this installation, if one does.
    pub fn hub(&self) -> Option<&str> {
        self.hub.as_deref()
    }

    /// Whether a proxy stands before the web server and says in X-Forwarded-For whose request it is.
    pub fn trusts_proxy(&self) -> bool {
        self.trusts_proxy
    }

    /// The folder of the programs, where there is one: mozchat.ini is there.
    pub fn programs(&self) -> Option<&Path> {
        self.programs.as_deref()
    }

    /// What mozchat.ini says; the defaults where there is none.
    ///
    /// # Errors
    /// When it can't be read or understood.
    pub fn settings(&self) -> Result<SiteSettings> {
        let Some(programs) = &self.programs else { return Ok(SiteSettings::default()) };
        let path = programs.join(SITE_INI);
        let Some(text) = crate::files::read(&path)? else { return Ok(SiteSettings::default()) };
        SiteSettings::parse(&text).map_err(|error| Error::Ini { path, line: error.line, reason: error.reason })
    }

    /// The folder that holds the threads.
    pub fn threads(&self) -> &Path {
        &self.threads
    }
}

/// Whether whoever started this program runs as another user, as the web server does with suEXEC. Where the kernel does not
/// tell, it does not.
pub fn is_parent_another_user() -> bool {
    let parent = rustix::process::getppid().map(|parent| format!("/proc/{}", parent.as_raw_nonzero()));
    let owner = parent.and_then(|parent| std::fs::metadata(parent).ok()).map(|found| found.uid());
    owner.is_some_and(|owner| owner != rustix::process::geteuid().as_raw())
}

/// The folder of the running program, as the web server names it, else as the kernel does.
pub fn programs_folder(variable: Variable<'_>) -> PathBuf {
    let script = variable("SCRIPT_FILENAME").map(PathBuf::from);
    let program = script.or_else(|| env::current_exe().ok()).unwrap_or_default();
    program.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What each request needs of mozchat.ini.
#[derive(Default)]
struct SiteIni {
    threads: Option<PathBuf>,
    trusts_proxy: bool,
}

impl SiteIni {
    fn read(programs: &Path) -> Result<Self> {
        let path = programs.join(SITE_INI);
        let Some(text) = crate::files::read(&path)? else { return Ok(Self::default()) };
        let ini = ini::parse(&text).map_err(|error| Error::Ini { path, line: error.line, reason: error.reason })?;
        let said = |key| ini.get("", key).or_else(|| ini.get("common", key)).map(str::trim);
        let threads = said("threads").filter(|said| !said.is_empty()).map(PathBuf::from);
        Ok(Self { threads, trusts_proxy: said("trustProxy") == Some("1") })
    }
}
