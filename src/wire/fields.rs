//! A request's parameters, from whatever encoding they came in.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A request's parameters by name. Later ones replace earlier ones, as in PHP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Map<String, Value>);

/// More than any page sends; a request with more of them is no page's.
const MOST_FIELDS: usize = 64;
/// No page nests so deep. What is stored lies deeper by a few levels, and must be read again: serde_json gives up at 128.
const DEEPEST: usize = 64;

impl Fields {
    /// Adds one parameter.
    ///
    /// # Errors
    /// When there are too many, or it is nested too deep.
    pub fn set(&mut self, name: String, value: Value) -> Result<()> {
        if is_deeper(&value, DEEPEST) {
            return Err(Error::malformed("bad-json", "The JSON in the request is nested too deep"));
        }
        if self.0.len() >= MOST_FIELDS && !self.0.contains_key(&name) {
            return Err(Error::malformed("too-many-fields", "The request has too many fields"));
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// Adds everything that a query string or an urlencoded body holds.
    ///
    /// # Errors
    /// When a name or a value is no UTF-8.
    pub fn add_urlencoded(&mut self, text: &[u8]) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        for (name, value) in form_urlencoded::parse(text) {
            // The decoder puts U+FFFD in the place of bytes that are no UTF-8. A name that was
            // changed so would be another's name, hence the refusal.
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(not_utf8());
            }
            self.set(name.into_owned(), Value::String(value.into_owned()))?;
        }
        Ok(())
    }

    /// Adds everything that the body of a form holds. The original's pages write `json=` and then JSON as it is: that is
    /// not decoded, or a `+` in the password of a call's offer would become a space, and an `&` end the text.
    ///
    /// # Errors
    /// When a name or a value is no UTF-8.
    pub fn add_form(&mut self, text: &[u8]) -> Result<()> {
        match text.strip_prefix(b"json=").filter(|json| is_plain_object(json)) {
            Some(json) => {
                let json = std::str::from_utf8(json).map_err(|_| not_utf8())?;
                self.set("json".into(), json.into())
            }
            None => self.add_urlencoded(text),
        }
    }

    /// Adds the members of a JSON object.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn add_json(&mut self, text: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(text).map_err(|_| not_utf8())?;
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => members.into_iter().try_for_each(|(name, value)| self.set(name, value)),
            Ok(_) => Err(Error::malformed("bad-json", "The JSON in the request is not an object")),
            Err(error) => Err(Error::malformed("bad-json", format!("The JSON in the request is broken: {error}"))),
        }
    }

    /// Replaces a `json` field by the members of the object that it holds: the original's way to send JSON
    /// through a form. A field `json64` is the same in base64 (RFC 4648, section 5, without padding), in which a host's
    /// firewall finds nothing that looks like an attack to it.
    ///
    /// # Errors
    /// When the field holds no JSON object.
    pub fn unfold_json(&mut self) -> Result<()> {
        if let Some(packed) = self.0.remove("json64") {
            let text = packed.as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let text = text.ok_or_else(|| Error::malformed("bad-json", "The json64 in the request is no base64"))?;
            self.add_json(&text)?;
        }
        match self.0.remove("json") {
            Some(Value::String(text)) => self.add_json(with_lines_escaped(&text).as_bytes()),
            Some(Value::Object(members)) => members.into_iter().try_for_each(|(name, value)| self.set(name, value)),
            Some(_) => Err(Error::malformed("bad-json", "The JSON in the request is not an object")),
            None => Ok(()),
        }
    }

    /// A parameter as text; numbers and booleans as PHP would print them. `None` if it is absent or nested.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(if *flag { "1" } else { "" }.into()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// As [`text`](Self::text), `None` also if it is empty.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A parameter that is somebody's name: a text. `None` if it is absent or empty.
    ///
    /// # Errors
    /// `bad-user` if it is something else, which in text would be a name that nobody gave.
    pub fn name(&self, name: &str) -> Result<Option<String>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(Error::refused("bad-user", "A name must be a text")),
        }
    }

    /// Whether the parameter was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Everything as one JSON object.
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }
}

/// Whether a value has more levels of lists and objects than that.
fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| is_deeper(member, levels - 1)),
        _ => false,
    }
}

/// Whether a form's value is a JSON object that nobody has encoded: whoever encodes changes the first quotation mark, too.
fn is_plain_object(value: &[u8]) -> bool {
    let inside = value.trim_ascii().strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    inside.is_some_and(|inside| inside.trim_ascii_start().first() == Some(&b'"'))
}

/// JSON whose texts hold line ends as they are, which JSON forbids: pages of the original send it so, and PHP took it.
fn with_lines_escaped(json: &str) -> Cow<'_, str> {
    if !json.contains(['\n', '\r']) {
        return Cow::Borrowed(json);
    }
    let (mut text, mut is_in_text, mut is_escaped) = (String::with_capacity(json.len() + 16), false, false);
    for c in json.chars() {
        match c {
            '\n' if is_in_text => text.push_str("\\n"),
            '\r' if is_in_text => text.push_str("\\r"),
            _ => text.push(c),
        }
        is_in_text ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
    }
    Cow::Owned(text)
}

