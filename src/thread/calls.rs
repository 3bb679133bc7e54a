//! The call log: `started;ts;A;IPa;B;IPb;video;sid;secs;state`, newest last, a line a call. Pure.
//!
//! A is who called, B who was called; `ts` is the start in seconds since 1970, `secs` how long the call has
//! lasted as far as is known, `state` the last thing that was said of it.

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::text::is_treacherous;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call([String; COLUMNS]);

/// What is said of a call; the original's message types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// A calls B.
    Invite,
    /// B has answered.
    Accept,
    /// B does not want to.
    Reject,
    /// One of them has ended it.
    HangUp,
}

/// One end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party<'p> {
    /// The user's name.
    pub name: &'p str,
    /// The user's address, as far as it is known.
    pub address: &'p str,
}

const COLUMNS: usize = 10;
const HEADER: &str = "started;ts;A;IPa;B;IPb;video;sid;secs;state";
const TS: usize = 1;
const SID: usize = 7;
const SECS: usize = 8;
const STATE: usize = 9;

impl CallEvent {
    /// The event that a message of this type means.
    ///
    /// # Errors
    /// When the type is none that is logged.
    pub fn of_type(message_type: &str) -> Result<Self> {
        match message_type {
            "invite" => Ok(Self::Invite),
            "accept" => Ok(Self::Accept),
            "rejectCall" => Ok(Self::Reject),
            "hang-up" => Ok(Self::HangUp),
            _ => Err(Error::refused("bad-type", "Unknown type of call message")),
        }
    }

    fn state(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Accept => "accept",
            Self::Reject => "rejectCall",
            Self::HangUp => "hang-up",
        }
    }

    fn is_said_by_the_called(self) -> bool {
        matches!(self, Self::Accept | Self::Reject)
    }
}

/// Reads the file's text; a header and lines that are no calls are passed over.
pub fn parse(text: &str) -> Vec<Call> {
    let call = |line: &str| <[String; COLUMNS]>::try_from(line.split(';').map(str::to_owned).collect::<Vec<_>>()).ok();
    let lines = text.lines().map(|line| line.trim_end_matches('\r'));
    lines.filter(|line| *line != HEADER).filter_map(call).map(Call).collect()
}

/// As in the file.
pub fn to_text(calls: &[Call]) -> String {
    let lines = calls.iter().map(|call| call.0.join(";"));
    std::iter::once(HEADER.to_owned()).chain(lines).map(|line| line + "\n").collect()
}

/// A call's id as pages make it.
///
/// # Errors
/// When it is not 1 to 64 letters, digits, `-` or `_`: it goes into a file that others open in a spreadsheet.
pub fn check_sid(sid: &str) -> Result<()> {
    let sound =
        (1..=64).contains(&sid.len()) && sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if sound { Ok(()) } else { Err(Error::refused("bad-sid", "Bad SID")) }
}

/// Writes an event into the log, which keeps its newest `most` calls.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'e> {
    /// What happened.
    pub event: CallEvent,
    /// The call's id.
    pub sid: &'e str,
    /// Who says so.
    pub by: Party<'e>,
    /// To whom.
    pub to: Party<'e>,
    /// Whether there is a picture.
    pub video: bool,
    /// When.
    pub now: Moment,
    /// How far the log's clock is ahead of UTC: the host's time zone and the thread's `timeShiftHrs`.
    pub shift_hours: f64,
}

impl Entry<'_> {
    /// Whether it is what the log says last of the call.
    pub fn is_in(&self, calls: &[Call]) -> bool {
        calls.iter().rfind(|call| call.0[SID] == self.sid).is_some_and(|call| call.0[STATE] == self.event.state())
    }

    /// Adds the event to the log.
    pub fn log(&self, calls: &mut Vec<Call>, most: usize) {
        match calls.iter_mut().rfind(|call| call.0[SID] == self.sid) {
            Some(call) => {
                if self.event == CallEvent::Accept {
                    call.0[TS] = self.now.seconds().to_string();
                }
                call.last_until(self.now);
                call.0[STATE] = self.event.state().into();
            }
            None => calls.push(self.new_call()),
        }
        calls.drain(..calls.len().saturating_sub(most));
    }

    fn new_call(&self) -> Call {
        let (a, b) = if self.event.is_said_by_the_called() { (self.to, self.by) } else { (self.by, self.to) };
        let video = if self.video { "1" } else { "0" };
        Call(
            [
                &self.now.log_time(self.shift_hours),
                self.now.seconds().to_string().as_str(),
                a.name,
                a.address,
                b.name,
                b.address,
                video,
                self.sid,
                "0",
                self.event.state(),
            ]
            .map(harmless),
        )
    }
}

