//! One page's connection: frames in, frames out, and how patient the hub is with it.

use super::event::{Asked, Event, Newcomer, Seat};
use super::frame::{Frame, Hello, answer};
use super::limits::{Bucket, Place, Rate};
use super::line::{say_goodbye, send};
use super::outbox::{End, Next, Outbox};
use super::socket::Socket;
use super::{Hub, MOST_BYTES_IN, Seated};
use crate::error::{Error, Result};
use crate::random;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use tokio_websockets::{CloseCode, Message};

/// Who connects has this long to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A page from which nothing came for this long is asked whether it is there …
const PING_AFTER: Duration = Duration::from_secs(25);
/// … and is gone if it doesn't answer.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// What a page may ask for: a call begins with some dozens of candidates at once.
const FRAMES: Rate = Rate { burst: 120.0, per_second: 20.0 };
/// A frame costs one, and one more for each piece of this size.
const PIECE: f32 = 4096.0;
/// An acknowledgement, as pages write it, costs less than other frames.
const ACK: &str = r#"{"act":"ack""#;

/// Serves a connection whose handshake is done, until it ends.
pub async fn run<S>(hub: Arc<Hub>, stream: S, address: IpAddr, cookies: Box<str>, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut line = Socket::new(stream, MOST_BYTES_IN);
    let mut page = Page::new(hub, address, cookies);
    let (end, clean) = page.talk(&mut line).await;
    // The others need not wait until this line is closed.
    page.leave(clean);
    if let Some(End::Close(code, words)) = end {
        say_goodbye(&mut line, code, words).await;
    }
    drop(place);
}

/// What the hub knows of the other end.
struct Page {
    hub: Arc<Hub>,
    address: IpAddr,
    cookies: Box<str>,
    outbox: Arc<Outbox>,
    seat: Seat,
    seated: Option<Seated>,
    bucket: Bucket,
    heard_at: Instant,
    asked_at: Instant,
}

impl Page {
    fn new(hub: Arc<Hub>, address: IpAddr, cookies: Box<str>) -> Self {
        let now = Instant::now();
        Self {
            seat: hub.next_seat(),
            hub,
            address,
            cookies,
            outbox: Arc::default(),
            seated: None,
            bucket: Bucket::full(FRAMES, now.into_std()),
            heard_at: now,
            asked_at: now,
        }
    }

