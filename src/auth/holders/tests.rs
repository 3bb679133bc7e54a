use super::*;

const RULES: Rules<'static> = Rules { days: 30, is_moderator: false, moderators: &[] };

fn at(seconds: u64) -> Moment {
    Moment::from_seconds(1_000_000 + seconds)
}

fn user(name: &str) -> UserName {
    UserName::new(name).unwrap()
}

/// A visitor with a token, or none.
fn come(holders: &mut Holders, name: &str, token: Option<&str>, address: &str, second: u64) -> Verdict {
    let (user, now) = (user(name), at(second));
    let marks: Vec<_> = token.map(|token| mark(&user, token)).into_iter().collect();
    let visitor = Visitor { user: &user, marks: &marks, address };
    // Through the file each time, as it is.
    *holders = Holders::parse(holders.to_json().to_string().as_bytes());
    let verdict = holders.admit(visitor, RULES, now);
    if verdict == Verdict::Offer {
        let new = super::mark(&user, &format!("{address}-{second}"));
        holders.offer(visitor, new, RULES, now);
    }
    verdict
}

#[test]
fn a_name_belongs_to_the_first_whose_cookie_comes_back() {
    let mut holders = Holders::default();
    assert_eq!(come(&mut holders, "Ann", None, "1", 0), Verdict::Offer);
    assert_eq!(come(&mut holders, "Ann", None, "1", 1), Verdict::Welcome, "a second request of the same page");
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "1", 2), Verdict::Noted);
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "7", 3), Verdict::Welcome);
    for (token, address) in [(None, "1"), (None, "2"), (Some("guess"), "1")] {
        assert_eq!(come(&mut holders, "Ann", token, address, 4), Verdict::Taken, "{token:?} {address}");
    }
    assert_eq!(come(&mut holders, "Bob", Some("1-0"), "1", 5), Verdict::Offer, "a token is for one name");
}

#[test]
fn who_keeps_no_cookies_locks_nobody_out() {
    let mut holders = Holders::default();
    let verdicts: Vec<_> = [0, 2, 4, 5, 30].map(|second| come(&mut holders, "Ann", None, "1", second)).into();
    use Verdict::{Offer, Welcome};
    assert_eq!(verdicts, [Offer, Welcome, Offer, Welcome, Offer]);
    assert!(!holders.is_held(&user("Ann"), at(31)));
}

#[test]
fn two_first_requests_of_one_page_are_one_visitor_and_a_stranger_is_not() {
    let mut holders = Holders::default();
    let ann = user("Ann");
    for (address, second) in [("1", 0), ("1", 0), ("2", 0)] {
        let visitor = Visitor { user: &ann, marks: &[], address };
        holders.offer(visitor, mark(&ann, &format!("{address}-{second}-{}", holders.0.len())), RULES, at(0));
    }
    let tokens = ["1-0-0", "1-0-1", "2-0-1"];
    assert_eq!(come(&mut holders, "Ann", Some(tokens[1]), "1", 1), Verdict::Noted);
    assert_eq!(come(&mut holders, "Ann", Some(tokens[2]), "2", 2), Verdict::Taken);
    assert_eq!(come(&mut holders, "Ann", Some(tokens[0]), "1", 3), Verdict::Noted);
}

#[test]
fn a_name_is_free_again_when_its_time_is_over_and_renewed_once_a_day() {
    let mut holders = Holders::default();
    come(&mut holders, "Ann", None, "1", 0);
    come(&mut holders, "Ann", Some("1-0"), "1", 1);
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "1", DAY - 10), Verdict::Welcome);
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "1", 2 * DAY), Verdict::Noted);
    assert_eq!(come(&mut holders, "Ann", None, "2", 31 * DAY), Verdict::Taken);
    assert_eq!(come(&mut holders, "Ann", None, "2", 33 * DAY), Verdict::Offer);
}

#[test]
fn what_a_poll_looks_for_is_what_the_file_says() {
    let mut holders = Holders::default();
    come(&mut holders, "Ann", None, "1", 0);
    let offered = mark(&user("Ann"), "1-0");
    let text = |holders: &Holders| holders.to_json().to_string().into_bytes();
    assert_eq!(holds_until(&text(&holders), &offered), None, "offered is not held");
    come(&mut holders, "Ann", Some("1-0"), "1", 1);
    come(&mut holders, "Zoe", None, "1", 1);
    holders.mute(&user("Ann"), true);
    let until = holds_until(&text(&holders), &offered).unwrap();
    assert_eq!(until, at(1).seconds() + 30 * DAY);
    assert!(!is_due(until, 30, at(2)) && is_due(until, 30, at(2 + DAY)));
    holders.share(&user("Ann"), "CODE", at(2));
    assert_eq!(holds_until(&text(&holders), &mark(&user("Ann"), "CODE")), None, "a code is no token");
    holders.ban(&user("Ann"), true);
    assert_eq!(holds_until(&text(&holders), &offered), None);
}

#[test]
fn a_code_lets_one_more_device_in_and_wears_out() {
    let (mut holders, ann) = (Holders::default(), user("Ann"));
    come(&mut holders, "Ann", None, "1", 0);
    come(&mut holders, "Ann", Some("1-0"), "1", 1);
    holders.share(&ann, "K7", at(2));
    assert!(!holders.take(&ann, "K8", mark(&ann, "phone"), RULES, at(3)));
    assert!(holders.take(&ann, "K7", mark(&ann, "phone"), RULES, at(4)));
    assert!(!holders.take(&ann, "K7", mark(&ann, "other"), RULES, at(5)), "a code is good for once");
    assert_eq!(come(&mut holders, "Ann", Some("phone"), "9", 6), Verdict::Welcome);
    holders.share(&ann, "K9", at(7));
    assert!((0..MOST_TRIES).all(|_| !holders.take(&ann, "no", mark(&ann, "x"), RULES, at(8))));
    assert!(!holders.take(&ann, "K9", mark(&ann, "x"), RULES, at(9)), "guessed too often");
    holders.share(&ann, "K10", at(10));
    assert!(!holders.take(&ann, "K10", mark(&ann, "x"), RULES, at(11 + CODE_SEC)), "too old");
}

