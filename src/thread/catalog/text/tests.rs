use super::*;
use crate::clock::Moment;
use crate::names::UserName;
use crate::thread::catalog::to_json;
use proptest::prelude::*;

fn clip(file: &str, author: &str, description: &str) -> Clip {
    Clip {
        file: ClipName::new(file).unwrap(),
        author: author.into(),
        date_time: "Nov_23_15:46:28".into(),
        mime: "audio/webm;codecs=opus".into(),
        duration: "2.5".into(),
        bytes: 3000,
        expire: 1_763_912_788,
        description: description.into(),
    }
}

fn some_clips() -> impl Strategy<Value = Vec<Clip>> {
    let words = || proptest::collection::vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect());
    let one = (0u32..50, words(), words(), any::<u64>(), any::<u64>());
    let one = one.prop_map(|(n, author, description, bytes, expire): (_, String, String, _, _)| Clip {
        bytes,
        expire,
        ..clip(&format!("{n}.webm"), &author, &description)
    });
    proptest::collection::vec(one, 0..12)
}

#[test]
fn a_clip_is_found_by_its_name_and_by_the_key_of_its_upload_and_by_nothing_else() {
    let key = UploadKey::new(&UserName::new("Ann").unwrap(), "upload-1").unwrap();
    let ours = ClipName::of_upload(Moment::from_seconds(1), &key, "webm");
    // Descriptions that look like what is looked for.
    let liar = clip("b.webm", "Bob", &format!("[\"{}\", {}", ours.as_str(), key.as_str()));
    let catalog = Catalog::of(&[liar.clone(), clip("a.webm", "Ann", "[\"b.webm\",")]);
    assert_eq!((catalog.find(ours.as_str()), catalog.find_upload(&key)), (None, None));
    assert_eq!(catalog.find("b.webm").and_then(|row| catalog.clip(&row)), Some(liar));
    let with_it = Catalog::read(catalog.text_of(catalog.rows(), Some(&clip(ours.as_str(), "Ann", "")))).0;
    assert_eq!(with_it.find_upload(&key), Some(ours));
}

#[test]
fn what_others_wrote_is_read_and_written_as_ours() {
    let cases = [
        (r#"[["a.webm","A","","m","1",1,2,""]]"#, true, 1),
        (r#"[ ["a.webm","A","","m",1,"1","2",""] ]"#, true, 1),
        (r#"[["a.webm","\u0410","","audio\/webm","1",1,2,""]]"#, true, 1),
        (r#"[["a.webm","A","","m","1",01,2,""]]"#, false, 0),
        (r#"[["a.webm","A","","m","1",1,2,""],"#, false, 1),
        (r#"[["a.webm","A","","m","1",1,2,""],]"#, false, 1),
        (r#"[["a.webm","A\q","","m","1",1,2,""]]"#, false, 0),
        ("[]", true, 0),
        ("[]x", false, 0),
        ("", false, 0),
    ];
    for (text, sound, count) in cases {
        let (catalog, is_sound) = Catalog::read(text.into());
        assert_eq!((is_sound, catalog.rows().len()), (sound, count), "{text}");
        assert_eq!(scan(catalog.text()).map(|rows| rows.len()), Some(count), "{text}");
    }
}

#[test]
fn the_token_changes_exactly_when_the_list_does() {
    let clips = [clip("a.webm", "Ann", ""), clip("b.webm", "Ann", "")];
    let tokens = [&clips[..], &clips[..1], &[]].map(|clips| token(Catalog::of(clips).text()));
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2] && !tokens[2].is_empty());
    assert_eq!(token(Catalog::of(&clips).text()), tokens[0]);
}

proptest! {
    #[test]
    fn what_we_write_is_read_without_taking_it_apart_and_means_the_same(clips in some_clips()) {
        let text = to_json(&clips).to_string().into_bytes();
        prop_assert!(scan(&text).is_some(), "{}", String::from_utf8_lossy(&text));
        let (catalog, sound) = Catalog::read(text);
        prop_assert!(sound);
        prop_assert_eq!(&catalog.clips(), &clips);
        let known: Vec<_> = catalog.rows().iter().map(|row| (row.bytes, row.expire)).collect();
        prop_assert_eq!(known, clips.iter().map(|clip| (clip.bytes, clip.expire)).collect::<Vec<_>>());
    }

    #[test]
    fn taking_rows_away_and_adding_one_writes_what_writing_everything_anew_would(
        clips in some_clips(), stays in proptest::collection::vec(any::<bool>(), 12), adds in any::<bool>(),
    ) {
        let catalog = Catalog::of(&clips);
        let new = clip("new.webm", "Ann", "\"\\\u{1}");
        let kept = |index: &usize| stays[*index];
        let rows: Vec<_> = (0..clips.len()).filter(kept).map(|index| catalog.rows()[index]).collect();
        let mut expected: Vec<_> = (0..clips.len()).filter(kept).map(|index| clips[index].clone()).collect();
        expected.extend(adds.then(|| new.clone()));
        let text = catalog.text_of(&rows, adds.then_some(&new));
        prop_assert_eq!(text, to_json(&expected).to_string().into_bytes());
    }

    #[test]
    fn what_is_taken_for_ours_is_what_json_makes_of_it(
        parts in proptest::collection::vec(prop_oneof![
            Just("["), Just("]"), Just(","), Just("\""), Just("\\"), Just("\\u0001"), Just("a.webm"), Just("0"), Just("12"),
            Just(r#"["a.webm","A","","m","1",1,2,"x"]"#), Just(" "),
        ], 0..20),
    ) {
        let text = parts.concat();
        if let Some(rows) = scan(text.as_bytes()) {
            let json: Vec<Value> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(rows.len(), json.len());
            prop_assert_eq!(Value::from(json).to_string(), text);
        }
    }
}
