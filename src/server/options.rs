//! The command line.

use super::HUB;
use super::paths::{PROGRAMS, THREADS};
use crate::error::{Error, Result};
use crate::site::Site;
use clap::Parser;
use std::fs;
use std::path::{Path, PathBuf};

/// mozchat in one process: the page, the programs and the threads on one port.
#[derive(Debug, Parser)]
#[command(name = "serve", version)]
pub struct Options {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// The folder of the page
    #[arg(long, value_name = "DIR", default_value = "htdocs")]
    pub page: PathBuf,
    /// The folder that holds the threads
    #[arg(long, value_name = "DIR", default_value = "threads")]
    pub threads: PathBuf,
    /// The certificate of the site, as a PEM file: with it, the server speaks https
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// The certificate's key, as a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Stands behind a reverse proxy on this machine or in its network: a visitor's address is the last one in
    /// X-Forwarded-For
    #[arg(long)]
    pub trust_proxy: bool,
    /// Lets everybody read /metrics
    #[arg(long)]
    pub open_metrics: bool,
    /// Tells /metrics on this port of 127.0.0.1, for this machine alone
    #[arg(long, value_name = "PORT")]
    pub metrics_port: Option<u16>,
    /// Reads a password from standard input and prints the hash to put into a thread's .ini; serves nothing
    #[arg(long)]
    pub hash: bool,
    /// Looks whether everything works here, says so, and serves nothing; ends with 1 if something is wrong
    #[arg(long)]
    pub check: bool,
    /// The second process by which --check tries locks
    #[arg(long, hide = true, value_name = "FILE")]
    pub try_lock: Option<PathBuf>,
}

impl Options {
    /// The options that this process was started with; ends it if they can't be understood.
    pub fn of_this_process() -> Self {
        Self::parse()
    }

    /// The installation whose threads were named.
    pub(super) fn site(&self) -> Result<Site> {
        let threads = whole(&self.threads, "--threads")?;
        if threads.is_dir() {
            Ok(Site::at(threads).with_programs(Self::ini_folder()))
        } else {
            Err(Error::host(format!("--threads: '{}' is not a folder", threads.display())))
        }
    }

    /// What [`site`](Self::site) is for an admin who looks whether it works: where a web server starts the programs,
    /// their folder is that of mozchat.ini.
    pub(super) fn site_to_check(&self) -> (Result<Site>, Option<PathBuf>) {
        let programs = self.page.join(PROGRAMS);
        match fs::canonicalize(&programs).ok().filter(|programs| programs.join("poll.cgi").exists()) {
            Some(programs) => (self.site().map(|site| site.with_programs(programs.clone())), Some(programs)),
            None => (self.site().map(|site| site.with_hub(HUB)), None),
        }
    }

    /// Where mozchat.ini is, if there is one: beside this program.
    fn ini_folder() -> PathBuf {
        let program = std::env::current_exe().unwrap_or_default();
        program.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// The files of certificate and key, if the server is to speak TLS.
    pub(super) fn certificate(&self) -> Result<Option<(PathBuf, PathBuf)>> {
        let files = self.cert.as_deref().zip(self.key.as_deref());
        files.map(|(cert, key)| Ok((whole(cert, "--cert")?, whole(key, "--key")?))).transpose()
    }

    /// The page's folder, checked to hold a page and to give no thread's private files away.
    pub(super) fn page(&self) -> Result<PathBuf> {
        let page = whole(&self.page, "--page")?;
        if !page.join("index.html").is_file() {
            return Err(Error::host(format!("--page: there is no index.html in '{}'", page.display())));
        }
        match whole(&self.threads, "--threads")?.strip_prefix(&page) {
            Ok(inside) if inside != Path::new(THREADS) => Err(Error::host(
                "--threads lies inside of --page, so that the threads' private files would be public; \
                 there, the folder must be named threads",
            )),
            _ => Ok(page),
        }
    }
}

fn whole(path: &Path, option: &str) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(|error| Error::host(format!("{option}: '{}': {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(page: &Path, threads: &Path) -> Options {
        let (page, threads) = (page.into(), threads.into());
        Options { page, threads, ..Options::parse_from(["serve"]) }
    }

    #[test]
    fn threads_inside_of_the_page_must_be_where_they_are_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page");
        for name in ["threads", "rooms", "threads/inner"] {
            fs::create_dir_all(page.join(name)).unwrap();
        }
        fs::write(page.join("index.html"), "").unwrap();
        assert!(options(&page, &page.join("threads")).page().is_ok());
        for bad in [page.join("rooms"), page.join("threads/inner"), page.clone()] {
            assert!(options(&page, &bad).page().is_err(), "{}", bad.display());
        }
        assert!(options(&page, folder.path()).page().is_ok());
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("nowhere");
        let say = options(folder.path(), &nowhere).site().unwrap_err().to_string();
        assert!(say.contains("--threads") && say.contains("nowhere"), "{say}");
        let say = options(folder.path(), folder.path()).page().unwrap_err().to_string();
        assert!(say.contains("--page") && say.contains("index.html"), "{say}");
    }
}
