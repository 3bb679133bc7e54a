//! What a page says: one JSON object a frame, as HUB.md has it.

use crate::error::{Error, Result};
use crate::names::{ThreadName, UserName};
use crate::wire::Fields;
use serde_json::{Map, Value, json};

/// A frame, taken apart.
#[derive(Debug)]
pub struct Frame {
    /// What is asked for.
    pub act: String,
    /// What the page calls this request; its answer has it too.
    pub rid: Option<Value>,
    members: Map<String, Value>,
}

/// Who speaks, in which thread, and what the page has already.
#[derive(Clone, Debug)]
pub struct Hello {
    /// Who.
    pub user: UserName,
    /// Where.
    pub thread: ThreadName,
    /// What the page has; `None` from an old page.
    pub ack: Option<Ids>,
    /// The token of the catalog that the page has.
    pub token: String,
}

/// Ids of messages. One text, since a busy page has a hundred to say.
#[derive(Clone, Debug, Default)]
pub struct Ids(String);

impl Ids {
    /// The ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(',').filter(|id| !id.is_empty()).take(MOST_IDS)
    }
}

/// A request's own name is repeated to the page, so it is kept short.
const LONGEST_RID: usize = 64;
/// What pages of the original say twice of a call, with its `sid`.
const CALL_EVENTS: [&str; 3] = ["accept", "rejectCall", "hang-up"];
/// More ids than a mailbox holds.
const MOST_IDS: usize = 2000;