    /// Until the connection ends: how the hub is to end it, if it is still there, and whether the page said goodbye.
    async fn talk<S>(&mut self, line: &mut Socket<S>) -> (Option<End>, bool)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut alarm = pin!(sleep_until(self.next_deadline()));
        loop {
            let outcome = tokio::select! {
                next = self.outbox.next() => match next {
                    Next::Send(frames) => send(line, frames.iter(), &self.outbox).await,
                    Next::End(end) => Err(Some(end)),
                },
                message = line.next() => match message {
                    Some(Ok(message)) => self.hear(line, message).await,
                    // What broke the rules was told so by the library.
                    Some(Err(_)) | None => Err(None),
                },
                () = &mut alarm => {
                    // Most of the time something has come meanwhile: an alarm is set again when it rings, no sooner.
                    let outcome = self.wake_up(line).await;
                    alarm.as_mut().reset(self.next_deadline().min(Instant::now() + PING_AFTER));
                    outcome
                }
            };
            match outcome {
                Ok(true) => {}
                Ok(false) => return (Some(End::Close(CloseCode::NORMAL_CLOSURE, "")), true),
                Err(end) => return (end, false),
            }
        }
    }

    fn next_deadline(&self) -> Instant {
        match &self.seated {
            None => self.heard_at + HELLO_WITHIN,
            Some(_) if self.asked_at > self.heard_at => self.heard_at + GONE_AFTER,
            Some(_) => self.heard_at + PING_AFTER,
        }
    }

    async fn wake_up<S>(&mut self, line: &mut Socket<S>) -> std::result::Result<bool, Option<End>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let now = Instant::now();
        if now < self.next_deadline() {
            return Ok(true);
        }
        if self.seated.is_none() {
            return Err(Some(End::Close(CloseCode::POLICY_VIOLATION, "nobody said userHello")));
        }
        if now >= self.heard_at + GONE_AFTER {
            return Err(Some(End::Drop));
        }
        self.asked_at = now;
        send(line, [Message::ping("")].iter(), &self.outbox).await
    }

    /// `Ok(false)` when the page said goodbye.
    async fn hear<S>(&mut self, line: &mut Socket<S>, message: Message) -> std::result::Result<bool, Option<End>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if message.is_close() {
            return Ok(false);
        }
        let now = Instant::now();
        if self.seated.is_some() {
            self.heard_at = now;
        }
        let cost = cost(&message);
        if !self.bucket.take(cost, FRAMES, now.into_std()) {
            return Err(Some(End::Close(CloseCode::POLICY_VIOLATION, "too much at once")));
        }
        if message.is_ping() {
            // The library has its answer waiting, and would go on gathering them for one who does not read.
            return send(line, [].iter(), &self.outbox).await;
        }
        match message.as_text() {
            Some(text) => Ok(self.answer(text).await),
            None if message.is_pong() => Ok(true),
            None => Err(Some(End::Close(CloseCode::UNSUPPORTED_DATA, "frames are JSON text"))),
        }
    }

    async fn answer(&mut self, text: &str) -> bool {
        let frame = match Frame::parse(text) {
            Ok(frame) => frame,
            Err(error) => {
                self.outbox.say(answer(None, &Err(error)));
                return true;
            }
        };
        let (rid, is_bye) = (frame.rid.clone(), frame.act == "bye");
        if let Err(error) = self.act(frame).await {
            self.outbox.say(answer(rid.as_ref(), &Err(error)));
        }
        !is_bye
    }

    async fn act(&mut self, mut frame: Frame) -> Result<()> {
        match frame.act.as_str() {
            "userHello" => return self.join(frame.hello()?).await,
            "echo" => {
                self.outbox.say(answer(frame.rid.as_ref(), &Ok("echo reply".into())));
                return Ok(());
            }
            "bye" => return Ok(()),
            _ => {}
        }
        let seated = self.seated.as_ref().ok_or_else(|| Error::refused("no-hello", "Say userHello first"))?;
        if frame.is_by_another(&seated.user, &seated.thread) {
            return Err(Error::refused("bad-user", "This connection is another user's or another thread's"));
        }
        frame.become_relay(seated.is_old_page)?;
        let event = if frame.act == "ack" {
            Event::Ack(seated.user.clone(), frame.ids("ids"))
        } else {
            Event::Ask(Asked {
                user: seated.user.clone(),
                address: self.address.to_string(),
                act: frame.act.clone(),
                rid: frame.rid.clone(),
                id: random::hex::<8>()?,
                is_old_page: seated.is_old_page,
                fields: frame.into_fields(&seated.user, &seated.thread)?,
                outbox: self.outbox.clone(),
            })
        };
        self.hub.tell(&seated.thread, event).await
    }

    async fn join(&mut self, hello: Hello) -> Result<()> {
        let Hello { user, thread, ack, token } = hello;
        if !self.hub.settings().serves(&thread) {
            return Err(Error::refused("not-served", format!("The hub does not serve the thread {thread}")));
        }
        if self.seated.as_ref().is_some_and(|seated| seated.user != user || seated.thread != thread) {
            self.leave(true);
        }
        let (verdict, decided) = oneshot::channel();
        let (seat, address, cookies) = (self.seat, self.address.to_string(), self.cookies.clone());
        let (outbox, name, is_old_page) = (self.outbox.clone(), user.clone(), ack.is_none());
        let newcomer = Newcomer { seat, user: name, address, cookies, outbox, ack, token, verdict };
        self.hub.tell(&thread, Event::Join(newcomer)).await?;
        // Nothing else that the page says is heard before it is known who says it.
        decided.await.unwrap_or_else(|_| Err(Error::host("The hub made a mistake; its log tells more")))?;
        self.seated = Some(Seated { user, thread, is_old_page });
        Ok(())
    }

    fn leave(&mut self, clean: bool) {
        if let Some(seated) = self.seated.take() {
            self.hub.tell_later(seated.thread, Event::Leave(self.seat, clean));
        }
    }
}

/// What a message takes out of a page's bucket. How many messages there are to acknowledge is not the page's doing.
fn cost(message: &Message) -> f32 {
    let is_ack = message.as_text().is_some_and(|text| text.starts_with(ACK));
    message.as_payload().len() as f32 / PIECE + if is_ack { 0.1 } else { 1.0 }
}

impl Drop for Page {
    /// Also where the task is ended from outside.
    fn drop(&mut self) {
        self.leave(false);
    }
}
