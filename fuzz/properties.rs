//! What must be so whatever bytes a parser gets. Shared by the fuzz targets and by `tests/fuzz_corpus.rs`, which runs
//! the corpus, and every input that once broke something, through them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mozchat::auth::backoff::Backoff;
use mozchat::auth::holders::{Holders, Rules, Visitor, holds_until};
use mozchat::auth::rate_limit::{Action, RateLimit};
use mozchat::auth::{cookies, password};
use mozchat::clock::Moment;
use mozchat::gateway::records;
use mozchat::names::{ClipName, ThreadName, UserName};
use mozchat::notice::WsIni;
use mozchat::thread::catalog::Catalog;
use mozchat::thread::mailbox::Mailbox;
use mozchat::thread::presence::Presence;
use mozchat::thread::pulse::{Beat, Pulse};
use mozchat::thread::{calls, catalog};
use mozchat::wire::{Fields, FileSink, Incoming, Sender, body};
use mozchat::{ini, salvage, settings};
use std::io::{self, BufRead, Read};
use std::path::Path;

/// The name of its target and of its folder in the corpus, and what is asserted of an input.
type Property = (&'static str, fn(&[u8]));
/// The fields as JSON, and the files; or the kind of the error.
type TakenApart = Result<(String, Vec<Vec<u8>>), &'static str>;

pub const ALL: [Property; 10] = [
    ("request", request),
    ("query", query),
    ("json64", json64),
    ("ini", ini_text),
    ("catalog", catalog_text),
    ("messages", messages),
    ("calls", calls_text),
    ("state", state),
    ("frame", frame),
    ("fastcgi", fastcgi),
];

const NOW: Moment = Moment::from_seconds(1_800_000_000);

/// A body of any kind: what it means doesn't depend on the pieces in which it comes.
pub fn request(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let kind = match kind {
        b'j' => "application/json",
        b'u' => "application/x-www-form-urlencoded",
        b't' => "text/plain",
        _ => "multipart/form-data; boundary=b",
    };
    let whole = taken_apart(kind, body, usize::MAX);
    for piece in [1, 7] {
        assert_eq!(whole, taken_apart(kind, body, piece), "{kind} in pieces of {piece}");
    }
    if let Ok((fields, files)) = whole {
        can_be_stored(&fields);
        assert!(fields.len() + files.iter().map(Vec::len).sum::<usize>() <= 16 * body.len() + 64, "it grows");
    }
}

/// What a request brings is read again from within the mailbox.
fn can_be_stored(fields: &str) {
    assert!(serde_json::from_str::<serde_json::Value>(&format!("[{fields}]")).is_ok(), "{fields}");
}

fn taken_apart(kind: &str, body: &[u8], piece: usize) -> TakenApart {
    let mut sink = Files(Vec::new());
    let incoming = Incoming {
        method: mozchat::wire::Method::POST,
        query: Vec::new(),
        content_type: kind.into(),
        content_length: Some(body.len() as u64),
        sender: Sender::default(),
        body: &mut Pieces { left: body, piece },
    };
    let fields = body::parse(incoming, &mut sink).map_err(|error| error.code())?;
    Ok((serde_json::Value::Object(fields.into_object()).to_string(), sink.0))
}

struct Files(Vec<Vec<u8>>);

impl FileSink for Files {
    fn take(&mut self, _: &Fields, _: Option<u64>, data: &mut dyn BufRead) -> mozchat::error::Result<()> {
        let mut file = Vec::new();
        data.read_to_end(&mut file).map_err(|_| mozchat::error::Error::malformed("cut-off", "cut off"))?;
        self.0.push(file);
        Ok(())
    }
}

struct Pieces<'d> {
    left: &'d [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = self.piece.min(buf.len());
        let (mut first, rest) = self.left.split_at(most.min(self.left.len()));
        self.left = rest;
        first.read(buf)
    }
}

