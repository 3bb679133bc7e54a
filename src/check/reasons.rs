//! What the readers of `.ini` files say is wrong, in the admin's language. They are part of every program, and say it in
//! English; only here it is needed in another language, so here is the phrase book.

use super::Lang;
use std::collections::VecDeque;

/// English, where `{}` is anything, and Russian, with the same things in the same order.
const PHRASES: &[(&str, &str)] = &[
    // The settings of a thread.
    ("{}; none is used", "{}; остаётся без значения"),
    ("{}; the default {} is used", "{}; действует значение по умолчанию {}"),
    ("belongs to [{}]", "место этого ключа — в разделе [{}]"),
    ("{} is no key of [{}]", "в разделе [{1}] нет ключа {0}"),
    ("is no setting; did you mean {}?", "такого ключа нет; возможно, имелся в виду {}?"),
    ("is no setting; example.ini lists them all", "такого ключа нет; все перечислены в example.ini"),
    ("is no section; there are [common], [client] and [auth]", "такого раздела нет; есть [common], [client] и [auth]"),
    ("{}, nor l, nor off", "{}, и не l, и не off"),
    ("{} is no whole number from {} to {}", "{} — не целое число от {} до {}"),
    ("{} is no number of hours from -26 to 26", "{} — не число часов от -26 до 26"),
    ("{} is neither 1 nor 0", "{} — не 1 и не 0"),
    ("it is longer than {} characters", "длиннее {} знаков"),
    ("it has control characters, such as tabs", "есть управляющие знаки, например табуляция"),
    ("{} is no name that anybody could have", "{} — имя, которого ни у кого быть не может"),
    ("{} is no language code such as en", "{} — не код языка вроде en"),
    ("{} is no folder name of letters, digits, _, - and .", "{} — не имя папки из латинских букв, цифр, _, - и точки"),
    ("{} is no server's name", "{} — не имя сервера"),
    ("{} is neither stop nor upload", "{} — не stop и не upload"),
    (
        "is plain text, which works; a hash would tell nobody what it is",
        "записан открытым текстом; это работает, но по хешу пароль никто не узнает",
    ),
    (
        "whoever takes such a name first is a moderator; set moderatorPassword too",
        "модератором станет тот, кто первым возьмёт такое имя; задайте и moderatorPassword",
    ),
    (
        "is 0, so that names can't be told apart, and nobody can moderate",
        "равен 0, поэтому имена никому не принадлежат и модерировать некому",
    ),
    (
        "relayOnly: iceString names no TURN server, so no call is possible",
        "relayOnly: в iceString нет сервера TURN, поэтому звонки невозможны",
    ),
    ("iceString: {}; STUN at {} is used", "iceString: {}; действует STUN на {}"),
    ("it is no list of servers", "это не список серверов"),
    ("it is no JSON at column {}", "это не JSON, знак {}"),
    (
        "server {} needs urls that begin with stun:, stuns:, turn: or turns:",
        "серверу {} нужны urls, которые начинаются с stun:, stuns:, turn: или turns:",
    ),
    // Any .ini.
    (
        "{}: has no '=' and is ignored; write key=\"value\", or put ';' in front of a comment",
        "{}: нет «=», строка пропущена; пишите ключ=\"значение\", а перед примечанием ставьте «;»",
    ),
    (
        "has no '=' and is ignored; write key=\"value\", or put ';' in front of a comment",
        "нет «=», строка пропущена; пишите ключ=\"значение\", а перед примечанием ставьте «;»",
    ),
    ("no spaces may stand before '['", "перед «[» не должно быть пробелов"),
    ("a section's name must end with ']'", "название раздела должно кончаться на «]»"),
    (
        "'{}' is a reserved word and cannot be a key; put a value in double quotes",
        "«{}» — служебное слово и не может быть ключом; значение ставьте в двойные кавычки",
    ),
    ("there is no key before '='", "перед «=» нет ключа"),
    ("a key with '[]' must be followed by '='", "после ключа с «[]» должно стоять «=»"),
    (
        "'{}' cannot stand here; a line is key=\"value\" or begins with ';'",
        "знак «{}» здесь стоять не может; строка — это ключ=\"значение\" или начинается с «;»",
    ),
    ("'[' in a key must be followed by ']' and '='", "после «[» в ключе должны стоять «]» и «=»"),
    (
        "a NUL byte, so this is no plain text; save the file as UTF-8 text",
        "нулевой байт: это не простой текст; сохраните файл как текст в UTF-8",
    ),
    (
        "bytes that are no UTF-8; save the file as UTF-8 in your editor",
        "байты не из UTF-8; сохраните файл в редакторе как UTF-8",
    ),
    // ws.ini of the hub.
    ("{}: is no setting; HUB.md lists them all", "{}: такого ключа нет; все перечислены в HUB.md"),
    (
        "{}: [{}] is no section; there are [common], [server] and [realms]",
        "{}: раздела [{}] нет; есть [common], [server] и [realms]",
    ),
    (
        "{}: Bad thread name: < > \" / and \\ are not allowed, nor a dot or a space in front",
        "{}: тему так назвать нельзя: недопустимы < > \" / и \\, а также точка или пробел в начале",
    ),
    (
        "{}: No thread can be called {}: the name is the site's own. Rename the thread's folder",
        "{}: назвать тему {} нельзя: это имя нужно самому сайту. Переименуйте папку темы",
    ),
    ("{} is neither http://ADDRESS:PORT nor unix:PATH", "{} — ни http://АДРЕС:ПОРТ, ни unix:ПУТЬ"),
    ("wssCert and wssKey belong together: one of them is missing", "wssCert и wssKey нужны вместе: одного не хватает"),
    ("{} is no address such as wss://example.net:8080", "{} — не адрес вроде wss://example.net:8080"),
    ("{} is no IP address", "{} — не IP-адрес"),
    ("{} is no port", "{} — не номер порта"),
    ("{} is no whole number", "{} — не целое число"),
];

