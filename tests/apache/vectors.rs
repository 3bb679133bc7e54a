//! Requests to the original PHP scripts and what they answered, replayed.

use crate::support::{Answer, Browser, Site, blob, now};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// A place where we knowingly answer better than the original did.
struct Better {
    what: &'static str,
    recorded: fn(&Step) -> bool,
    ours: fn(&mut Scenario, &Step, &Answer) -> Result<(), String>,
}

/// All of them, with reasons.
const BETTER: [Better; 2] = [
    Better {
        what: "a crash: the page is told what was wrong with its request",
        recorded: |step| step.status == 500,
        ours: |_, _, answer| match answer.json()["error"].as_str() {
            Some(words) if !words.is_empty() && answer.status < 600 => Ok(()),
            _ => Err(format!("{} {}", answer.status, answer.json())),
        },
    },
    Better {
        what: "catCrc false for the empty list: a page that gets a string for it can see that it is still empty",
        recorded: |step| step.json["catCrc"] == false,
        ours: |scenario, step, answer| {
            let mut expected = step.json.clone();
            expected["catCrc"] = "<token>".into();
            scenario.matches(&expected, &answer.json())
        },
    },
];

#[test]
fn every_recorded_scenario_is_answered_as_the_original_did() {
    let vectors = vectors();
    let scenarios = vectors["scenarios"].as_array().expect("scenarios");
    let results: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = scenarios.iter().map(|scenario| scope.spawn(|| replay(scenario))).collect();
        runs.into_iter().map(|run| run.join().expect("a replay that ends")).collect()
    });
    let steps: usize = results.iter().map(|result| result.as_ref().copied().unwrap_or_default()).sum();
    println!("{} scenarios, {steps} steps", results.len());
    let wrong: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(steps > 60, "the recording has more than {steps} steps");
}

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/protocol.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{} holds what the original answered and must be there: {error}", path.display())
    });
    serde_json::from_slice(&text).expect("protocol.json is JSON")
}

/// Messages and users of the recording last for two or three seconds. Where the machine took as long as this for one
/// request, what follows may rightly be another answer.
const TOO_SLOW: Duration = Duration::from_millis(500);
/// So often a scenario that was wrong on such a machine is replayed.
const TRIES: usize = 6;

/// Replays a scenario, again where the machine was too slow for it; returns the number of its steps, or what was wrong.
fn replay(recorded: &Value) -> Result<usize, String> {
    let mut result = Err(String::new());
    for _ in 0..TRIES {
        let mut slowest = Duration::ZERO;
        result = replay_once(recorded, &mut slowest);
        if result.is_ok() || slowest < TOO_SLOW {
            break;
        }
    }
    result
}

/// Replays a scenario in a thread of its own; returns the number of its steps, or what was wrong, and how long the slowest
/// request took.
fn replay_once(recorded: &Value, slowest: &mut Duration) -> Result<usize, String> {
    let site = Site::start();
    site.thread("vec", recorded["ini"].as_str().expect("ini"));
    let mut scenario =
        Scenario { site: &site, browsers: BTreeMap::new(), seen: BTreeMap::new(), clips: BTreeMap::new() };
    let steps = recorded["steps"].as_array().expect("steps");
    for (index, step) in steps.iter().enumerate() {
        let told = |error| format!("{}, step {}: {error}\n{step}", recorded["name"], index + 1);
        let began = Instant::now();
        let result = scenario.step(step).map_err(told);
        if step["sleep"].is_null() {
            *slowest = began.elapsed().max(*slowest);
        }
        result?;
    }
    Ok(steps.len())
}

/// A scenario under way.
struct Scenario<'s> {
    site: &'s Site,
    /// One cookie jar a user.
    browsers: BTreeMap<String, Browser>,
    /// The last value of each field of an answer: what `$name` stands for.
    seen: BTreeMap<String, String>,
    /// What `<clip N>` and `$clipN` stand for, by `clipN`.
    clips: BTreeMap<String, String>,
}

/// A recorded request and its answer.
struct Step {
    script: String,
    encoding: String,
    fields: Map<String, Value>,
    blob: Option<Vec<u8>>,
    status: u64,
    json: Value,
}

impl Step {
    fn of(recorded: &Value) -> Self {
        let text = |name: &str| recorded[name].as_str().unwrap_or_else(|| panic!("{name} in {recorded}")).to_owned();
        let fields = recorded["fields"].as_object().expect("fields").clone();
        let ext = fields.get("ext").and_then(Value::as_str).unwrap_or("webm");
        Self {
            blob: recorded["blob_bytes"].as_u64().map(|bytes| blob(ext, bytes as usize)),
            script: text("script"),
            encoding: text("encoding"),
            status: recorded["status"].as_u64().expect("status"),
            json: recorded["json"].clone(),
            fields,
        }
    }
}

