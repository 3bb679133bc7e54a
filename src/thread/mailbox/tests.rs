use super::*;

fn at(seconds: u64) -> Moment {
    Moment::from_seconds(seconds)
}

fn user(name: &str) -> UserName {
    UserName::new(name).unwrap()
}

fn message(from: &str, to: &str, text: &str) -> Map<String, Value> {
    let Value::Object(message) = json!({"user": from, "target": to, "text": text}) else { unreachable!() };
    message
}

fn texts(mailbox: &Mailbox, name: &str, now: u64) -> Vec<String> {
    let user = user(name);
    mailbox.due(&user, at(now)).map(|letter| letter.for_old_page()["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn numbers_and_counts_are_the_originals() {
    let mut mailbox = Mailbox::default();
    let counts = |before, valid, now| Counts { before, valid, now };
    assert_eq!(mailbox.post(message("Ann", "Bob", "1"), "i1".into(), at(10), 2).unwrap(), counts(0, 0, 1));
    assert_eq!(mailbox.post(message("Ann", "Bob", "2"), "i2".into(), at(13), 2).unwrap(), counts(1, 0, 1));
    assert_eq!(mailbox.due(&user("Bob"), at(13)).next().unwrap().for_old_page()["msid"], 2);
    mailbox.settle(&user("Bob"), None, at(13));
    assert_eq!(mailbox.post(message("Ann", "Bob", "3"), "i3".into(), at(13), 2).unwrap(), counts(0, 0, 1));
    assert_eq!(mailbox.due(&user("Bob"), at(13)).next().unwrap().for_old_page()["msid"], 1);
}

#[test]
fn a_message_stays_until_its_reader_says_that_it_has_it() {
    let mut mailbox = Mailbox::default();
    mailbox.post(message("Ann", "Bob", "1"), "i1".into(), at(10), 60).unwrap();
    mailbox.post(message("Ann", "Bob", "2"), "i2".into(), at(10), 60).unwrap();
    assert!(!mailbox.settle(&user("Bob"), Some(&["other".into()]), at(11)));
    assert!(!mailbox.settle(&user("Eve"), Some(&["i1".into()]), at(11)));
    assert!(mailbox.settle(&user("Bob"), Some(&["i1".into()]), at(11)));
    assert_eq!(texts(&mailbox, "Bob", 11), ["2"]);
    assert_eq!(mailbox.due(&user("Bob"), at(11)).next().unwrap().for_new_page()["id"], "i2");
}

#[test]
fn a_message_to_all_reaches_everybody_once_but_not_its_author() {
    let mut mailbox = Mailbox::default();
    mailbox.post(message("Ann", "*", "hi"), "i1".into(), at(10), 60).unwrap();
    assert!(mailbox.settle(&user("Bob"), None, at(11)));
    assert!(!mailbox.has_mail(&user("Bob"), at(11)) && !mailbox.has_mail(&user("Ann"), at(11)));
    assert_eq!(texts(&mailbox, "Eve", 11), ["hi"]);
    assert!(mailbox.due(&user("Eve"), at(11)).next().unwrap().for_old_page().get(SEEN_BY).is_none());
    assert!(texts(&mailbox, "Eve", 71).is_empty(), "outdated");
}

#[test]
fn many_say_at_once_what_they_have() {
    let mut mailbox = Mailbox::default();
    mailbox.post(message("Ann", "*", "all"), "i1".into(), at(10), 60).unwrap();
    mailbox.post(message("Ann", "Bob", "Bob"), "i2".into(), at(10), 60).unwrap();
    let users = ["Ann", "Bob", "Eve"].map(user);
    let [ann, bob, eve] = &users;
    assert!(!mailbox.settle_many(&[("i2", vec![eve]), ("i1", vec![ann]), ("x", vec![bob])].into(), at(11)));
    assert!(mailbox.settle_many(&[("i2", vec![eve, bob]), ("i1", vec![bob])].into(), at(11)));
    assert!(texts(&mailbox, "Bob", 11).is_empty());
    assert_eq!(texts(&mailbox, "Eve", 11), ["all"]);
    assert!(!mailbox.settle_many(&[("i1", vec![bob])].into(), at(11)), "known already");
    assert!(mailbox.settle_many(&[("i1", vec![bob, eve])].into(), at(11)));
    assert!(texts(&mailbox, "Eve", 11).is_empty());
}

#[test]
fn what_can_not_be_read_is_an_empty_box() {
    for text in ["", "{", "{}", "[1, null]"] {
        assert_eq!(Mailbox::parse(text.as_bytes()), Mailbox::default(), "{text}");
    }
}

#[test]
fn one_author_leaves_room_for_the_others_and_all_together_have_a_bound() {
    let post = |mailbox: &mut Mailbox, from: &str, text: &str| {
        mailbox.post(message(from, "Bob", text), "id".into(), at(0), 300).map_err(|error| error.code())
    };
    let mut mailbox = Mailbox::default();
    let sent = (0..2 * MOST_MESSAGES).filter(|_| post(&mut mailbox, "Eve", "x").is_ok()).count();
    assert_eq!((sent, post(&mut mailbox, "Eve", "x").unwrap_err()), (MOST_MESSAGES_OF_ONE, "slow-down"));
    assert!(post(&mut mailbox, "Ann", "x").is_ok());
    for n in 0..2 * MOST_MESSAGES {
        let _ = post(&mut mailbox, &format!("u{}", n % 50), "x");
    }
    assert_eq!((mailbox.0.len(), post(&mut mailbox, "Ann", "x").unwrap_err()), (MOST_MESSAGES, "mailbox-full"));

    let (mut mailbox, long) = (Mailbox::default(), "x".repeat(200_000));
    assert_eq!((0..9).filter(|_| post(&mut mailbox, "Eve", &long).is_ok()).count(), 4);
    for n in 0..50 {
        let _ = post(&mut mailbox, &format!("u{n}"), &long);
    }
    assert!(mailbox.to_text().len() <= MOST_BYTES);
    assert_eq!(post(&mut mailbox, "Ann", &long).unwrap_err(), "mailbox-full");
    assert!(mailbox.post(message("Ann", "Bob", &long), "id".into(), at(301), 300).is_ok(), "they are outdated");
}

#[test]
fn who_says_under_many_names_to_have_everything_takes_no_room_and_is_forgotten_before_who_is_there() {
    let mut mailbox = Mailbox::default();
    for n in 0..100 {
        mailbox.post(message("Ann", "*", "x"), format!("i{n}"), at(10), 60).unwrap();
    }
    let (ids, bob) = ((0..100).map(|n| format!("i{n}")).collect::<Vec<_>>(), user("Bob"));
    assert!(mailbox.settle(&bob, Some(&ids), at(11)) && !mailbox.has_many_readers());
    for n in 0..500 {
        mailbox.settle(&user(&format!("{n}{}", "😀".repeat(26))), Some(&ids), at(11));
    }
    assert!(mailbox.has_many_readers() && mailbox.to_text().len() > MOST_BYTES);
    assert!(mailbox.post(message("Ann", "*", "y"), "last".into(), at(11), 60).is_ok(), "readers take no room");
    mailbox.keep_readers(&HashSet::from(["Bob"]));
    assert!(!mailbox.has_many_readers());
    assert_eq!((texts(&mailbox, "Bob", 11).len(), texts(&mailbox, "Eve", 11).len()), (1, 101));
}

#[test]
fn a_message_is_outdated_at_the_second_that_php_used() {
    let mut mailbox = Mailbox::default();
    mailbox.post(message("Ann", "Bob", "1"), "i1".into(), at(10), 5).unwrap();
    assert_eq!((texts(&mailbox, "Bob", 14).len(), texts(&mailbox, "Bob", 15).len()), (1, 0));
    let counts = mailbox.post(message("Ann", "Bob", "2"), "i2".into(), at(15), 5).unwrap();
    assert_eq!(counts, Counts { before: 1, valid: 0, now: 1 });
}
