//! What was found, as a page and as plain text.

use super::browser::{Questions, SCRIPT};
use super::finding::{Finding, Lang, Level, Section, say, worst};
use crate::clock::Moment;
use crate::wire::page::{Page, escaped};
use std::fmt::Write;

const STYLE: &str = "\
:root{--good:#1a7f37;--doubt:#8a5a00;--bad:#c0202b}\
@media(prefers-color-scheme:dark){:root{--good:#57c26f;--doubt:#e2b04a;--bad:#ff7b72}}\
ul{list-style:none;margin:0;padding:0}li{padding:.45rem 0 .45rem 1.9rem;border-top:1px solid var(--line);position:relative}\
li>b{position:absolute;left:0}li p{margin:.15rem 0 0;color:var(--faint)}\
.good>b,.good>strong{color:var(--good)}.doubt>b,.doubt>strong{color:var(--doubt)}.bad>b,.bad>strong{color:var(--bad)}\
.sum{font-size:1.1rem}code{display:block;padding:.6rem;border:1px solid var(--line);border-radius:.4rem;user-select:all}\
label{display:block;margin-bottom:.3rem}form input{width:24rem;margin:0 .5rem .5rem 0}.faint{color:var(--faint)}";

/// A password that was made a hash of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash<'h> {
    /// Nobody asked for one.
    None,
    /// What was sent was empty.
    Empty,
    /// The hash.
    Made(&'h str),
}

fn count(sections: &[Section], level: Level) -> usize {
    sections.iter().flat_map(|section| &section.findings).filter(|finding| finding.level == level).count()
}

fn summary(lang: Lang, sections: &[Section]) -> String {
    let (good, doubt, bad) = (count(sections, Level::Good), count(sections, Level::Doubt), count(sections, Level::Bad));
    match worst(sections) {
        Level::Good => say!(lang, "Everything works ({good} checks).", "Всё работает (проверок: {good})."),
        Level::Doubt => say!(
            lang,
            "It works. Worth a look: {doubt}. Good: {good}.",
            "Работает; обратите внимание: {doubt}, хорошо: {good}."
        ),
        Level::Bad => say!(
            lang,
            "Wrong: {bad}. Worth a look: {doubt}. Good: {good}.",
            "Ошибок: {bad}. Обратить внимание: {doubt}. Хорошо: {good}."
        ),
    }
}

/// The page that tells everything to who knows the key.
///
/// `questions` are those that the admin's browser asks.
pub fn page(lang: Lang, sections: &[Section], questions: &Questions, hash: Hash<'_>) -> Page {
    let level = worst(sections);
    let mut main = format!(
        "<h1>mozchat</h1>{}<p class=\"sum {}\"><strong>{} {}</strong></p>{}",
        languages(lang),
        level.class(),
        level.sign(),
        escaped(&summary(lang, sections)),
        clocks(lang)
    );
    // What is wrong first: a phone shows no more than that at once.
    let mut ordered: Vec<_> = sections.iter().collect();
    ordered.sort_by_key(|section| std::cmp::Reverse(section.findings.iter().map(|finding| finding.level).max()));
    for section in ordered {
        let mut findings: Vec<_> = section.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        let items: String = findings.into_iter().map(|finding| item(lang, finding)).collect();
        let _ = writeln!(main, "<h2>{}</h2><ul>{items}</ul>", escaped(&section.title));
    }
    main.push_str(&questions.html(lang));
    main.push_str(&hash_form(lang, hash));
    let title = format!("{} mozchat", level.sign());
    Page {
        status: 200,
        lang: lang.tag().into(),
        title,
        main,
        style: STYLE,
        script: SCRIPT,
        policy: questions.connects_to(),
    }
}

fn item(lang: Lang, finding: &Finding) -> String {
    let Finding { level, what, remedy } = finding;
    let remedy = if remedy.is_empty() { String::new() } else { format!("<p>{}</p>", linked(remedy)) };
    let (class, sign, word) = (level.class(), level.sign(), level.word(lang));
    format!("<li class=\"{class}\"><b role=\"img\" aria-label=\"{word}\">{sign}</b>{}{remedy}</li>", linked(what))
}