/// A query string, with what may be in it: names, ids, cookies, a password.
pub fn query(data: &[u8]) {
    let mut fields = Fields::default();
    if fields.add_urlencoded(data).is_err() || fields.unfold_json().is_err() {
        return;
    }
    for name in ["user", "realm", "id", "cookie", "password"] {
        let Some(text) = fields.text(name) else { continue };
        if let Ok(user) = UserName::new(&text) {
            assert!(!user.as_str().contains(['<', '>', '\n', '\r', '\0']), "{text:?}");
        }
        if let Ok(thread) = ThreadName::new(&text) {
            assert!(!thread.as_str().contains('/') && !thread.as_str().starts_with('.'), "{text:?}");
        }
        if let Some(clip) = ClipName::new(&text) {
            assert!(!clip.as_str().contains('/') && !clip.as_str().starts_with('.'), "{text:?}");
            clip.upload_key();
        }
        cookies::making_room(&text);
        let _ = cookies::values(&text, "mzn").count();
        password::is_hash(&text);
    }
}

/// JSON in base64: a text is base64 in one way only, and what is packed means what it means as it is.
pub fn json64(data: &[u8]) {
    let mut fields = Fields::default();
    if let Ok(packed) = std::str::from_utf8(data)
        && fields.set("json64".into(), packed.into()).is_ok()
        && fields.unfold_json().is_ok()
    {
        let bytes = URL_SAFE_NO_PAD.decode(packed).expect("it was taken");
        assert_eq!(URL_SAFE_NO_PAD.encode(bytes), packed);
    }
    let (mut plain, mut packed) = (Fields::default(), Fields::default());
    let form = format!("json64={}", URL_SAFE_NO_PAD.encode(data));
    let taken = packed.add_form(form.as_bytes()).and_then(|()| packed.unfold_json());
    let as_it_is = plain.add_json(data);
    // A `json` within is unfolded in its turn.
    if !plain.has("json") {
        assert_eq!((taken.is_ok(), packed), (as_it_is.is_ok(), plain));
    }
}

/// A settings file of a thread, or of the hub.
pub fn ini_text(data: &[u8]) {
    let _ = ini::parse(data);
    let _ = WsIni::parse(data, Path::new("ws.ini"), Path::new("threads"));
    if let Ok((settings, _)) = settings::parse(data, Path::new(".ini")) {
        assert!(settings.media_folder.starts_with("media") && !settings.media_folder.contains('/'), "{settings:?}");
    }
}

/// A catalog: what is read is written so that it is read again.
pub fn catalog_text(data: &[u8]) {
    let loaded = catalog::parse(data);
    let list = catalog::to_json(&loaded.clips);
    let again = catalog::parse(list.to_string().as_bytes());
    assert!(again.sound && again.clips == loaded.clips, "{list}");
    assert!(loaded.clips.iter().all(|clip| !clip.file.as_str().contains('/')), "{list}");
    let (whole, sound) = Catalog::read(data.to_vec());
    assert!(sound == loaded.sound && whole.clips() == loaded.clips, "{list}");
    assert_eq!(whole.text_of(whole.rows(), None), whole.text(), "{list}");
}

/// A mailbox: what is read is written so that it is read again, and a reader who has it all has nothing more to come.
pub fn messages(data: &[u8]) {
    let mut mailbox = Mailbox::parse(data);
    assert_eq!(Mailbox::parse(mailbox.to_text().as_bytes()), mailbox);
    let ann = UserName::new("Ann").expect("a name");
    for letter in mailbox.due(&ann, NOW) {
        letter.for_new_page();
    }
    mailbox.settle(&ann, None, NOW);
    assert!(!mailbox.has_mail(&ann, NOW), "{}", mailbox.to_text());
    let _ = mailbox.post(serde_json::Map::new(), "id".into(), NOW, 300);
}

