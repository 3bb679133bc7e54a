//! A real nginx in front of Apache, as many hosts have it, with what such fronts do wrong, and one that does all right.

use super::{KEY, Report, html, say};
use crate::support::site::free_address;
use crate::support::{Request, Site, eventually};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// An nginx that ends with the test.
struct Front {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Front {
    /// One before a site; `lines` stand in its `server`, with @PASS@ for what passes all on, `more` before it.
    fn before(site: &Site, lines: &str, more: &str) -> Self {
        let (folder, address) = (tempfile::tempdir().expect("a folder"), free_address());
        let (at, back, root) = (folder.path().display(), site.address(), site.root());
        let pass = format!(
            "proxy_pass http://{back}; proxy_set_header Host $http_host; client_max_body_size 100m; \
             proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        );
        let lines = lines.replace("@PASS@", &pass).replace("@ROOT@", root.to_str().expect("a path"));
        let text = format!(
            "daemon off; pid {at}/pid; error_log {at}/log;\nuser root;\nworker_processes 1;\nevents {{ }}\nhttp {{\n\
             include /etc/nginx/mime.types; access_log off; client_body_temp_path {at}/t1; fastcgi_temp_path {at}/t2;\n\
             proxy_temp_path {at}/t3; scgi_temp_path {at}/t4; uwsgi_temp_path {at}/t5;\n{}\n\
             server {{ listen {address}; root {}; {lines} }} }}\n",
            more.replace("@FOLDER@", &at.to_string()),
            root.display()
        );
        fs::write(folder.path().join("nginx.conf"), text).expect("nginx.conf");
        // Should the tests be killed, nginx ends with the thread that started it.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "nginx", "-p", folder.path().to_str().expect("a path"), "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx (Debian's package nginx-light; scripts/test installs it)");
        eventually("nginx's port", || TcpStream::connect(address).ok());
        Self { child, address, _folder: folder }
    }

    /// What the admin sees who opens check.cgi by way of it.
    fn look(&self) -> Report {
        let target = format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"));
        let answer = Request::new("GET", &target).at_host(&self.address.to_string()).send(self.address);
        assert_eq!(answer.status, 200, "{}", html(&answer));
        Report::read(html(&answer))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // nginx ends its workers when it is told to end itself.
        let id = rustix::process::Pid::from_raw(self.child.id().cast_signed()).expect("a process");
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn a_front_that_passes_all_on_and_is_trusted_raises_no_alarm() {
    let site = Site::start();
    say(&site, "trustProxy=\"1\"");
    let report = Front::before(&site, "location / { @PASS@ }", "").look();
    assert!(report.bad.is_empty() && report.doubt.is_empty(), "{report:#?}");
}

#[test]
fn a_front_that_keeps_the_pulse_for_a_minute_is_named() {
    let site = Site::start();
    say(&site, "trustProxy=\"1\"");
    let lines = "location / { @PASS@ } location ~ \\.json$ { @PASS@ proxy_cache kept; proxy_cache_valid 200 1m; \
        proxy_ignore_headers Cache-Control Expires; }";
    let report = Front::before(&site, lines, "proxy_cache_path @FOLDER@/kept keys_zone=kept:1m;").look();
    let said = report.says(&report.bad, &["mediaForum: a cache in front of the web server gives an old pulse.json"]);
    assert!(said.contains("nginx, Varnish"), "{said}");
    assert!(report.bad.iter().all(|bad| bad.contains("old pulse.json")), "{:#?}", report.bad);
}

#[test]
fn a_front_that_sends_files_by_itself_is_named_as_what_lays_the_threads_open() {
    let site = Site::start();
    say(&site, "trustProxy=\"1\"");
    let lines = "location / { @PASS@ } location ~* \\.(js|css|svg|mp4|webm|ogg|oga|wav|m4a|json|ini)$ { root @ROOT@; }";
    let report = Front::before(&site, lines, "").look();
    report.says(&report.bad, &["mediaForum: EVERYBODY CAN READ .ini", "server in front (nginx)"]);
    report.says(
        &report.bad,
        &["mediaForum: clips are sent with types that are not theirs", "leave mozchat's folder to Apache"],
    );
    report.says(&report.bad, &["Everybody can read mozchat.ini"]);
}

#[test]
fn a_limit_on_requests_is_named_and_nothing_that_it_refused_is_blamed() {
    let site = Site::start();
    say(&site, "trustProxy=\"1\"");
    for entry in fs::read_dir(site.root().join("threads")).expect("threads").flatten() {
        if entry.path().is_dir() && entry.file_name() != "mediaForum" {
            fs::remove_dir_all(entry.path()).expect("removed");
        }
    }
    let lines = "location / { @PASS@ limit_req zone=few burst=30 nodelay; }";
    let report = Front::before(&site, lines, "limit_req_zone $binary_remote_addr zone=few:1m rate=15r/s;").look();
    report.says(&report.doubt, &["refuses requests that follow each other quickly (it answers 503)", "limit_req"]);
    assert!(report.bad.is_empty() && report.doubt.len() == 1, "{report:#?}");
}
