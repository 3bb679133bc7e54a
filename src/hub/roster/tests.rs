use super::super::outbox::Next;
use super::*;
use crate::hub::event::Seat;
use crate::hub::frame::Ids;
use crate::thread::pulse::Pulse;

fn snapshot(users: &str, token: &str, fresh: Vec<Fresh>) -> Snapshot {
    Snapshot {
        seconds: 7,
        pulse: Pulse { clips: 1, users: 2, all: 3, to: [("meBob".to_owned(), 9)].into() },
        users: users.into(),
        token: token.into(),
        catalog: format!(r#""list":[],"catCrc":"{token}","free":0"#),
        fresh,
    }
}

fn fresh(author: &str, target: Option<&str>, text: &str) -> Fresh {
    Fresh {
        id: text.into(),
        author: Some(author.into()),
        target: target.map(str::to_owned),
        text: json!(text).to_string(),
    }
}

/// A crowd of Ann and Bob, whose outboxes are empty.
async fn ann_and_bob() -> (Roster, [Arc<Outbox>; 2]) {
    let mut roster = Roster::default();
    let now = snapshot(r#"["Ann","Bob"]"#, "t", vec![]);
    roster.show(&now, true);
    let outboxes = ["Ann", "Bob"].map(|name| {
        let outbox = Arc::new(Outbox::default());
        let seat = name.len() as u64 + u64::from(name.as_bytes()[0]);
        roster.join(newcomer(seat, name, "t", &outbox), Welcome { me: format!("me{name}"), messages: vec![] }, &now);
        outbox
    });
    for outbox in &outboxes {
        assert_eq!(sent(outbox).await.len(), 1);
    }
    (roster, outboxes)
}

fn newcomer(seat: Seat, name: &str, token: &str, outbox: &Arc<Outbox>) -> Newcomer {
    Newcomer {
        seat,
        user: UserName::new(name).unwrap(),
        address: String::new(),
        cookies: "".into(),
        outbox: outbox.clone(),
        ack: Some(Ids::default()),
        token: token.into(),
        verdict: oneshot::channel().0,
    }
}

/// What was put into an outbox since the last time, at least `{}`.
async fn sent(outbox: &Outbox) -> Vec<Value> {
    outbox.say("{}");
    let Next::Send(frames) = outbox.next().await else { panic!("an end") };
    let values = frames.iter().map(|frame| serde_json::from_str::<Value>(frame.as_text().unwrap()).unwrap());
    values.filter(|value| *value != json!({})).collect()
}

#[tokio::test]
async fn who_joins_gets_what_it_lacks_and_no_more() {
    let mut roster = Roster::default();
    let now = snapshot(r#"["Ann"]"#, "t", vec![]);
    for (token, has_list) in [("", true), ("t", false)] {
        let outbox = Arc::new(Outbox::default());
        roster.join(
            newcomer(1, "Ann", token, &outbox),
            Welcome { me: "meAnn".into(), messages: vec![r#"{"id":"1"}"#.into()] },
            &now,
        );
        let state = sent(&outbox).await.remove(0);
        assert_eq!(state.get("list").is_some(), has_list);
        assert_eq!((&state["me"], &state["users"]), (&json!("meAnn"), &json!(["Ann"])));
        assert_eq!((&state["messages"][0]["id"], &state["timestamp"]), (&json!("1"), &json!(7)));
        assert_eq!(state["pulse"], json!({ "clips": 1, "users": 2, "all": 3, "to": {} }));
    }
}

#[tokio::test]
async fn each_gets_its_own_mail_and_who_has_nothing_new_gets_nothing() {
    let (mut roster, [ann, bob]) = ann_and_bob().await;
    let mail = vec![fresh("Ann", Some("Bob"), "to Bob"), fresh("Eve", Some("Eva"), "to Eva")];
    roster.show(&snapshot(r#"["Ann","Bob"]"#, "t", mail), true);
    assert_eq!(sent(&ann).await, Vec::<Value>::new());
    let got = sent(&bob).await;
    assert_eq!(got[0]["messages"], json!(["to Bob"]));
    assert_eq!(got[0]["pulse"]["to"], json!({ "meBob": 9 }));
    assert!(got[0].get("users").is_none() && got[0].get("list").is_none());
    roster.show(&snapshot(r#"["Ann","Bob"]"#, "t", vec![fresh("Bob", None, "to all")]), true);
    assert_eq!(sent(&ann).await[0]["messages"], json!(["to all"]));
    assert_eq!(sent(&bob).await, Vec::<Value>::new());
}

#[tokio::test]
async fn lists_of_users_may_be_held_back_and_come_later() {
    let (mut roster, [ann, _]) = ann_and_bob().await;
    let later = || snapshot(r#"["Ann"]"#, "t2", vec![]);
    assert!(roster.show(&later(), false), "they are out of date");
    let got = sent(&ann).await;
    assert!(got[0].get("list").is_some() && got[0].get("users").is_none());
    assert!(!roster.show(&later(), true));
    assert_eq!(sent(&ann).await[0]["users"], json!(["Ann"]));
    assert!(!roster.show(&later(), true));
    assert_eq!(sent(&ann).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_message_that_was_told_at_once_comes_again_only_to_those_who_joined_since() {
    let (mut roster, [ann, bob]) = ann_and_bob().await;
    let before = snapshot(r#"["Ann","Bob"]"#, "t", vec![]);
    let message = || fresh("Ann", None, "hi");
    roster.tell(message(), &before);
    assert_eq!(sent(&bob).await[0]["messages"], json!(["hi"]));
    let eve = Arc::new(Outbox::default());
    roster.join(newcomer(99, "Eve", "t", &eve), Welcome { me: "meEve".into(), messages: vec![] }, &before);
    assert!(sent(&eve).await[0].get("messages").is_none(), "it was not in the mailbox yet");
    roster.show(&snapshot(r#"["Ann","Bob"]"#, "t", vec![message()]), true);
    assert_eq!(sent(&eve).await[0]["messages"], json!(["hi"]));
    assert!(sent(&bob).await.is_empty() && sent(&ann).await.is_empty());
}
