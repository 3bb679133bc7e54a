//! A throw-away Apache with a copy of the packaged site.

use super::{Browser, Folder, eventually};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// An Apache of one's own. Dropping it stops it and removes its folder; if the test failed, its error log is shown.
pub struct Site {
    folder: TempDir,
    address: SocketAddr,
    apache: Child,
    alarm: &'static str,
}

/// How a host differs from the usual one.
#[derive(Clone, Copy, Default)]
pub struct Host<'h> {
    /// The folder in which its folder is made; that for temporary files if none is named.
    pub place: Option<&'h Path>,
    /// User and group to whom the site belongs; Apache's if none are named.
    pub owner: Option<(u32, u32)>,
    /// The modules that this host has not, without `mod_`.
    pub without: &'h [&'h str],
    /// What else is in Apache's configuration, with @FOLDER@ for the host's folder.
    pub more: &'h str,
    /// What is done in the host's folder before Apache starts.
    pub arrange: Option<fn(&Path)>,
    /// An alarm that the test is about.
    pub alarm: &'static str,
}

/// What never belongs into an error log: a program that crashed, that answered nothing, or whose answer was lost
/// (AH00574: mod_cgid reads "connection reset" from a program that has ended before it read its whole body).
const ALARMS: [&str; 5] = ["panicked", "End of script output", "Premature end", "malformed header", "AH00574"];

/// Where Apache writes its number, as the template has it.
const PID_FILE: &str = "apache.pid";
const PORTS: Range<u16> = 10_000..32_000;

impl Site {
    /// Starts an Apache of the kind that `MOZCHAT_APACHE` names, with the ready threads and no other.
    pub fn start() -> Self {
        Self::on(&Host::default())
    }

    /// The same on a host of another kind.
    pub fn on(host: &Host<'_>) -> Self {
        let place = host.place.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let folder = tempfile::Builder::new().prefix("mozchat-").tempdir_in(place).expect("a temporary folder");
        open_to_all(folder.path());
        copy(&packaged_site(), &folder.path().join("site"));
        if is_fcgid() {
            let_the_programs_stay(&folder.path().join("site"));
        }
        if let Some(arrange) = host.arrange {
            arrange(folder.path());
        }
        give_away(folder.path());
        if let Some(owner) = host.owner {
            give_to(&folder.path().join("site"), owner);
        }
        // Somebody else may take the port between our choice and Apache's start.
        for _ in 0..5 {
            let address = free_address();
            let text = configuration(folder.path(), address, host);
            fs::write(folder.path().join("apache.conf"), text).expect("apache.conf");
            let mut apache = spawn(folder.path());
            if answers(&mut apache, address, folder.path()) {
                return Self { folder, address, apache, alarm: host.alarm };
            }
        }
        panic!("Apache did not start:\n{}", read_log(folder.path()));
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of the site, as an admin sees it over FTP.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// The program `name`, without `.cgi`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root().join(format!("cgi-bin/{name}.cgi"))
    }

    /// Makes a thread with these settings, and with the files of a ready thread beside them.
    pub fn thread(&self, name: &str, ini: &str) -> Folder {
        let path = self.root().join("threads").join(name);
        copy(&self.root().join("threads/mediaForum"), &path);
        fs::write(path.join(".ini"), ini).expect(".ini");
        give_away(&path);
        Folder::at(path)
    }

    /// The browser of a user in a thread.
    pub fn browser(&self, user: &str, thread: &str) -> Browser {
        Browser::new(self.address, user, thread)
    }

    /// What Apache and the programs said so far.
    pub fn log(&self) -> String {
        read_log(self.folder.path())
    }

    /// Apache's process.
    pub fn apache(&self) -> u32 {
        self.apache.id()
    }

    /// Has Apache begin anew, without those whom it serves just now noticing.
    pub fn restart_gracefully(&self) {
        let apache = Pid::from_raw(self.apache.id().cast_signed()).expect("a process");
        kill_process(apache, Signal::USR1).expect("Apache runs");
    }

    fn stop(&mut self) {
        let Some(group) = Pid::from_raw(self.apache.id().cast_signed()) else { return };
        // The group is Apache's own: its children and the programs that they run.
        let _ = kill_process_group(group, Signal::TERM);
        let _ = self.apache.wait();
        let _ = kill_process_group(group, Signal::KILL);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("--- Apache's error log ---\n{log}---");
            return;
        }
        let is_expected = |line: &str| !self.alarm.is_empty() && line.contains(self.alarm);
        let alarm = |line: &&str| ALARMS.iter().any(|alarm| line.contains(alarm)) && !is_expected(line);
        assert_eq!(log.lines().find(alarm), None, "in Apache's error log");
    }
}

/// The name of Apache's module for processes and of that for programs.
fn kind() -> (&'static str, &'static str) {
    match std::env::var("MOZCHAT_APACHE").as_deref() {
        Err(_) | Ok("prefork") => ("prefork", "cgi"),
        Ok("event") => ("event", "cgid"),
        Ok("fcgid") => ("event", "fcgid"),
        Ok(other) => panic!("MOZCHAT_APACHE is prefork, event or fcgid, not {other}"),
    }
}

