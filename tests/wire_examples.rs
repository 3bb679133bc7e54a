//! The examples in WIRE.md are what the programs say.

use cgi::http::Method;
use cgi::http::header::SET_COOKIE;
use mozchat::error::Result;
use mozchat::programs::{Program, run};
use mozchat::site::Site;
use mozchat::wire::{Incoming, Sender};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A request of WIRE.md, and what it says of the answer.
#[derive(Debug)]
struct Example {
    line: String,
    body: String,
    status: u16,
    answer: Option<Value>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn examples() -> Vec<Example> {
    let text = fs::read_to_string(root().join("WIRE.md")).unwrap();
    let (_, block) = text.split_once("```http\n").expect("a block of examples");
    let (block, _) = block.split_once("```").expect("its end");
    block.split("> ").filter(|part| !part.trim().is_empty()).map(example).collect()
}

fn example(text: &str) -> Example {
    let lines: Vec<_> = text.trim().lines().collect();
    let (&line, rest) = lines.split_first().unwrap();
    let (&last, body) = rest.split_last().unwrap();
    let (status, answer) = last.split_once(' ').unwrap_or((last, ""));
    Example {
        line: line.into(),
        body: body.concat(),
        status: status.parse().unwrap_or_else(|_| panic!("a status before {last:?}")),
        answer: (!answer.is_empty()).then(|| serde_json::from_str(answer).expect(answer)),
    }
}

/// The beginning of a WebM file (EBML's magic number), which is all that is looked at.
fn clip() -> Vec<u8> {
    [&[0x1a, 0x45, 0xdf, 0xa3][..], &[0; 64]].concat()
}

/// A form as browsers send it, of parameters that WIRE.md shows as `name=value&name=value`.
fn form(parameters: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in parameters.split('&').map(|pair| pair.split_once('=').unwrap()) {
        let file = if name == "blob" { "; filename=\"blob\"" } else { "" };
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        body.extend(if name == "blob" { clip() } else { value.into() });
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

/// What a browser would send, with the cookies that it got so far.
fn send(site: &Result<Site>, example: &Example, cookies: &mut String) -> (u16, Value) {
    let words: Vec<_> = example.line.split(' ').collect();
    let (program, query) = words[1].split_once('?').unwrap_or((words[1], ""));
    let program = Program::ALL.iter().find(|one| format!("{}.cgi", one.name()) == program).expect(program);
    let (content_type, body) = match (words.get(2), example.body.starts_with('{')) {
        (Some(_), _) => ("multipart/form-data; boundary=b", form(&example.body)),
        (None, true) => ("application/json", example.body.clone().into_bytes()),
        (None, false) => ("application/x-www-form-urlencoded", example.body.clone().into_bytes()),
    };
    let sender = Sender {
        client: "192.0.2.7".into(),
        host: "chat.example".into(),
        origin: "http://chat.example".into(),
        cookies: cookies.clone(),
        ..Sender::default()
    };
    let incoming = Incoming {
        method: if words[0] == "GET" { Method::GET } else { Method::POST },
        query: query.into(),
        content_type: content_type.into(),
        content_length: Some(body.len() as u64),
        sender,
        body: &mut body.as_slice(),
    };
    let response = run(*program, site, incoming).response;
    for cookie in response.headers().get_all(SET_COOKIE) {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        *cookies = if cookies.is_empty() { pair.into() } else { format!("{cookies}; {pair}") };
    }
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

/// Whether an answer is what the example shows, in which `…` stands for anything.
fn fits(shown: &Value, said: &Value) -> bool {
    match (shown, said) {
        (Value::String(text), _) if text == "…" => true,
        (Value::Object(shown), Value::Object(said)) => {
            let is_open = shown.contains_key("…");
            let has_all =
                shown.iter().all(|(key, value)| key == "…" || said.get(key).is_some_and(|it| fits(value, it)));
            has_all && (is_open || shown.len() == said.len())
        }
        (Value::Array(shown), Value::Array(said)) => {
            let is_open = shown.len() > 1 && shown.last().is_some_and(|last| last == "…");
            let least = shown.len() - usize::from(is_open);
            let fit = shown.iter().zip(said).take(least).all(|(one, other)| fits(one, other));
            fit && if is_open { said.len() >= least } else { said.len() == least }
        }
        _ => shown == said,
    }
}

#[test]
fn the_examples_are_what_the_programs_say() {
    let folder = tempfile::tempdir().unwrap();
    let thread = folder.path().join("mediaForum");
    fs::create_dir(&thread).unwrap();
    fs::copy(root().join("threads/mediaForum/.ini"), thread.join(".ini")).unwrap();
    let site = Ok(Site::at(folder.path().into()));
    let examples = examples();
    assert!(examples.len() >= 15, "{} examples", examples.len());
    let mut cookies = String::new();
    for example in &examples {
        let (status, said) = send(&site, example, &mut cookies);
        assert_eq!(status, example.status, "{example:?}\n{said}");
        if let Some(shown) = &example.answer {
            assert!(fits(shown, &said), "{}\nWIRE.md: {shown}\nsaid: {said}", example.line);
        }
    }
}

#[test]
fn every_act_in_the_table_has_an_example_or_is_told_apart() {
    let text = fs::read_to_string(root().join("WIRE.md")).unwrap();
    let shown: String = examples().iter().map(|example| format!("{} {}\n", example.line, example.body)).collect();
    // A thread's password, a moderator, a mail's token, a wait: what the example's thread has not.
    let elsewhere = ["mute", "endPasses", "longPoll", "subscribe"];
    let acts = text.lines().filter(|line| line.starts_with("| POST") || line.starts_with("| GET"));
    for act in acts.flat_map(|line| line.split("act=").skip(1)) {
        let act: String = act.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(shown.contains(&format!("act={act}")) || elsewhere.contains(&act.as_str()), "{act}");
    }
}
