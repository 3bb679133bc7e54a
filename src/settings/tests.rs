use super::*;
use std::fs::File;
use tempfile::tempdir;

fn read(text: &str) -> (Settings, Vec<String>) {
    let (settings, problems) = parse(text.as_bytes(), Path::new(FILE)).expect(text);
    (settings, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn every_default_is_a_good_value_and_every_key_stands_once() {
    let defaults = Settings::default();
    for (at, key) in KEYS.iter().enumerate() {
        let mut settings = Settings::default();
        assert_eq!((key.set)(&mut settings, key.default), Ok(()), "{}", key.name);
        assert_eq!(settings, defaults, "{}", key.name);
        assert!(KEYS[..at].iter().all(|k| k.name != key.name), "{} twice", key.name);
    }
}

#[test]
fn an_empty_text_means_the_originals_defaults() {
    let (s, problems) = read("");
    assert_eq!(problems, [""; 0]);
    assert_eq!((s.media_folder.as_str(), s.max_blob_bytes, s.max_media_folder_bytes), ("media", 50_000, 400_000));
    assert_eq!((s.clip_lifetime_sec, s.max_clip_count, s.user_status_fade_s), (300, 20, 5));
    assert_eq!((s.on_recorded, s.poll_factor, s.max_clip_size_sec), (OnRecorded::Stop, PollFactor::Tenths(30), 2));
    assert_eq!((s.hide_expired, s.should_log_polls, s.allow_clear), (true, true, false));
}

#[test]
fn values_are_read_as_php_pages_wrote_them() {
    let (s, problems) = read(
        "[common]\ntimeShiftHrs=-3.5\nmaxClipCount=\" 3 \" ; three\nnotifyUsers=on\nhideExpired=\"\"\nallowClear=Yes\n\
         allowStream=1\nmediaFolder=\"1234\"\n[client]\ntitle=\"a \"b\" c\"\nonRecorded=\"upload\"\npollFactor=l\n",
    );
    assert_eq!(problems, [""; 0]);
    assert_eq!((s.time_shift_hrs, s.max_clip_count, s.media_folder.as_str()), (-3.5, 3, "media1234"));
    assert_eq!((s.notify_users, s.hide_expired, s.allow_clear, s.allow_stream), (true, false, true, true));
    assert_eq!((s.title.as_str(), s.on_recorded, s.poll_factor), ("a \"b\" c", OnRecorded::Upload, PollFactor::Long));
}

#[test]
fn a_bad_value_is_reported_with_line_and_key_and_the_default_is_used() {
    for (section, line, word) in [
        ("common", "maxClipCount=-1", "0 to 1000000"),
        ("common", "maxClipCount=many", "whole number"),
        ("common", "maxClipCount=", "whole number"),
        ("common", "maxBlobBytes=99999999999999999999999", "whole number"),
        ("common", "maxBlobBytes=50k", "whole number"),
        ("common", "userStatusFadeS=0", "1 to"),
        ("common", "clipLifetimeSec=0", "1 to"),
        ("common", "timeShiftHrs=NaN", "hours"),
        ("common", "timeShiftHrs=1e9", "hours"),
        ("common", "allowClear=2", "neither 1 nor 0"),
        ("common", "mediaFolder=\"media/../..\"", "folder name"),
        ("common", "mediaFolder=\"медиа\"", "folder name"),
        ("common", "lang=\"<b>\"", "language"),
        ("common", "mailFrom=\"a\tb\"", "control"),
        ("client", "onRecorded=maybe", "neither stop nor upload"),
        ("client", "pollFactor=soon", "nor l, nor off"),
        ("client", "maxClipSizeSec=0", "1 to"),
        ("client", "iceAddr=\"a b\"", "server's name"),
    ] {
        let (settings, problems) = read(&format!("\n[{section}]\n{line}\n"));
        let key = line.split('=').next().unwrap();
        assert_eq!(settings, Settings::default(), "{line}");
        assert_eq!(problems.len(), 1, "{line}");
        assert!(problems[0].starts_with(&format!(".ini line 3, {key}: ")), "{}", problems[0]);
        assert!(problems[0].contains(word) && problems[0].ends_with(" is used"), "{}", problems[0]);
    }
}

#[test]
fn what_is_misplaced_or_unknown_is_reported_and_the_rest_goes_on() {
    let (settings, problems) = read(
        "lang=ru\n[common]\nmaxclipcount=3\nzoom=1\ntitle=x\nstray\nmaxBlobBytes=9\n[comon]\nlang=ru\n[auth]\n\
         password=x\nmoderators=Ann\nnameHoldDays=3\nkey=1\n",
    );
    let auth =
        Settings { password: "x".into(), moderators: vec!["Ann".into()], name_hold_days: 3, ..Settings::default() };
    assert_eq!(settings, Settings { max_blob_bytes: 9, ..auth });
    let starts = [
        ".ini line 1, lang: belongs to [common]",
        ".ini line 3, maxclipcount: is no setting; did you mean maxClipCount?",
        ".ini line 4, zoom: is no setting",
        ".ini line 5, title: belongs to [client]",
        ".ini line 6, …: has no '='",
        ".ini line 8, [comon]: is no section",
        ".ini line 11, password: is plain text",
        ".ini line 12, moderators: whoever takes",
        ".ini line 14, key: is no setting",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn a_refused_text_names_file_and_line() {
    let error = parse(b"[common]\nnone=1\n", Path::new("/t/a/.ini")).unwrap_err();
    assert!(error.to_string().starts_with("/t/a/.ini:2: "), "{error}");
}

#[test]
fn an_ini_that_was_emptied_just_now_is_being_replaced_and_an_old_empty_one_means_the_defaults() {
    let folder = tempdir().unwrap();
    assert_eq!(load(folder.path()).unwrap().0, Settings::default(), "none at all");
    let file = File::create(folder.path().join(FILE)).unwrap();
    assert!(matches!(load(folder.path()), Err(Error::Busy { .. })));
    for other in [SystemTime::now() - Duration::from_secs(11), SystemTime::now() + Duration::from_secs(3600)] {
        file.set_modified(other).unwrap();
        assert_eq!(load(folder.path()).unwrap().0, Settings::default());
    }
    fs::write(folder.path().join(FILE), "[common]\nmaxClipCount=7\n").unwrap();
    assert_eq!(load(folder.path()).unwrap().0.max_clip_count, 7);
}

/// The text that `example.ini` must have for a key.
fn example(key: &Key) -> String {
    format!("; {}\n{}=\"{}\"\n", key.meaning, key.name, key.default)
}

#[test]
fn the_example_lists_every_key_with_its_default_and_meaning() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("threads/example.ini");
    let text = fs::read_to_string(&path).unwrap();
    let (settings, problems) = read(&text);
    assert_eq!((settings, problems), (Settings::default(), Vec::new()));
    for key in KEYS {
        let (text, at) = (example(key), text.find(&example(key)));
        assert!(at.is_some(), "example.ini lacks:\n{text}");
    }
    let listed = ini::parse(text.as_bytes()).unwrap().sections().iter().map(|s| s.entries.len()).sum::<usize>();
    assert_eq!(listed, KEYS.len());
}

#[test]
fn the_ready_threads_are_without_problems_and_explain_every_key_they_set() {
    let threads = Path::new(env!("CARGO_MANIFEST_DIR")).join("threads");
    for thread in ["mediaForum", "audioStream", "videoStream", "videoChat", "mediaChat"] {
        let folder = threads.join(thread);
        let (settings, problems) = load(&folder).unwrap();
        assert_eq!(problems, [], "{thread}");
        assert!(settings.media_folder.len() > "media".len(), "{thread}: the folder needs a secret");
        assert!(settings.max_blob_bytes <= settings.max_media_folder_bytes, "{thread}");
        assert!(settings.play_new, "{thread}: new clips play by themselves");
        assert_eq!(settings.notify_users, thread == "mediaForum", "{thread}");
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (comment, line) in lines.iter().zip(&lines[1..]) {
            let is_pair = line.contains('=') && !line.starts_with(';');
            assert!(!is_pair || comment.starts_with("; "), "{thread}: {line} has no comment above it");
        }
        for file in ["index.html", ".htaccess", "notify.ini"] {
            assert!(folder.join(file).is_file(), "{thread}/{file}");
        }
    }
}

#[test]
fn a_folder_without_an_ini_has_the_defaults_unless_it_had_one() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("media")).unwrap();
    assert_eq!(load(folder.path()).unwrap(), (Settings::default(), Vec::new()));
    fs::create_dir(folder.path().join("media1234")).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(error.to_string().contains("no .ini") && error.to_string().contains("media1234"), "{error}");
    fs::write(folder.path().join(OWN_FILE), "[common]\nmediaFolder=1234\n").unwrap();
    assert_eq!(load(folder.path()).unwrap().0.media_folder, "media1234");
}

#[test]
fn a_second_file_goes_before_the_first_and_its_problems_say_so() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join(FILE), "[common]\nmaxClipCount=7\nclipLifetimeSec=9\nzoom=1\n").unwrap();
    fs::write(folder.path().join(OWN_FILE), "[common]\nallowClear=1\nmaxClipCount=8\n\nzoom=1\n[auth]\npassword=x\n")
        .unwrap();
    let (settings, problems) = load(folder.path()).unwrap();
    assert_eq!((settings.max_clip_count, settings.clip_lifetime_sec, settings.allow_clear), (8, 9, true));
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let starts = [".ini line 4, zoom", "mozchat.ini line 5, zoom", "mozchat.ini line 7, password: is plain text"];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    assert!(problems.iter().zip(starts).all(|(problem, start)| problem.starts_with(start)), "{problems:?}");
    fs::write(folder.path().join(OWN_FILE), "[common\n").unwrap();
    assert!(load(folder.path()).unwrap_err().to_string().contains("mozchat.ini:1"));
}

