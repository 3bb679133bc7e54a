//! A thread at a moment, and the frames that are made of it.

use crate::thread::pulse::Pulse;
use tokio_websockets::Message;

/// A thread at a moment, ready to be sent.
#[derive(Debug)]
pub struct Snapshot {
    /// When, in seconds since 1970.
    pub seconds: u64,
    /// The counters.
    pub pulse: Pulse,
    /// The names of those who are online, as JSON.
    pub users: String,
    /// The token of the catalog.
    pub token: String,
    /// `"list":…,"catCrc":…,"free":…`.
    pub catalog: String,
    /// The messages that were not in the last snapshot.
    pub fresh: Vec<Fresh>,
}

/// A member of a frame, in pieces.
pub type Part<'p> = [&'p str; 3];

/// A new message.
#[derive(Debug)]
pub struct Fresh {
    /// By which a page says that it has it.
    pub id: String,
    /// By whom.
    pub author: Option<String>,
    /// For whom; `None` for all.
    pub target: Option<String>,
    /// As JSON.
    pub text: String,
}

impl Snapshot {
    /// What a poll would have answered, with the parts given. Of the pulse a page gets its own part.
    pub fn frame(&self, to: Option<(String, u64)>, parts: &[Part<'_>]) -> Message {
        let pulse = Pulse { to: to.into_iter().collect(), ..self.pulse_of_all() };
        let mut text = format!(r#"{{"timestamp":{},"pulse":{}"#, self.seconds, pulse.to_json());
        let length = |part: &Part<'_>| part.iter().map(|piece| piece.len()).sum::<usize>() + 1;
        text.reserve_exact(parts.iter().map(length).sum::<usize>() + 1);
        for part in parts {
            text.push(',');
            text.extend(part.iter().copied());
        }
        text.push('}');
        Message::text(text)
    }

    fn pulse_of_all(&self) -> Pulse {
        Pulse { clips: self.pulse.clips, users: self.pulse.users, all: self.pulse.all, ..Pulse::default() }
    }

    /// The user's key and counter, if the user has had mail.
    pub fn mail_of(&self, me: &str) -> Option<(String, u64)> {
        self.pulse.to.get(me).map(|count| (me.to_owned(), *count))
    }
}