/// Notes that a call goes on, as a poll with its id says. `false` if there is no such call or nothing to note.
pub fn goes_on(calls: &mut [Call], sid: &str, now: Moment) -> bool {
    let running = |call: &&mut Call| call.0[SID] == sid && call.0[STATE] == CallEvent::Accept.state();
    let Some(call) = calls.iter_mut().rfind(running) else { return false };
    // A write for every poll would be too much for a figure that few look at.
    const STEP: u64 = 10;
    let known: u64 = call.0[SECS].parse().unwrap_or(0);
    let worth_it = call.seconds(now) >= known + STEP;
    if worth_it {
        call.last_until(now);
    }
    worth_it
}

impl Call {
    fn seconds(&self, now: Moment) -> u64 {
        now.seconds().saturating_sub(self.0[TS].parse().unwrap_or(now.seconds()))
    }

    fn last_until(&mut self, now: Moment) {
        // Only an answered call lasts; the time of ringing is not counted.
        if self.0[STATE] == CallEvent::Accept.state() {
            self.0[SECS] = self.seconds(now).to_string();
        }
    }
}

/// A field that can't end its column or its line, nor be taken for a formula by a spreadsheet, whether that takes
/// commas for the ends of columns or not.
fn harmless(field: &str) -> String {
    let field: String = field.chars().filter(|c| !c.is_control() && !is_treacherous(*c) && *c != ';').collect();
    let is_formula = |part: &str| part.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let column = |part: &str| if is_formula(part) { format!("'{part}") } else { part.into() };
    field.split(',').map(column).collect::<Vec<String>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'e>(event: CallEvent, by: &'e str, to: &'e str, seconds: u64) -> Entry<'e> {
        Entry {
            event,
            sid: "s1",
            by: Party { name: by, address: "1.1.1.1" },
            to: Party { name: to, address: "2.2.2.2" },
            video: true,
            now: Moment::from_seconds(seconds),
            shift_hours: 0.0,
        }
    }

    #[test]
    fn a_call_is_one_line_from_answer_to_end() {
        let mut calls = Vec::new();
        entry(CallEvent::Accept, "Bob", "Ann", 100).log(&mut calls, 20);
        assert!(!goes_on(&mut calls, "s1", Moment::from_seconds(105)));
        assert!(goes_on(&mut calls, "s1", Moment::from_seconds(111)));
        entry(CallEvent::HangUp, "Ann", "Bob", 130).log(&mut calls, 20);
        assert!(!goes_on(&mut calls, "s1", Moment::from_seconds(200)));
        let text = to_text(&calls);
        assert_eq!(text.lines().nth(1).unwrap(), "1970-01-01 00:01:40;100;Ann;2.2.2.2;Bob;1.1.1.1;1;s1;30;hang-up");
        assert_eq!(parse(&text), calls);
    }

    #[test]
    fn the_time_of_ringing_does_not_count() {
        let mut calls = Vec::new();
        entry(CallEvent::Invite, "Ann", "Bob", 100).log(&mut calls, 20);
        entry(CallEvent::Accept, "Bob", "Ann", 110).log(&mut calls, 20);
        entry(CallEvent::HangUp, "Ann", "Bob", 115).log(&mut calls, 20);
        assert_eq!((calls.len(), calls[0].0[SECS].as_str()), (1, "5"));
    }

    #[test]
    fn only_the_newest_calls_are_kept() {
        let mut calls = Vec::new();
        for n in 0..30 {
            Entry { sid: &format!("s{n}"), ..entry(CallEvent::Accept, "Bob", "Ann", 100) }.log(&mut calls, 20);
        }
        assert_eq!((calls.len(), calls[0].0[SID].as_str()), (20, "s10"));
    }

    #[test]
    fn a_name_can_not_become_a_formula_or_a_second_line() {
        let mut calls = Vec::new();
        entry(CallEvent::Accept, "=1+1", "a;b\nc", 1).log(&mut calls, 20);
        assert_eq!((calls[0].0[4].as_str(), calls[0].0[2].as_str()), ("'=1+1", "abc"));
        let cases =
            [(" =1", "' =1"), ("a,=1", "a,'=1"), ("＝1", "'＝1"), ("a-b", "a-b"), ("O,K", "O,K"), ("\u{202e}x", "x")];
        for (name, field) in cases {
            assert_eq!(harmless(name), field);
        }
        assert!(check_sid("abcdefghij").is_ok() && check_sid("a;b").is_err() && check_sid("").is_err());
    }
}
