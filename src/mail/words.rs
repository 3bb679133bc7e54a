//! The words of mails and of the page that ends them, by language.

/// All of them. `{…}` is filled in by [`letter`](super::letter).
pub(crate) struct Words {
    pub lang: &'static str,
    pub one: &'static str,
    pub many: &'static str,
    pub who: &'static str,
    pub about: &'static str,
    pub length: &'static str,
    pub until: &'static str,
    pub listen: &'static str,
    pub file: &'static str,
    pub why: &'static str,
    pub stop: &'static str,
    pub gets: &'static str,
    pub stopped: &'static str,
    pub again: &'static str,
}

const EN: Words = Words {
    lang: "en",
    one: "{thread}: a new clip from {who}",
    many: "{thread}: {count} new clips",
    who: "From",
    about: "About",
    length: "Length",
    until: "Kept until",
    listen: "Listen to it",
    file: "The file itself",
    why: "You get this because new clips in “{thread}” are to be told to you.",
    stop: "No more mails about this thread",
    gets: "New clips in “{thread}” are told to you by mail.",
    stopped: "You get no more mails about “{thread}”.",
    again: "Send me mails again",
};

const RU: Words = Words {
    lang: "ru",
    one: "{thread}: новая запись, {who}",
    many: "{thread}: новых записей: {count}",
    who: "От",
    about: "О чём",
    length: "Длина",
    until: "Хранится до",
    listen: "Послушать",
    file: "Сам файл",
    why: "Вы получили это письмо, потому что Вам сообщают о новых записях в «{thread}».",
    stop: "Больше не присылать писем об этой теме",
    gets: "О новых записях в «{thread}» Вам сообщают по почте.",
    stopped: "Писем о «{thread}» больше не будет.",
    again: "Присылать снова",
};

/// The words of a language, or the English ones.
pub(crate) fn of(lang: &str) -> &'static Words {
    if lang.split('-').next() == Some("ru") { &RU } else { &EN }
}
