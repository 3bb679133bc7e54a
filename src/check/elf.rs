//! For which machines a program was made (the ELF header, System V gABI, chapter 4).

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much of a file says it.
const HEAD: usize = 20;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// A program for this machine, or a script.
    Here,
    /// A program for another kind of machine, by its name.
    Elsewhere(String),
    /// Neither a program nor a script.
    NoProgram,
}

/// Looks at the beginning of a file; `None` if it can't be read.
pub(super) fn made(path: &Path) -> Option<Made> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Some(told(&head, std::env::consts::ARCH))
}

fn told(head: &[u8], here: &str) -> Made {
    if head.starts_with(b"#!") {
        return Made::Here;
    }
    let (Some(b"\x7fELF"), Some([is_64, order]), Some([low, high])) = (head.get(..4), head.get(4..6), head.get(18..20))
    else {
        return Made::NoProgram;
    };
    let number = if *order == 2 { u16::from_be_bytes([*low, *high]) } else { u16::from_le_bytes([*low, *high]) };
    let is_here = match here {
        // A 64-bit kernel runs programs of its 32-bit forerunner, too, mostly.
        "x86_64" => number == 62 || number == 3,
        "x86" => number == 3,
        "aarch64" => number == 183,
        "arm" => number == 40,
        "riscv64" => number == 243 && *is_64 == 2,
        _ => true,
    };
    if is_here { Made::Here } else { Made::Elsewhere(elsewhere(number, *is_64)) }
}

fn elsewhere(number: u16, is_64: u8) -> String {
    match (number, is_64) {
        (62, 2) => "x86-64".into(),
        (3, _) => "x86 (32 bits)".into(),
        (183, _) => "ARM (64 bits, aarch64)".into(),
        (40, _) => "ARM (32 bits)".into(),
        (243, _) => "RISC-V".into(),
        (21, _) => "PowerPC".into(),
        (22, _) => "IBM Z".into(),
        _ => format!("ELF {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_other_machines_and_what_is_none_are_told_apart() {
        let head = |is_64: u8, order: u8, machine: [u8; 2]| {
            let mut head = b"\x7fELF".to_vec();
            head.extend([is_64, order, 1]);
            head.resize(18, 0);
            head.extend(machine);
            head
        };
        assert_eq!(told(&head(2, 1, [62, 0]), "x86_64"), Made::Here);
        assert_eq!(told(b"#!/bin/sh\n", "x86_64"), Made::Here);
        assert_eq!(told(&head(2, 1, [183, 0]), "x86_64"), Made::Elsewhere("ARM (64 bits, aarch64)".into()));
        assert_eq!(told(&head(2, 2, [0, 22]), "x86_64"), Made::Elsewhere("IBM Z".into()));
        assert_eq!(told(&head(2, 1, [62, 0]), "aarch64"), Made::Elsewhere("x86-64".into()));
        for none in [b"".as_slice(), b"\x7fELF", b"<html>\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"] {
            assert_eq!(told(none, "x86_64"), Made::NoProgram);
        }
    }
}