/// A call log: what is read is written so that it is read again.
pub fn calls_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut calls = calls::parse(&text);
    assert_eq!(calls::parse(&calls::to_text(&calls)), calls);
    calls::goes_on(&mut calls, "s1", NOW);
    let entry = calls::Entry {
        event: calls::CallEvent::Accept,
        sid: "s1",
        by: calls::Party { name: "=1+1;\n", address: &text },
        to: calls::Party { name: &text, address: "" },
        video: true,
        now: NOW,
        shift_hours: 0.0,
    };
    entry.log(&mut calls, 20);
    assert_eq!(calls::parse(&calls::to_text(&calls)), calls);
    assert!(calls.len() <= 20);
}

/// The other state files: what is read is written so that it is read again, and goes on from there.
pub fn state(data: &[u8]) {
    let ann = UserName::new("Ann").expect("a name");
    let holders = Holders::parse(data);
    assert_eq!(Holders::parse(holders.to_json().to_string().as_bytes()), holders);
    holds_until(data, "0123456789abcdef0123456789abcdef");
    let mut used = holders;
    let (marks, moderators) = (["a1".to_owned()], ["Mo".to_owned()]);
    let rules = Rules { days: 30, is_moderator: false, moderators: &moderators };
    let _ = used.admit(Visitor { user: &ann, marks: &marks, address: "::1" }, rules, NOW);
    assert_eq!(Holders::parse(used.to_json().to_string().as_bytes()), used);
    let sound = salvage::names(data);
    assert_eq!(salvage::names(&sound), sound, "what is sound stays as it is");
    let values = salvage::whole_values(data);
    let text = serde_json::Value::from(values.clone()).to_string();
    assert_eq!(salvage::whole_values(text.as_bytes()), values);
    let mut presence = Presence::parse(data);
    presence.mark(&ann, NOW, "::1", NOW);
    assert!(presence.names(NOW).contains(&"Ann"));
    assert_eq!(Presence::parse(presence.to_text().as_bytes()), presence);
    let mut pulse = Pulse::parse(data);
    let before = pulse.clips;
    pulse.beat(&Beat::Clips, NOW);
    assert_ne!(pulse.clips, before, "a beat changes the number");
    assert_eq!(Pulse::parse(pulse.to_json().to_string().as_bytes()), pulse);
    let mut guesses = Backoff::parse(data);
    let _ = guesses.guess(mozchat::auth::pass::Door::Thread, "::1", NOW);
    guesses.to_json();
    let mut rates = RateLimit::parse(data);
    rates.count(Action::Clip, 5, "Ann", "::1", NOW);
    rates.to_json();
}

/// A frame that a page sends to the hub.
pub fn frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(frame) = crate::frame::Frame::parse(text) else { return };
    let (ann, room) = (UserName::new("Ann").expect("a name"), ThreadName::new("room").expect("a name"));
    let _ = frame.hello();
    frame.ids("ids");
    frame.is_by_another(&ann, &room);
    let answer = crate::frame::answer(frame.rid.as_ref(), &Ok(serde_json::json!({})));
    assert!(answer.len() < 600, "a request's own name is repeated, and no more: {answer}");
    if let Ok(fields) = frame.into_fields(&ann, &room) {
        assert_eq!((fields.text("user").as_deref(), fields.text("realm").as_deref()), (Some("Ann"), Some("room")));
        can_be_stored(&serde_json::Value::Object(fields.into_object()).to_string());
    }
}

/// FastCGI's records: nothing is made of them that was not sent, and pieces make no difference.
pub fn fastcgi(data: &[u8]) {
    let read = |piece| {
        let mut request = records::Request::begin(Pieces { left: data, piece }).ok()??;
        let params = request.take_params();
        let mut body = Vec::new();
        let end = request.read_to_end(&mut body).map(drop).map_err(|error| error.kind());
        Some((params, body, end))
    };
    let whole = read(usize::MAX);
    assert_eq!(whole, read(1));
    if let Some((params, body, _)) = whole {
        let params: usize = params.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(params + body.len() <= data.len());
    }
}