impl Scenario<'_> {
    fn step(&mut self, recorded: &Value) -> Result<(), String> {
        // A wait that belongs to the recording: time has to pass for what comes next.
        if let Some(seconds) = recorded["sleep"].as_u64() {
            std::thread::sleep(Duration::from_secs(seconds));
            return Ok(());
        }
        let mut step = Step::of(recorded);
        step.fields.values_mut().for_each(|value| self.fill_in(value));
        let answer = self.ask(&step).checked();
        let better = BETTER.iter().find(|better| (better.recorded)(&step));
        let result = match better {
            Some(better) => (better.ours)(self, &step, &answer).map_err(|error| format!("{} ({})", error, better.what)),
            None => self.compare(&step, &answer),
        };
        self.remember(&answer);
        result
    }

    /// Replaces `$name` by what an earlier answer said.
    fn fill_in(&self, value: &mut Value) {
        let Some(name) = value.as_str().and_then(|text| text.strip_prefix('$')) else { return };
        let found = self.clips.get(name).or_else(|| self.seen.get(name));
        *value = found.unwrap_or_else(|| panic!("no answer had {name}")).as_str().into();
    }

    fn ask(&mut self, step: &Step) -> Answer {
        let user = step.fields.get("user").and_then(Value::as_str).unwrap_or_default().to_owned();
        let browser = self.browsers.entry(user.clone()).or_insert_with(|| self.site.browser(&user, "vec"));
        let texts: Vec<_> = step.fields.iter().map(|(name, value)| (name.as_str(), as_text(value))).collect();
        let fields: Vec<_> = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match step.encoding.as_str() {
            "query" => browser.query(&step.script, &fields),
            "multipart" => browser.multipart(&step.script, &fields, step.blob.as_deref()),
            "json" => browser.json(&step.script, &Value::Object(step.fields.clone())),
            other => panic!("unknown encoding {other}"),
        }
    }

    fn remember(&mut self, answer: &Answer) {
        if let Ok(Value::Object(members)) = serde_json::from_slice(&answer.body) {
            self.seen.extend(members.into_iter().map(|(name, value)| (name, as_text(&value))));
        }
    }

    fn compare(&mut self, step: &Step, answer: &Answer) -> Result<(), String> {
        if u64::from(answer.status) != step.status {
            return Err(format!("status {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        match &step.json {
            Value::Null if answer.body.is_empty() => Ok(()),
            Value::Null => Err(format!("a body: {}", String::from_utf8_lossy(&answer.body))),
            expected => self.matches(expected, &answer.json()),
        }
    }

    /// Whether an answer is the recorded one, but for what changes from run to run.
    fn matches(&mut self, expected: &Value, actual: &Value) -> Result<(), String> {
        let same = match (expected, actual) {
            (Value::String(pattern), _) if pattern.starts_with('<') => self.fits(pattern, actual),
            (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
                return expected.iter().zip(actual).try_for_each(|(expected, actual)| self.matches(expected, actual));
            }
            (Value::Object(expected), Value::Object(actual)) if expected.keys().eq(actual.keys()) => {
                return expected.iter().try_for_each(|(name, expected)| self.matches(expected, &actual[name]));
            }
            _ => expected == actual,
        };
        if same { Ok(()) } else { Err(format!("expected {expected}, got {actual}")) }
    }

    fn fits(&mut self, pattern: &str, actual: &Value) -> bool {
        match (pattern, actual) {
            ("<time>", Value::Number(time)) => time.as_u64().is_some_and(is_near_now),
            ("<time string>", Value::String(time)) => time.parse().is_ok_and(is_near_now),
            ("<token>", Value::String(token)) => !token.is_empty(),
            ("<Mon_DD_HH:MM:SS>", Value::String(time)) => is_catalog_time(time),
            (_, Value::String(name)) => self.is_clip(pattern, name),
            _ => false,
        }
    }

    /// `<clip N>.ext`: any name with that extension, the same one each time and another one for each N.
    fn is_clip(&mut self, pattern: &str, name: &str) -> bool {
        let (clip, ext) = pattern.trim_start_matches('<').split_once('>').expect("a clip's pattern");
        let key = clip.replace(' ', "");
        let is_another = self.clips.iter().any(|(other, known)| *other != key && known == name);
        let known = self.clips.entry(key).or_insert_with(|| name.to_owned());
        known == name && !is_another && name.ends_with(ext) && name.len() > ext.len()
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Within what a scenario lasts and a clip lives.
fn is_near_now(time: u64) -> bool {
    time.abs_diff(now()) < 90
}

/// `Nov_23_15:46:28`.
fn is_catalog_time(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(' ').find(|month| shape.starts_with(month));
    month.is_some_and(|month| shape == format!("{month}_99_99:99:99"))
}
