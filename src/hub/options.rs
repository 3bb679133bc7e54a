//! The command line of `hub`.

use crate::error::{Error, Result};
use crate::notice::{FILE, WsIni};
use crate::site::Site;
use clap::Parser;
use std::path::PathBuf;

/// Tells pages over WebSockets what is new at the moment it happens, where ws.ini says so.
#[derive(Clone, Debug, Parser)]
#[command(name = "hub", version)]
pub struct Options {
    /// The folder that holds the threads; else MOZCHAT_THREADS, mozchat.ini beside the program, ../threads.
    #[arg(long, value_name = "DIR")]
    pub threads: Option<PathBuf>,
    /// The settings; else ws.ini in the folder that holds the threads.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Ends at once, and well, if a hub is running already: for cron.
    #[arg(long)]
    pub ensure: bool,
}

impl Options {
    /// From this process' command line; ends the process if it is wrong.
    pub fn of_this_process() -> Self {
        Self::parse()
    }

    /// Where the threads are.
    ///
    /// # Errors
    /// When they are not there.
    pub fn site(&self) -> Result<Site> {
        match &self.threads {
            None => Site::find(&|name| std::env::var_os(name)),
            Some(folder) if folder.is_dir() => Ok(Site::at(folder.clone())),
            Some(folder) => Err(Error::host(format!("The threads are not where --threads says: {}", folder.display()))),
        }
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// When they can't be read, or something in them is wrong.
    pub fn settings(&self, site: &Site) -> Result<WsIni> {
        let path = self.config.clone().unwrap_or_else(|| site.threads().join(FILE));
        let found = WsIni::load(&path, site.threads())?;
        found.ok_or_else(|| Error::host(format!("There is no {}; HUB.md says what belongs into it", path.display())))
    }
}