/// Whether programs stay and serve many requests.
pub fn is_fcgid() -> bool {
    kind().1 == "fcgid"
}

/// What INSTALL tells an admin to add for mod_fcgid, with upload.cgi, since this Apache takes what is large.
fn let_the_programs_stay(site: &Path) {
    let lines =
        "\n<FilesMatch \"^(upload|poll|users|delete|chat|thread)\\.cgi$\">\n  SetHandler fcgid-script\n</FilesMatch>\n";
    let path = site.join("cgi-bin/.htaccess");
    let text = fs::read_to_string(&path).expect(".htaccess");
    fs::write(path, text + lines).expect(".htaccess");
}

/// `MOZCHAT_SITE`, or `dist/site`.
pub fn packaged_site() -> PathBuf {
    let named = std::env::var_os("MOZCHAT_SITE").map(PathBuf::from);
    let site = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/site"));
    assert!(site.join("cgi-bin/upload.cgi").is_file(), "{} holds no site; scripts/package makes it", site.display());
    site
}

fn configuration(folder: &Path, address: SocketAddr, host: &Host<'_>) -> String {
    let (mpm, cgi) = kind();
    let user = if is_root() { "User www-data\nGroup www-data" } else { "" };
    let is_there =
        |line: &&str| !host.without.iter().any(|module| line.contains(&format!("LoadModule {module}_module")));
    let lines: Vec<_> = include_str!("../apache.conf.in").lines().filter(is_there).collect();
    let template = lines.join("\n") + "\n" + host.more;
    template
        .replace("@FOLDER@", folder.to_str().expect("a path in UTF-8"))
        .replace("@PORT@", &address.port().to_string())
        .replace("@MPM@", mpm)
        .replace("@CGI@", cgi)
        .replace("@USER@", user)
}

fn spawn(folder: &Path) -> Child {
    // Should the tests be killed, Apache ends with the thread that started it.
    Command::new("setpriv")
        .args(["--pdeathsig", "TERM", "apache2", "-D", "FOREGROUND", "-f"])
        .arg(folder.join("apache.conf"))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .process_group(0)
        .stdin(Stdio::null())
        .spawn()
        .expect("apache2 can be started (Debian's package apache2; scripts/test installs it)")
}

/// Waits until Apache listens; `false` if it ended instead. That somebody listens is not enough: it may be another
/// test's Apache. It writes its number only when it has the port.
fn answers(apache: &mut Child, address: SocketAddr, folder: &Path) -> bool {
    eventually("Apache's port", || {
        if folder.join(PID_FILE).exists() && runs_programs(folder) && TcpStream::connect(address).is_ok() {
            return Some(true);
        }
        apache.try_wait().expect("Apache's state").map(|_| false)
    })
}

/// Whether Apache's processes may ask mod_cgid's: that one makes a socket, listens, and gives it to them last of all.
fn runs_programs(folder: &Path) -> bool {
    let is_ours = |entry: fs::DirEntry| {
        let is_socket = entry.file_name().to_string_lossy().starts_with("cgid.sock");
        is_socket && (!is_root() || entry.metadata().is_ok_and(|socket| socket.uid() == www_data().0))
    };
    kind().1 == "cgi" || fs::read_dir(folder).expect("the host's folder").filter_map(Result::ok).any(is_ours)
}

/// A port below those that the kernel gives to clients: one of these could connect to itself before Apache listens.
pub fn free_address() -> SocketAddr {
    let random = RandomState::new().hash_one(std::process::id());
    let ports = (0..PORTS.len() as u64).map(|step| PORTS.start + ((random + step) % PORTS.len() as u64) as u16);
    let mut free = ports.filter_map(|port| TcpListener::bind(("127.0.0.1", port)).and_then(|l| l.local_addr()).ok());
    free.next().expect("a free port")
}

fn read_log(folder: &Path) -> String {
    fs::read(folder.join("error.log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Makes a folder and all that is in it Apache's, as it belongs to a host's user, under whom programs run there.
pub fn give_away(path: &Path) {
    if is_root() {
        give_to(path, www_data());
    }
}

/// Makes a folder and all that is in it somebody's, by the numbers of a user and a group.
pub fn give_to(path: &Path, owner: (u32, u32)) {
    chown(path, Some(owner.0), Some(owner.1)).expect("chown");
    if path.is_dir() {
        fs::read_dir(path).expect("a folder").for_each(|entry| give_to(&entry.expect("an entry").path(), owner));
    }
}

/// The numbers of the user and group www-data.
fn www_data() -> (u32, u32) {
    numbers_of("www-data")
}

/// The numbers of a user and its group.
pub fn numbers_of(user: &str) -> (u32, u32) {
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let line = passwd.lines().find(|line| line.split(':').next() == Some(user)).unwrap_or_else(|| panic!("no {user}"));
    let number = |column: usize| line.split(':').nth(column).and_then(|text| text.parse().ok()).expect("a number");
    (number(2), number(3))
}

/// Copies a folder with all that is in it; modes go along.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}
