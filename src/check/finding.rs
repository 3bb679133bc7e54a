//! What a look at the installation finds, in the admin's language.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Works.
    Good,
    /// Works, and could be better; or could not be looked at.
    Doubt,
    /// Does not work, or is dangerous.
    Bad,
}

impl Level {
    /// In a word.
    pub fn word(self, lang: Lang) -> String {
        match self {
            Self::Good => say!(lang, "good", "хорошо"),
            Self::Doubt => say!(lang, "look", "внимание"),
            Self::Bad => say!(lang, "wrong", "ошибка"),
        }
    }

    /// The sign before a finding, so that its colour is not all there is.
    pub fn sign(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Doubt => '!',
            Self::Bad => '✗',
        }
    }

    /// The class of its elements in a page.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
        }
    }
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What is so.
    pub what: String,
    /// What the admin can do about it; empty where nothing is to be done.
    pub remedy: String,
}

/// What was found about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The subject.
    pub title: String,
    /// The facts, in the order in which they were found.
    pub findings: Vec<Finding>,
}

/// The languages of the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// The first that is spoken here of a list such as `de-DE,ru;q=0.8,en`, a tag such as `ru`, or a locale such as
    /// `ru_RU.UTF-8`.
    pub fn of(wishes: &str) -> Self {
        let tags = wishes.split(',').map(|wish| wish.split([';', '-', '_', '.']).next().unwrap_or_default().trim());
        let known = |tag: &str| match tag.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ru" => Some(Self::Ru),
            _ => None,
        };
        tags.filter_map(known).next().unwrap_or_default()
    }

    /// The tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }
}

/// A text in the admin's language. Both stand side by side, so that none is forgotten when one changes.
macro_rules! say {
    ($lang:expr, $en:literal, $ru:literal) => {
        match $lang {
            $crate::check::Lang::En => format!($en),
            $crate::check::Lang::Ru => format!($ru),
        }
    };
}
pub(crate) use say;

/// Findings in the making.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub fn good(&mut self, what: String) {
        self.0.push(Finding { level: Level::Good, what, remedy: String::new() });
    }

    pub fn doubt(&mut self, what: String, remedy: String) {
        self.0.push(Finding { level: Level::Doubt, what, remedy });
    }

    pub fn bad(&mut self, what: String, remedy: String) {
        self.0.push(Finding { level: Level::Bad, what, remedy });
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Whether all is good so far.
    pub fn is_all_good(&self) -> bool {
        self.0.iter().all(|finding| finding.level == Level::Good)
    }

    pub fn under(self, title: String) -> Section {
        Section { title, findings: self.0 }
    }
}

/// The worst of all.
pub fn worst(sections: &[Section]) -> Level {
    sections.iter().flat_map(|section| &section.findings).map(|finding| finding.level).max().unwrap_or(Level::Good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_spoken_here_is_taken() {
        for (wishes, lang) in [
            ("ru", Lang::Ru),
            ("ru-RU,ru;q=0.9,en;q=0.8", Lang::Ru),
            ("de-DE, en;q=0.8, ru;q=0.5", Lang::En),
            ("ru_RU.UTF-8", Lang::Ru),
            ("fr,RU;q=0.3", Lang::Ru),
            ("C", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::of(wishes), lang, "{wishes}");
        }
    }
}
