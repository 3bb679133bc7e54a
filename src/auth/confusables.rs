//! Which names people can't tell apart: Ann, ann, Аnn with a Cyrillic А, Ann with something invisible behind. Pure.

use unicode_security::skeleton;

/// What a name looks like: as it stands, in small letters, and in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton([String; 3]);

impl Skeleton {
    /// Of a name.
    pub fn of(name: &str) -> Self {
        Self([shape(name), shape(&name.to_lowercase()), shape(&name.to_uppercase())])
    }

    /// Whether another name could be taken for this one: in whatever letters either is written.
    pub fn is_like(&self, other: &str) -> bool {
        let other = Self::of(other);
        self.0.iter().any(|shape| other.0.contains(shape))
    }
}

/// The skeleton (UTS 39, section 4), in which letters that look the same are the same and what is invisible is not
/// there. The case is folded last, since a skeleton has a large O for a zero and a small l for a large I. Nobody counts
/// blanks.
fn shape(name: &str) -> String {
    let skeleton = skeleton(name).collect::<String>().to_lowercase();
    skeleton.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_like_each_other_and_others_are_not() {
        let alike = [
            ("Ann", "ann"),
            ("Ann", "Аnn"),
            ("Ann", "Ann\u{200b}"),
            ("Ann", "A\u{ad}nn"),
            ("Ann", " Ann "),
            ("Ann Lee", "Ann\u{a0} Lee"),
            ("Ann", "Ａｎｎ"),
            ("Zoë", "Zoe\u{308}"),
            ("Анна", "АННА"),
            ("Ian", "lan"),
            ("PAUL", "РАUL"),
            ("Ann😀", "Ann😀\u{fe0f}"),
            ("Bob", "B0b"),
            ("Bob", "ВОВ"),
            ("Bill", "biII"),
            ("BILL", "biII"),
            ("Mo", "M0"),
            ("mo", "M0"),
            ("Olga", "0LGA"),
        ];
        for (one, other) in alike {
            assert!(Skeleton::of(one).is_like(other) && Skeleton::of(other).is_like(one), "{one:?} {other:?}");
        }
        for (one, other) in
            [("Ann", "Anna"), ("Zoë", "Zoe"), ("Анна", "Anna"), ("Bob", "Rob"), ("a b", "ab"), ("😀", "😁")]
        {
            assert!(!Skeleton::of(one).is_like(other), "{one:?} {other:?}");
        }
    }
}