/// The refusal of bytes that are no UTF-8.
pub fn not_utf8() -> Error {
    Error::malformed("not-utf8", "The request holds text that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_as_a_browser_encodes_it() {
        let mut fields = Fields::default();
        fields.add_urlencoded("user=A+b&x=%D0%96&empty=&flag".as_bytes()).unwrap();
        assert_eq!(fields.text("user").as_deref(), Some("A b"));
        assert_eq!(fields.text("x").as_deref(), Some("Ж"));
        assert_eq!((fields.text("empty").as_deref(), fields.filled("empty")), (Some(""), None));
        assert!(fields.has("flag") && !fields.has("none"));
    }

    #[test]
    fn bytes_that_are_no_utf8_are_refused_and_not_replaced() {
        assert!(Fields::default().add_urlencoded(b"user=%ff").is_err());
        assert!(Fields::default().add_json(b"{\"user\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_json_field_is_unfolded() {
        let mut fields = Fields::default();
        fields.add_urlencoded(br#"json={"user":"Ann","n":3,"deep":{"a":1}}"#).unwrap();
        fields.unfold_json().unwrap();
        assert_eq!(fields.text("n").as_deref(), Some("3"));
        assert_eq!(fields.text("deep"), None);
        assert!(!fields.has("json"));
    }

    #[test]
    fn a_json64_field_is_unfolded_and_what_is_no_base64_is_refused() {
        let unfolded = |form: &[u8]| {
            let mut fields = Fields::default();
            fields.add_form(form).unwrap();
            fields.unfold_json().map(|()| fields)
        };
        // {"text":"Приём?","deep":{"a":1}}
        let fields = unfolded(b"user=Ann&json64=eyJ0ZXh0Ijoi0J_RgNC40ZHQvD8iLCJkZWVwIjp7ImEiOjF9fQ").unwrap();
        assert_eq!(fields.text("text").as_deref(), Some("Приём?"));
        assert!(fields.has("deep") && fields.has("user") && !fields.has("json64"));
        for bad in ["json64=%7B%7D", "json64=e30=", "json64=WzFd", "json64="] {
            assert_eq!(unfolded(bad.as_bytes()).unwrap_err().code(), "bad-json", "{bad}");
        }
    }

    #[test]
    fn json_in_a_form_that_is_not_encoded_is_taken_as_it_is() {
        let text = |body: &str| {
            let mut fields = Fields::default();
            fields.add_form(body.as_bytes()).unwrap();
            fields.unfold_json().unwrap();
            fields.text("text").unwrap()
        };
        assert_eq!(text(r#"json={"pwd":"a+b/c","text":"R&D+ = 50%25"}"#), "R&D+ = 50%25");
        assert_eq!(text(r#"json={ "text" : "1 + 1" }"#), "1 + 1");
        assert_eq!(text("json=%7B%22text%22%3A%22a%2Bb+c%22%7D"), "a+b c");
        assert_eq!(text("json={%22text%22:%22a%2Bb+c%22}"), "a+b c", "some encode no braces");
        assert_eq!(text(r#"json={"text":"a%2Bb+c"}&n=1"#), "a+b c", "a form with more than JSON");
    }

    #[test]
    fn a_line_end_within_a_text_of_a_json_field_is_taken_and_one_between_texts_means_nothing() {
        let cases = [
            ("{\"a\":\"one\ntwo\"}", "one\ntwo"),
            ("{\n\"a\":\r\n\"one\"\n}", "one"),
            ("{\"a\":\"\\\"\n\\\\\",\n\"b\":\"\r\n\"}", "\"\n\\"),
            ("{\"a\":\"\\n\"}", "\n"),
        ];
        for (json, text) in cases {
            let mut fields = Fields::default();
            fields.set("json".into(), json.into()).unwrap();
            fields.unfold_json().unwrap();
            assert_eq!(fields.text("a").as_deref(), Some(text), "{json:?}");
        }
    }

    #[test]
    fn a_name_is_a_text_and_nothing_that_could_be_written_as_one() {
        let mut fields = Fields::default();
        fields.add_json(br#"{"a":"Ann","empty":"","flag":true,"number":7,"list":["Ann"],"null":null}"#).unwrap();
        let name = |field| fields.name(field).map_err(|error| error.code());
        assert_eq!(name("a"), Ok(Some("Ann".into())));
        assert_eq!((name("empty"), name("null"), name("none")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!((name("flag"), name("number"), name("list")), (Err("bad-user"), Err("bad-user"), Err("bad-user")));
    }

    #[test]
    fn what_is_nested_too_deep_to_be_stored_and_read_again_is_refused() {
        for (open, close, depth, is_fine) in [
            ("[", "]", DEEPEST, true),
            ("[", "]", DEEPEST + 1, false),
            ("{\"a\":", "}", DEEPEST + 1, false),
            ("[", "]", 126, false),
        ] {
            let json = format!("{{\"deep\":{}1{}}}", open.repeat(depth), close.repeat(depth));
            let outcome = Fields::default().add_json(json.as_bytes()).map_err(|error| error.code());
            assert_eq!(outcome, if is_fine { Ok(()) } else { Err("bad-json") }, "{depth}");
        }
    }

    #[test]
    fn too_many_fields_are_refused() {
        let query = (0..=MOST_FIELDS).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Fields::default().add_urlencoded(query.as_bytes()).is_err());
    }
}
