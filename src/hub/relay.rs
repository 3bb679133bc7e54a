//! Messages that came together, put into the mailbox with one write for all of them.

use super::event::Asked;
use crate::clock::Moment;
use crate::error::Result;
use crate::programs::chat::{target, words};
use crate::thread::guard::must_not_be_silenced;
use crate::thread::mailbox::Counts;
use crate::thread::{Memory, Post, Thread};
use serde_json::{Value, json};

/// What asks for it.
pub const RELAY: &str = "relay";

/// Puts messages into the mailbox, in their order; returns each with its answer.
pub fn relay(thread: &Thread, memory: &mut Memory, messages: Vec<Asked>) -> Vec<(Asked, Result<Value>)> {
    match post(thread, memory, &messages) {
        Ok(outcomes) => {
            let answer = |counts: Counts| json!({ "alert": words(counts) });
            messages.into_iter().zip(outcomes.into_iter().map(|outcome| outcome.map(answer))).collect()
        }
        // None of them lasts.
        Err(error) => messages.into_iter().map(|message| (message, Err(error.again()))).collect(),
    }
}

fn post(thread: &Thread, memory: &mut Memory, messages: &[Asked]) -> Result<Vec<Result<Counts>>> {
    let silenced = thread.holders_text()?;
    let posts = messages.iter().map(|Asked { id, user, fields, .. }| {
        must_not_be_silenced(&silenced, user)?;
        Ok(Post { id: id.clone(), target: target(fields)?, message: fields.clone().into_object() })
    });
    thread.lock()?.post_all(memory, posts.collect(), Moment::now())
}