/// A text in which addresses can be followed.
fn linked(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let address = word.trim_end_matches(['.', ',', ':', ';', ')', '"']);
        let is_address = ["http://", "https://"]
            .iter()
            .any(|scheme| address.strip_prefix(scheme).is_some_and(|rest| rest.contains('/') && rest.is_ascii()));
        let (shown, rest) = (escaped(address), escaped(&word[address.len()..]));
        if is_address { format!("<a href=\"{shown}\" rel=\"noreferrer\">{shown}</a>{rest}") } else { escaped(word) }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn languages(lang: Lang) -> String {
    match lang {
        Lang::En => "<p><a href=\"?lang=ru\" lang=\"ru\" hreflang=\"ru\">По-русски</a></p>".into(),
        Lang::Ru => "<p><a href=\"?lang=en\" lang=\"en\" hreflang=\"en\">In English</a></p>".into(),
    }
}

fn clocks(lang: Lang) -> String {
    let now = Moment::now().log_time(0.0);
    let (machine, shown) = (format!("{}Z", now.replace(' ', "T")), now);
    let (host, same, off) = (
        say!(lang, "The host's clock says", "Часы хостинга показывают"),
        say!(lang, "Your device's clock agrees.", "Часы Вашего устройства идут так же."),
        say!(
            lang,
            "Your device's clock differs by <output></output> s. If it is the host's that is wrong, clips end early or late: tell the host.",
            "Часы Вашего устройства расходятся с ними на <output></output> с. Если неверны часы хостинга, записи будут истекать не вовремя: сообщите хостингу."
        ),
    );
    format!(
        "<p class=\"faint\">{host} <time datetime=\"{machine}\">{shown} UTC</time>. <span id=\"clock-same\" hidden>{same}</span></p>\
         <p id=\"clock-off\" class=\"doubt\" hidden><strong>! {off}</strong></p>"
    )
}

fn hash_form(lang: Lang, hash: Hash<'_>) -> String {
    let (title, why, label, button) = (
        say!(lang, "A password for a thread", "Пароль для темы"),
        say!(
            lang,
            "A thread's .ini needs only a hash of its password, from which nobody can tell the password. What you type here is not kept.",
            "В .ini темы достаточно хеша: по нему пароль не узнать. То, что Вы введёте здесь, не сохраняется."
        ),
        say!(lang, "The password", "Пароль"),
        say!(lang, "Make the hash", "Получить хеш"),
    );
    let made = match hash {
        Hash::None => String::new(),
        Hash::Empty => {
            format!("<p role=\"status\">{}</p>", say!(lang, "Type a password first.", "Сначала введите пароль."))
        }
        Hash::Made(hash) => {
            let say = say!(lang, "Put this line below [auth]:", "Впишите эту строку в раздел [auth]:");
            format!("<p role=\"status\">{say}</p><code>password=\"{}\"</code>", escaped(hash))
        }
    };
    format!(
        "<h2 id=\"hash\">{title}</h2><p class=\"faint\">{why}</p>{made}<form method=\"post\">\
         <input type=\"hidden\" name=\"act\" value=\"hash\"><input type=\"hidden\" name=\"lang\" value=\"{}\">\
         <label for=\"password\">{label}</label><input id=\"password\" type=\"password\" name=\"password\" \
         autocomplete=\"new-password\" required> <button>{button}</button></form>",
        lang.tag()
    )
}

/// The page for who does not know the key. It says that it is there, and nothing else.
pub fn greeting(lang: Lang, status: u16, said: &str) -> Page {
    let (what, how, label, button) = (
        say!(
            lang,
            "This page checks whether mozchat works here. Only the admin sees the result.",
            "Эта страница проверяет, работает ли здесь mozchat. Результат видит только администратор."
        ),
        say!(
            lang,
            "The key is the value of checkKey in mozchat.ini, beside the programs (at least 12 characters).",
            "Ключ — значение checkKey в mozchat.ini, рядом с программами (не короче 12 знаков)."
        ),
        say!(lang, "The key", "Ключ"),
        say!(lang, "Check", "Проверить"),
    );
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("<p class=\"bad\" role=\"alert\"><strong>{}</strong></p>", escaped(said))
    };
    let main = format!(
        "<h1>mozchat</h1>{}<p>{what}</p><p class=\"faint\">{how}</p>{said}<form method=\"post\">\
         <input type=\"hidden\" name=\"lang\" value=\"{}\"><label for=\"key\">{label}</label>\
         <input id=\"key\" type=\"password\" name=\"key\" autocomplete=\"current-password\" required> <button>{button}</button></form>",
        languages(lang),
        lang.tag()
    );
    Page {
        status,
        lang: lang.tag().into(),
        title: "mozchat".into(),
        main,
        style: STYLE,
        script: "",
        policy: String::new(),
    }
}

/// The same for a shell.
pub fn plain(lang: Lang, sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "{}", section.title);
        for finding in &section.findings {
            let _ = writeln!(text, "  {} {}: {}", finding.level.sign(), finding.level.word(lang), finding.what);
            if !finding.remedy.is_empty() {
                let _ = writeln!(text, "      -> {}", finding.remedy);
            }
        }
    }
    let _ = writeln!(text, "\n{}", summary(lang, sections));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(level: Level, what: &str, remedy: &str) -> Section {
        let findings = vec![Finding { level, what: what.into(), remedy: remedy.into() }];
        Section { title: "<Subject>".into(), findings }
    }

    #[test]
    fn whatever_was_found_is_shown_as_text() {
        let sections =
            [section(Level::Good, "x", ""), section(Level::Bad, "<script>\"&'", "see https://a.net/<b>, javascript:x")];
        let page = page(Lang::En, &sections, &Questions::default(), Hash::Made("$x\"<"));
        assert!(!page.main.contains("<script>") && !page.main.contains("<b>,"), "{}", page.main);
        assert!(page.main.contains("<a href=\"https://a.net/&lt;b&gt;\" rel=\"noreferrer\">"), "{}", page.main);
        assert!(page.main.contains("&lt;Subject&gt;") && page.main.contains("password=\"$x&quot;&lt;\""));
        assert!(
            page.main.find("class=\"bad\"").unwrap() < page.main.find("class=\"good\"").unwrap(),
            "the worst comes first"
        );
        assert_eq!(page.title, "✗ mozchat");
    }

    #[test]
    fn a_shell_reads_the_same_without_colours() {
        let sections = [section(Level::Doubt, "slow", "wait"), section(Level::Good, "fine", "")];
        let text = plain(Lang::En, &sections);
        assert!(text.contains("  ! look: slow\n      -> wait\n") && text.contains("  ✓ good: fine\n"), "{text}");
        assert!(plain(Lang::Ru, &sections).contains("! внимание: slow"));
    }
}