/// Takes a name and lets the cookie come back at once. `false` if it is not held then.
fn take_name(holders: &mut Holders, name: &str, address: &str, rules: Rules<'_>, second: u64) -> bool {
    let (user, now) = (user(name), at(second));
    let visitor = Visitor { user: &user, marks: &[], address };
    let is_offered =
        holders.admit(visitor, rules, now) == Verdict::Offer && holders.offer(visitor, mark(&user, name), rules, now);
    let marks = [mark(&user, name)];
    is_offered && holders.admit(Visitor { marks: &marks, ..visitor }, rules, now) == Verdict::Noted
}

#[test]
fn a_flood_of_names_from_one_address_ends_holding_for_nobody() {
    let mut holders = Holders::default();
    let held =
        (0..2010).filter(|n| take_name(&mut holders, &format!("flood {n}"), "2001:db8:1:2::1", RULES, 0)).count();
    assert_eq!(held, MOST_NAMES_OF_ONE);
    assert!(!take_name(&mut holders, "one more", "2001:db8:1:2:ffff::9", RULES, 0), "the same network");
    assert!(take_name(&mut holders, "Ann", "2001:db8:1:3::1", RULES, 0));
    let moderators = ["Mo".to_owned()];
    let of_mo = Rules { is_moderator: true, moderators: &moderators, ..RULES };
    assert!(take_name(&mut holders, "Mo", "2001:db8:1:2::7", of_mo, 0), "a moderator's name is held in any case");
    assert!(take_name(&mut holders, "one more", "2001:db8:1:2::1", RULES, 31 * DAY), "theirs are over");
}

#[test]
fn where_there_are_too_many_names_one_goes_of_whoever_has_most() {
    let mut holders = Holders::default();
    let moderators = ["Mo".to_owned()];
    let rules = Rules { moderators: &moderators, ..RULES };
    assert!(take_name(&mut holders, "Mo", "10.0.0.1", Rules { is_moderator: true, ..rules }, 0));
    assert!(take_name(&mut holders, "Ann", "10.0.0.2", rules, 0));
    holders.ban(&user("Eve"), true);
    let of_the_flood = |n: usize| Record { from: format!("10.1.0.{}", n % 20), until: u64::MAX, ..Record::default() };
    holders.0.extend((3..MOST_NAMES).map(|n| (format!("flood {n}"), of_the_flood(n))));
    assert!((0..3).all(|n| take_name(&mut holders, &format!("new {n}"), "10.0.0.3", rules, 1)));
    assert_eq!(holders.0.len(), MOST_NAMES);
    for kept in ["Mo", "Ann"] {
        assert!(holders.is_held(&user(kept), at(2)), "{kept}");
    }
    assert!(holders.is_banned(&user("Eve")));
}

#[test]
fn banned_and_muted_names_stay_so_until_a_moderator_says_otherwise() {
    let mut holders = Holders::default();
    come(&mut holders, "Bob", None, "1", 0);
    come(&mut holders, "Bob", Some("1-0"), "1", 1);
    holders.ban(&user("Bob"), true);
    holders.mute(&user("Eve"), true);
    assert_eq!(come(&mut holders, "Bob", Some("1-0"), "1", 2), Verdict::Banned);
    assert_eq!(holders.silenced(), (vec!["Eve"], vec!["Bob"]));
    holders.ban(&user("Bob"), false);
    assert_eq!(come(&mut holders, "Bob", Some("1-0"), "1", 3), Verdict::Offer);
}

#[test]
fn a_file_that_is_broken_frees_the_names_and_stops_nobody() {
    for text in ["", "[]", "{\"names\":[]}", "{\"names\":{\"Ann\":7}}", "{\"names\":{\"Ann\":{\"held\":7}}}", "{\"na"] {
        let mut holders = Holders::parse(text.as_bytes());
        assert_eq!(come(&mut holders, "Ann", None, "1", 0), Verdict::Offer, "{text}");
    }
}

#[test]
fn a_name_that_looks_like_one_that_is_held_or_banned_is_not_free() {
    let mut holders = Holders::default();
    come(&mut holders, "Ann", None, "1", 0);
    // Offered to both, before either cookie has come back.
    assert_eq!(come(&mut holders, "Аnn", None, "2", 0), Verdict::Offer);
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "1", 1), Verdict::Noted);
    for alike in ["ann", "ANN", "Аnn", "Ann ", "Ann\u{200d}"] {
        assert_eq!(come(&mut holders, alike, None, "2", 2), Verdict::Taken, "{alike:?}");
    }
    assert_eq!(come(&mut holders, "Аnn", Some("2-0"), "2", 2), Verdict::Taken, "the other cookie came later");
    assert_eq!(come(&mut holders, "Anna", None, "2", 2), Verdict::Offer);
    assert_eq!(come(&mut holders, "Ann", Some("1-0"), "1", 3), Verdict::Welcome);
    let after = 31 * 86_400;
    assert_eq!(come(&mut holders, "ann", None, "2", after), Verdict::Offer, "nobody holds it any more");
    holders.ban(&user("Eve"), true);
    assert_eq!(come(&mut holders, "еvе", None, "3", after), Verdict::Banned);
}