impl Frame {
    /// Reads a frame's text.
    ///
    /// # Errors
    /// When it is no JSON object with an `act`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut members = match serde_json::from_str(text) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err(Error::malformed("bad-json", "A frame must hold a JSON object")),
            Err(error) => {
                return Err(Error::malformed("bad-json", format!("The JSON in the frame is broken: {error}")));
            }
        };
        let rid = members.remove("rid").filter(|rid| match rid {
            Value::String(text) => text.len() <= LONGEST_RID,
            // A list could be of any length.
            other => other.is_number(),
        });
        let act = members.get("act").and_then(Value::as_str).filter(|act| !act.is_empty());
        let act = act.ok_or_else(|| Error::refused("no-act", "Missing ACT"))?.to_owned();
        Ok(Self { act, rid, members })
    }

    /// Who speaks.
    ///
    /// # Errors
    /// When user or thread are missing or bad.
    pub fn hello(&self) -> Result<Hello> {
        let (user, realm) = (self.text("user"), self.text("realm"));
        if user.is_empty() || realm.is_empty() {
            return Err(Error::refused("no-user", "Missing USER or REALM"));
        }
        let (user, thread) = (UserName::new(user)?, ThreadName::new(realm)?);
        let ack = self.members.contains_key("ack").then(|| self.ids("ack"));
        Ok(Hello { user, thread, ack, token: self.text("catCrc").to_owned() })
    }

    /// The ids in a member, whether they are an array or separated by commas.
    pub fn ids(&self, name: &str) -> Ids {
        Ids(match self.members.get(name) {
            Some(Value::Array(ids)) => ids.iter().map(text_of).collect::<Vec<_>>().join(","),
            Some(Value::String(ids)) => ids.clone(),
            _ => String::new(),
        })
    }

    /// Whether the frame names somebody else, or another thread, than the one who said hello.
    pub fn is_by_another(&self, user: &UserName, thread: &ThreadName) -> bool {
        let differs = |name: &str, own: &str| self.members.get(name).is_some_and(|said| text_of(said) != own);
        differs("user", user.as_str()) || differs("realm", thread.as_str())
    }

    /// Makes what only pages of the original say what the rest of the hub knows: `chatMessage` is a message to all; what they
    /// relay of a call's beginning and end they say to upload.php, too, so it is logged, and told once.
    ///
    /// # Errors
    /// When a `chatMessage` has no text.
    pub fn become_relay(&mut self, is_old_page: bool) -> Result<()> {
        match self.act.as_str() {
            "chatMessage" if self.text("text").is_empty() => return Err(Error::refused("no-text", "Missing TEXT")),
            "chatMessage" => {
                self.act = "relay".into();
                self.members
                    .extend([("target", "*"), ("type", "message")].map(|(name, value)| (name.into(), value.into())));
            }
            "relay" if is_old_page && !self.text("sid").is_empty() && CALL_EVENTS.contains(&self.text("type")) => {
                self.act = "logNrelay".into();
            }
            _ => return Ok(()),
        }
        self.members.insert("act".into(), self.act.as_str().into());
        Ok(())
    }

    fn text(&self, name: &str) -> &str {
        self.members.get(name).map(text_of).unwrap_or_default()
    }

    /// The parameters for a program, with the names of the one who said hello.
    ///
    /// # Errors
    /// When there are too many.
    pub fn into_fields(mut self, user: &UserName, thread: &ThreadName) -> Result<Fields> {
        self.members.insert("user".into(), user.as_str().into());
        self.members.insert("realm".into(), thread.as_str().into());
        let mut fields = Fields::default();
        self.members.into_iter().try_for_each(|(name, value)| fields.set(name, value))?;
        Ok(fields)
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The answer to a request, which has the request's `rid`.
pub fn answer(rid: Option<&Value>, result: &Result<Value>) -> String {
    let mut answer = match result {
        Ok(Value::Object(members)) => Value::Object(members.clone()),
        // As logNrelay answers over CGI; over a socket everything is an object.
        Ok(other) => json!({ "alert": other }),
        Err(error) => json!({ "error": error.for_the_page(), "code": error.code() }),
    };
    if let Some(rid) = rid {
        answer["rid"] = rid.clone();
    }
    answer.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello(text: &str) -> Result<Hello> {
        Frame::parse(text).unwrap().hello()
    }

    #[test]
    fn an_old_page_says_no_ack_and_a_new_one_says_it_as_text_or_as_a_list() {
        let old = hello(r#"{"user":"Ann","realm":"room","act":"userHello"}"#).unwrap();
        assert_eq!((old.user.as_str(), old.ack.is_none(), old.token.as_str()), ("Ann", true, ""));
        for ack in [r#""a,b""#, r#"["a","b"]"#, r#""a,,b""#] {
            let text = format!(r#"{{"user":"Ann","realm":"room","act":"userHello","ack":{ack},"catCrc":"x"}}"#);
            assert_eq!(hello(&text).unwrap().ack.unwrap().iter().collect::<Vec<_>>(), ["a", "b"], "{ack}");
        }
    }

    #[test]
    fn names_are_checked_as_everywhere() {
        for (user, realm) in [("", "room"), ("Ann", ""), ("A<n", "room"), ("Ann", "../x"), ("*", "room")] {
            let text = json!({ "user": user, "realm": realm, "act": "userHello" }).to_string();
            assert!(hello(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in ["", "x", "[]", "1", "{}", r#"{"act":1}"#, r#"{"act":""}"#] {
            assert!(Frame::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nobody_speaks_for_another() {
        let (ann, room) = (UserName::new("Ann").unwrap(), ThreadName::new("room").unwrap());
        let by_another = |text: &str| Frame::parse(text).unwrap().is_by_another(&ann, &room);
        assert!(!by_another(r#"{"act":"relay"}"#) && !by_another(r#"{"act":"relay","user":"Ann","realm":"room"}"#));
        assert!(by_another(r#"{"act":"relay","user":"Bob"}"#) && by_another(r#"{"act":"relay","realm":"x"}"#));
        assert!(by_another(r#"{"act":"relay","user":["Ann"]}"#));
        let frame = Frame::parse(r#"{"act":"relay","rid":7,"text":"hi"}"#).unwrap();
        let message = frame.into_fields(&ann, &room).unwrap().into_object();
        assert_eq!(Value::Object(message), json!({"act": "relay", "text": "hi", "user": "Ann", "realm": "room"}));
    }

    #[test]
    fn an_answer_has_its_requests_name() {
        assert_eq!(answer(Some(&json!(7)), &Ok(json!({"alert": "x"}))), r#"{"alert":"x","rid":7}"#);
        assert_eq!(answer(None, &Ok(json!("0/0/1"))), r#"{"alert":"0/0/1"}"#);
        let refused = Err(Error::refused("no-user", "Who?"));
        assert_eq!(answer(None, &refused), r#"{"code":"no-user","error":"Who?"}"#);
    }

    #[test]
    fn a_request_is_called_by_a_number_or_a_short_text() {
        let rid = |rid: &str| Frame::parse(&format!(r#"{{"act":"echo","rid":{rid}}}"#)).unwrap().rid;
        assert_eq!((rid("7"), rid("\"a\"")), (Some(json!(7)), Some(json!("a"))));
        for bad in ["[1]", "{}", "null", "true", &format!("\"{}\"", "a".repeat(LONGEST_RID + 1))] {
            assert_eq!(rid(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", members in "(\"(act|user|realm|ack|rid)\":(\"a\"|1|null|[\\[]\\]),?){0,5}") {
            for text in [text, format!("{{{}}}", members.trim_end_matches(','))] {
                if let Ok(frame) = Frame::parse(&text) {
                    let _ = frame.hello();
                    frame.ids("ack");
                }
            }
        }
    }
}