#[test]
fn what_was_meant_to_close_a_thread_closes_it_and_is_reported() {
    for (text, line, reason) in [
        ("[Auth]\npassword=sesame\n", 2, MISTYPED_LOCK),
        ("[auth]\nPassword=sesame\n", 2, MISTYPED_LOCK),
        ("[auth]\npasswort=\"sesame\"\n", 2, MISTYPED_LOCK),
        ("password=sesame\n[common]\n", 1, MISTYPED_LOCK),
        ("[common]\ntitle=x\npassword=sesame\n", 3, MISTYPED_LOCK),
        ("[auth]\npassword sesame\n", 2, UNREADABLE_LOCK),
        ("[auth]\npassword: sesame\n", 2, UNREADABLE_LOCK),
        ("[auth]\npassword=sesame\n[auth]\nmoderators=Mo\n", 2, UNREADABLE_LOCK),
    ] {
        let (settings, problems) = read(text);
        let expected = if reason == MISTYPED_LOCK { "sesame" } else { UNREADABLE };
        assert_eq!(settings.password, expected, "{text}");
        let said = format!(".ini line {line}, password: {reason}");
        assert!(problems.contains(&said), "{text} {problems:?}");
        assert!(problems.iter().all(|problem| !problem.contains("sesame")), "{text} {problems:?}");
    }
    let (settings, _) = read("[auth]\nModeratorPassword=mods\nmoderators=Mo\n");
    assert_eq!((settings.moderator_password.as_str(), settings.password.as_str()), ("mods", ""));
    for open in
        ["[auth]\npassword=\n", "[auth]\n;password=sesame\n# Password=sesame\n", "[client]\ntitle=\"password\"\n"]
    {
        assert_eq!(read(open).0.password, "", "{open}");
    }
    let (settings, problems) = read("[Auth]\npassword=other\n[auth]\npassword=$pbkdf2-sha256$x\n");
    assert!(settings.password.starts_with('$') && !problems.iter().any(|said| said.contains(MISTYPED_LOCK)));
}

#[test]
fn no_words_of_a_line_that_is_no_pair_are_repeated_but_a_settings_name() {
    let (_, problems) = read("[common]\nmy secret words\nturnSecret hush\nMAXCLIPCOUNT 7\n");
    let keys: Vec<_> = problems.iter().map(|said| said.split([',', ':']).nth(1).unwrap_or_default().trim()).collect();
    assert_eq!(keys, ["…", "turnSecret", "MAXCLIPCOUNT"]);
}
