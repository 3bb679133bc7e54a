//! A throw-away nginx or lighttpd, configured with the very lines of docs/webservers.md.

use crate::support::eventually;
use crate::support::site::{copy, free_address, give_to, numbers_of, packaged_site};
use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Where the site is in the lines, and its address.
const ROOT: &str = "/home/you/www";
const SUBFOLDER: &str = "/mozchat/";

/// A web server with a copy of the site, in a subfolder or at the root.
pub struct Server {
    pub folder: TempDir,
    pub address: SocketAddr,
    children: Vec<Child>,
}

/// What is done to run a kind of server.
struct Kind {
    configuration: fn(&Path, SocketAddr, &str) -> String,
    commands: &'static [&'static [&'static str]],
}

/// As www-data, as Debian runs it; it takes a socket from nginx, and four requests at a time.
const FCGIWRAP: &[&str] = &[
    "--reuid=www-data",
    "--regid=www-data",
    "--clear-groups",
    "fcgiwrap",
    "-f",
    "-c",
    "4",
    "-s",
    "unix:@FOLDER@/fcgiwrap.socket",
];

const NGINX: Kind =
    Kind { configuration: nginx, commands: &[FCGIWRAP, &["nginx", "-p", "@FOLDER@", "-c", "@FOLDER@/server.conf"]] };
const LIGHTTPD: Kind = Kind { configuration: lighttpd, commands: &[&["lighttpd", "-D", "-f", "@FOLDER@/server.conf"]] };

fn nginx(folder: &Path, address: SocketAddr, lines: &str) -> String {
    let (folder, lines) = (
        folder.display(),
        lines.replace("/run/fcgiwrap.socket", &format!("{folder}/fcgiwrap.socket", folder = folder.display())),
    );
    let types = "types { text/html html; text/css css; text/javascript js; application/json json; image/svg+xml svg; \
         application/manifest+json webmanifest; }";
    format!(
        "daemon off; user www-data; pid {folder}/server.pid; error_log {folder}/error.log;\n\
         events {{ }}\n\
         http {{ access_log off; {types}\n\
         client_body_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2; proxy_temp_path {folder}/t3;\n\
         scgi_temp_path {folder}/t4; uwsgi_temp_path {folder}/t5;\n\
         server {{ listen {address}; root {folder}/site;\n{}\n}} }}\n",
        lines.replace("include fastcgi_params", "include /etc/nginx/fastcgi_params")
    )
}

fn lighttpd(folder: &Path, address: SocketAddr, lines: &str) -> String {
    let (folder, ip, port) = (folder.display(), address.ip(), address.port());
    format!(
        "server.document-root = \"{folder}/site\"\nserver.bind = \"{ip}\"\nserver.port = {port}\n\
         server.username = \"www-data\"\nserver.groupname = \"www-data\"\nserver.upload-dirs = ( \"{folder}\" )\n\
         server.errorlog = \"{folder}/error.log\"\nserver.pid-file = \"{folder}/server.pid\"\n{lines}\n"
    )
}

impl Server {
    pub fn nginx(is_whole_site: bool) -> Self {
        Self::start(&NGINX, "nginx", is_whole_site)
    }

    pub fn lighttpd(is_whole_site: bool) -> Self {
        Self::start(&LIGHTTPD, "lighttpd", is_whole_site)
    }

    fn start(kind: &Kind, language: &str, is_whole_site: bool) -> Self {
        let folder = tempfile::Builder::new().prefix("mozchat-").tempdir().expect("a folder");
        let address = free_address();
        let mut lines = lines(language).replace(ROOT, folder.path().join("site").to_str().expect("a path"));
        if is_whole_site {
            lines = lines.replace(SUBFOLDER, "/");
        }
        let site = folder.path().join("site").join(if is_whole_site { "" } else { "mozchat" });
        copy(&packaged_site(), &site);
        give_to(folder.path(), numbers_of("www-data"));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("chmod");
        let text = (kind.configuration)(folder.path(), address, &lines);
        fs::write(folder.path().join("server.conf"), text).expect("server.conf");
        let children = kind.commands.iter().map(|command| spawn(command, folder.path())).collect();
        let mut server = Self { folder, address, children };
        server.wait();
        server
    }

    /// A small server that one command of docs/webservers.md starts, with the site at its root.
    pub fn small(language: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("mozchat-").tempdir().expect("a folder");
        let (address, home) = (free_address(), folder.path().to_str().expect("a path").to_owned());
        copy(&packaged_site(), &folder.path().join("site"));
        fs::write(folder.path().join("httpd.conf"), lines("httpd.conf")).expect("httpd.conf");
        give_to(folder.path(), numbers_of("www-data"));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("chmod");
        let command = lines(language).replace(ROOT, &format!("{home}/site")).replace("/home/you", &home);
        let command = format!("exec 2>{home}/error.log; {}", command.replace("8080", &address.port().to_string()));
        let as_www = ["--reuid=www-data", "--regid=www-data", "--clear-groups", "sh", "-c", &command];
        let children = vec![spawn(&as_www, folder.path())];
        let mut server = Self { folder, address, children };
        server.wait();
        server
    }

    /// What the server and the programs have complained of.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }

    fn wait(&mut self) {
        eventually("the server's port", || {
            for child in &mut self.children {
                let ended = child.try_wait().expect("its state");
                assert!(
                    ended.is_none(),
                    "{ended:?} {}",
                    fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
                );
            }
            let has_socket = self.children.len() == 1 || self.folder.path().join("fcgiwrap.socket").exists();
            (has_socket && TcpStream::connect(self.address).is_ok()).then_some(())
        });
        // nginx's workers are www-data's, as the socket is.
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the error log ---\n{}---", self.log());
        }
        for child in &mut self.children {
            if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
                let _ = child.wait();
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
        }
    }
}

fn spawn(command: &[&str], folder: &Path) -> Child {
    use std::os::unix::process::CommandExt;
    Command::new("setpriv")
        .args(["--pdeathsig", "TERM"])
        .args(command.iter().map(|word| word.replace("@FOLDER@", folder.to_str().expect("a path"))))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .process_group(0)
        .stdin(Stdio::null())
        .spawn()
        .expect("a server of Debian's (scripts/test installs it)")
}

/// The lines for a server in docs/webservers.md.
fn lines(language: &str) -> String {
    let text = include_str!("../../docs/webservers.md");
    let begin = text.find(&format!("```{language}\n")).expect("its lines") + language.len() + 4;
    text[begin..begin + text[begin..].find("```").expect("their end")].to_owned()
}