/// A reason in the admin's language; as it is, where there are no words for it.
pub(super) fn said(lang: Lang, reason: &str) -> String {
    match lang {
        Lang::En => reason.into(),
        Lang::Ru => in_russian(reason).unwrap_or_else(|| reason.into()),
    }
}

fn in_russian(reason: &str) -> Option<String> {
    PHRASES.iter().find_map(|(english, russian)| {
        let things = things_in(reason, english)?;
        // A thing may be a reason itself: "… is no whole number …; the default 20 is used".
        let things: Vec<_> = things.iter().map(|thing| in_russian(thing).unwrap_or_else(|| (*thing).into())).collect();
        Some(filled(russian, &things))
    })
}

/// What stands in a text where a pattern has `{}`; `None` if the text is another one.
fn things_in<'t>(text: &'t str, pattern: &str) -> Option<Vec<&'t str>> {
    let mut pieces: VecDeque<_> = pattern.split("{}").collect();
    let mut rest = text.strip_prefix(pieces.pop_front()?)?;
    let mut things = Vec::new();
    while let Some(piece) = pieces.pop_front() {
        // The last piece is the text's end, and a thing before it may contain anything.
        let end = if pieces.is_empty() { rest.strip_suffix(piece)?.len() } else { rest.find(piece)? };
        things.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(things)
}

