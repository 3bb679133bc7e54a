//! Whatever may be in a thread's folder, and the ways to ask for it. Also for `serve`.

use std::fs;
use std::path::Path;

/// What the web may see, by the name's end.
pub const PUBLIC: [&str; 2] = ["index.html", "pulse.json"];

/// Files that no request of a test makes, but a crash, an old version or an admin may leave.
const RARE: [&str; 21] = [
    "notify.ini",
    "catalog.json.broken",
    "gone.json",
    "error.log",
    ".upload-0123456789abcdef.tmp",
    ".users.json.tmp",
    ".names.json.tmp",
    "..pulse-key.tmp",
    ".ini~",
    ".ini.bak",
    "upload.php",
    "pulse.json.php",
    "index.html.bak",
    "index.php",
    "x.webm.php",
    "backup.zip",
    "outgoing/0001",
    "outgoing/.due",
    ".pass-series",
    ".reported",
    "mails/readers.json",
];

/// Writes what may be there besides.
pub fn leave_rare_files(room: &Path) {
    for name in RARE {
        let path = room.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        if !path.exists() {
            fs::write(path, "secret").expect(name);
        }
    }
}

/// Every file in a folder and below, as paths in it.
pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(place) = rest.pop() {
        for entry in fs::read_dir(place).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                rest.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("inside");
                found.push(inside.to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Other ways to say a path: other letters, dots, slashes and codes, a query, another ending behind.
pub fn ways_to_ask(path: &str) -> Vec<String> {
    let coded: String = path.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let twice = coded.replace('%', "%25");
    let first = format!("%{:02X}{}", path.as_bytes()[0], &path[1..]);
    let mut ways =
        vec![path.to_owned(), path.to_uppercase(), coded, twice, first, format!("./{path}"), format!("/{path}")];
    ways.extend(
        [
            "/",
            ".",
            "/.",
            "%20",
            "%00",
            "%00.webm",
            ".webm",
            "/x.webm",
            "/pulse.json",
            "?x.webm",
            ";x.webm",
            "~",
            "::$DATA",
        ]
        .map(|end| format!("{path}{end}")),
    );
    ways.extend([
        format!("media1/../{path}"),
        format!("media1/..%2f{path}"),
        format!("%2e/{path}"),
        format!("..%2froom%2f{path}"),
        format!("x/../{path}"),
    ]);
    ways
}
