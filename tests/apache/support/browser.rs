//! A user's browser: knows its user, its thread and its cookies.

use super::http::{Answer, Request, read_answer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The boundary of the multipart bodies; blobs don't hold it.
pub const BOUNDARY: &str = "----mozchat-test-boundary";

/// How many uploads the browsers of this run have begun.
static UPLOADS: AtomicU64 = AtomicU64::new(0);

/// The browser of one user in one thread.
pub struct Browser {
    address: SocketAddr,
    from: Option<Ipv4Addr>,
    user: String,
    realm: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(address: SocketAddr, user: &str, realm: &str) -> Self {
        Self { address, from: None, user: user.into(), realm: realm.into(), cookies: Mutex::default() }
    }

    /// The same at another address of this machine.
    pub fn at_address(self, from: impl Into<Ipv4Addr>) -> Self {
        Self { from: Some(from.into()), ..self }
    }

    /// The same with the cookies that it has now, under another name.
    pub fn renamed(&self, user: &str) -> Self {
        let cookies = Mutex::new(self.cookies.lock().expect("cookies").clone());
        Self { address: self.address, from: self.from, user: user.into(), realm: self.realm.clone(), cookies }
    }

    /// Sends a request with this browser's cookies, and keeps those that come back.
    pub fn send(&self, request: Request) -> Answer {
        let answer = self.with_cookies(request).send(self.address);
        self.keep_cookies(&answer);
        answer
    }

    /// The same over a line that is open.
    pub fn send_over(&self, line: &mut TcpStream, request: Request) -> Answer {
        line.write_all(&self.with_cookies(request).bytes()).expect("an open line");
        let answer = read_answer(line);
        self.keep_cookies(&answer);
        answer
    }

    /// The same over a line that may break, or is slow: so many bytes, and a pause, again and again.
    pub fn try_send(&self, request: Request, piece: usize, pause: Duration) -> Option<Answer> {
        let answer = self.with_cookies(request).try_send_slowly(self.address, piece, pause)?;
        self.keep_cookies(&answer);
        Some(answer)
    }

    /// As [`act`](Self::act), over a line that may break.
    pub fn try_act(&self, program: &str, act: &str, more: Value) -> Option<Answer> {
        let request = Request::new("POST", &format!("cgi-bin/{program}.cgi"));
        self.try_send(request.body("application/json", self.acting(act, more).to_string()), usize::MAX, Duration::ZERO)
    }

    /// What a Cookie header says.
    pub fn cookies(&self) -> String {
        let jar = self.cookies.lock().expect("cookies");
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The request with this browser's cookies, from its address.
    pub fn with_cookies(&self, request: Request) -> Request {
        let request = self.from.into_iter().fold(request, Request::coming_from);
        let jar = self.cookies();
        if jar.is_empty() { request } else { request.header("Cookie", &jar) }
    }

    fn keep_cookies(&self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie")) {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                let mut jar = self.cookies.lock().expect("cookies");
                if cookie.contains("; Max-Age=0") {
                    jar.remove(name.trim());
                } else {
                    jar.insert(name.trim().into(), value.trim().into());
                }
            }
        }
    }

    /// A file of the site, or a program with a query.
    pub fn get(&self, target: &str) -> Answer {
        self.send(Request::new("GET", target))
    }

    /// A program, with exactly these fields in the query.
    pub fn query(&self, program: &str, fields: &[(&str, &str)]) -> Answer {
        self.get(&format!("cgi-bin/{program}.cgi?{}", urlencoded(fields))).checked()
    }

    /// The same with POST, urlencoded.
    pub fn form(&self, program: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(program, "application/x-www-form-urlencoded", urlencoded(fields)).checked()
    }

    /// The same as a JSON body.
    pub fn json(&self, program: &str, object: &Value) -> Answer {
        self.post(program, "application/json", object.to_string()).checked()
    }

    /// The same as a form with a file.
    pub fn multipart(&self, program: &str, fields: &[(&str, impl AsRef<str>)], file: Option<&[u8]>) -> Answer {
        self.post(program, &multipart_type(), multipart(fields, file)).checked()
    }

    /// A body of any kind, and an answer from whomever.
    pub fn post(&self, program: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(Request::new("POST", &format!("cgi-bin/{program}.cgi")).body(kind, body))
    }

    /// Does something in the thread as this user: `act` with more fields.
    pub fn act(&self, program: &str, act: &str, more: Value) -> Answer {
        self.json(program, &self.acting(act, more))
    }

    fn acting(&self, act: &str, more: Value) -> Value {
        let mut object = Map::from_iter([
            ("user".into(), json!(self.user)),
            ("realm".into(), json!(self.realm)),
            ("act".into(), json!(act)),
        ]);
        object.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(object)
    }

    /// Uploads a clip of so many bytes and returns the answer.
    pub fn upload(&self, description: &str, bytes: usize) -> Answer {
        self.upload_with(&[("description", description)], &blob("webm", bytes))
    }

    /// Uploads a clip with more fields than the usual ones, or others.
    pub fn upload_with(&self, more: &[(&str, &str)], clip: &[u8]) -> Answer {
        self.multipart("upload", &self.upload_fields(more), Some(clip))
    }

    /// Uploads a clip as a page of the original does, which does not say which upload it is.
    pub fn upload_from_an_old_page(&self, description: &str, bytes: usize) -> Answer {
        let mut fields = self.upload_fields(&[("description", description)]);
        fields.retain(|(name, _)| *name != "uploadId");
        self.multipart("upload", &fields, Some(&blob("webm", bytes)))
    }

    /// The fields of an upload, which is a new one each time; those in `more` come instead of the usual ones.
    pub fn upload_fields<'f>(&'f self, more: &[(&'f str, &'f str)]) -> Vec<(&'f str, Cow<'f, str>)> {
        let upload_id = format!("upload-{}", UPLOADS.fetch_add(1, Ordering::Relaxed) + 1_000_000);
        let usual = [
            ("user", self.user.as_str().into()),
            ("realm", self.realm.as_str().into()),
            ("act", "uploadBlob".into()),
            ("mime", "audio/webm;codecs=opus".into()),
            ("ext", "webm".into()),
            ("duration", "2".into()),
            ("uploadId", upload_id.into()),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        kept.chain(more.iter().map(|(name, value)| (*name, Cow::from(*value)))).collect()
    }

    /// Polls as a new page that has nothing yet.
    pub fn poll(&self) -> Value {
        self.act("poll", "poll", json!({ "catCrc": "", "ack": "" })).json()
    }

    /// The descriptions of the clips that a page would show, in the list's order.
    pub fn sees(&self) -> Vec<String> {
        let rows = self.poll()["list"].as_array().cloned().expect("a list");
        rows.iter().map(|row| row[7].as_str().expect("a description").to_owned()).collect()
    }
}

pub fn multipart_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A form as a browser sends it, the file last.
pub fn multipart(fields: &[(&str, impl AsRef<str>)], file: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let value = value.as_ref();
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(file) = file {
        body.extend_from_slice(&file_part(file));
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The part that holds the clip.
pub fn file_part(file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"blob\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n"].concat()
}

/// So many bytes that begin as a clip with this extension does.
pub fn blob(ext: &str, bytes: usize) -> Vec<u8> {
    let head: &[u8] = match ext {
        "oga" | "ogg" => b"OggS\0\x02",
        "wav" => b"RIFF\x24\0\0\0WAVEfmt ",
        "mp4" | "m4a" => b"\0\0\0\x18ftypmp42",
        _ => b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81",
    };
    head.iter().copied().chain((0_u8..251).cycle()).take(bytes).collect()
}

fn urlencoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