/// A pattern with its things: each `{}` the next one, `{0}` the first …
fn filled(pattern: &str, things: &[String]) -> String {
    let mut text = pattern.to_owned();
    for (n, thing) in things.iter().enumerate() {
        let named = format!("{{{n}}}");
        text = if text.contains(&named) { text.replacen(&named, thing, 1) } else { text.replacen("{}", thing, 1) };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ini;
    use crate::notice::WsIni;
    use crate::settings;
    use crate::site::SiteSettings;
    use std::path::Path;

    /// A reason in Russian, with no English left in it but names of keys and values.
    fn russian(reason: &str) -> String {
        let said = in_russian(reason).unwrap_or_else(|| panic!("no Russian for: {reason}"));
        assert!(![" is ", " has ", " and ", " no "].iter().any(|word| said.contains(word)), "{said}");
        said
    }

    #[test]
    fn every_reason_that_a_thread_s_settings_can_have_is_said_in_russian() {
        let text = "
[common]
timeShiftHrs=99
maxClipCount=many
title=x
mediaFolder=a/b
langs=1
Lang=ru
mailFrom=\"a\tb\"
lang=??
nonsense
[client]
allowVideo=perhaps
pollFactor=soon
onRecorded=go
iceAddr=???
[auth]
password=plain
moderators=Ann
nameHoldDays=0
[more]
x=1
";
        let (_, problems) = settings::parse(text.as_bytes(), Path::new(".ini")).unwrap();
        assert!(problems.len() >= 13, "{problems:?}");
        let said: Vec<_> = problems.iter().map(|problem| russian(&problem.reason)).collect();
        assert!(
            said.contains(&"\"many\" — не целое число от 0 до 1000000; действует значение по умолчанию 20".into()),
            "{said:?}"
        );
        let long =
            format!("[client]\ntitle=\"{}\"\n[auth]\nmoderators=\"a<b\"\nmoderatorPassword=x\n", "x".repeat(2000));
        for problem in settings::parse(long.as_bytes(), Path::new(".ini")).unwrap().1 {
            russian(&problem.reason);
        }
    }

    #[test]
    fn every_reason_that_calls_have_no_servers_is_said_in_russian() {
        for list in ["{}", "[", r#"[{"urls":"http://x"}]"#] {
            let settings = settings::Settings { ice_string: list.into(), ..settings::Settings::default() };
            let (_, problem) = crate::ice::servers(&settings, "localhost", crate::clock::Moment::now());
            russian(&problem.unwrap());
        }
        let settings = settings::Settings { relay_only: true, ..settings::Settings::default() };
        russian(&crate::ice::servers(&settings, "localhost", crate::clock::Moment::now()).1.unwrap());
    }

    #[test]
    fn every_reason_that_a_text_is_no_ini_is_said_in_russian() {
        let texts: [&[u8]; 8] =
            [b" [x]\n", b"[x\n", b"null=1\n", b"=1\n", b"a[]\n", b"a(b\n", b"a[=1\n", b"a=\"\0\"\n"];
        for text in texts.into_iter().chain([b"a=\xff\n".as_slice()]) {
            russian(&ini::parse(text).unwrap_err().reason);
        }
    }

    #[test]
    fn every_reason_of_the_site_s_and_the_hub_s_settings_is_said_in_russian() {
        for (_, reason) in SiteSettings::parse(b"thread=1\nword\n").unwrap().problems() {
            russian(reason);
        }
        assert_eq!(russian("thread is no key of []"), "в разделе [] нет ключа thread");
        let texts = [
            "[common]\nwsOn=perhaps\n",
            "[common]\nwsServerUri=nowhere\n",
            "[common]\nwsCommandUri=nowhere\n",
            "[server]\nlisten=everywhere\n",
            "[server]\nwsLocalPort=99999999\n",
            "[server]\nmaxConnections=many\n",
            "[server]\nwssCert=a\n",
            "[server]\nmore=1\n",
            "[realms]\n.hidden=1\n",
            "[realms]\njs=1\n",
            "[more]\nx=1\n",
            "word\n",
        ];
        for text in texts {
            let error = WsIni::parse(text.as_bytes(), Path::new("ws.ini"), Path::new(".")).unwrap_err();
            let crate::error::Error::Ini { reason, .. } = error else { panic!("{error}") };
            russian(&reason);
        }
    }
}
